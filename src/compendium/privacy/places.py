"""Where somebody lives or is treated, and which machine a text comes from."""

import re

from compendium.privacy.forms import END, HAN, START, Form, forms, found_text, listed

DICOM_STANDARD_ROOT = "1.2.840.10008."
_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|"
    "广东|海南|四川|贵州|云南|陕西|甘肃|青海|"
    "台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_CITIES = "|".join(
    listed(
        "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 "
        "大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 呼和浩特 包头 赤峰 "
        "沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 长春 吉林 四平 通化 哈尔滨 "
        "齐齐哈尔 大庆 佳木斯 牡丹江 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 "
        "盐城 扬州 镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 "
        "舟山 台州 丽水 合肥 芜湖 蚌埠 淮南 马鞍山 安庆 黄山 阜阳 宿州 六安 "
        "亳州 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 南昌 景德镇 萍乡 "
        "九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 "
        "烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽 郑州 开封 "
        "洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 "
        "周口 驻马店 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 "
        "随州 恩施 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 "
        "怀化 娄底 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 "
        "梅州 东莞 中山 南宁 柳州 桂林 梧州 北海 海口 三亚 成都 自贡 攀枝花 "
        "泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 贵阳 六盘水 遵义 "
        "昆明 曲靖 玉溪 大理 拉萨 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 "
        "兰州 天水 西宁 银川 乌鲁木齐 克拉玛依 "
    )
)
_H = f"[{HAN}]"
_LIVES = (
    "住址|地址|家住|现住|居住(?:于|在|地)?|户籍(?:地|所在地)?|户口(?:所在地)?|籍贯|老家|出生地|"
    "原籍|家庭住址|通讯地址|单位地址|"
    "工作单位"
)
_ROMAN_PROVINCES = (
    "Hebei|Shanxi|Liaoning|Jilin|Heilongjiang|Jiangsu|Zhejiang|Anhui|Fujian|Jiangxi|Shandong|"
    "Henan|Hubei|Hunan|Guangdong|Hainan|"
    "Sichuan|Guizhou|Yunnan|Shaanxi|Gansu|Qinghai|Guangxi|Xizang|Tibet|Ningxia|Xinjiang|Inner "
    "Mongolia|China|P\\.? ?R\\.? China"
)
_ROAD = (
    r"(?:Street|St\.|Road|Rd\.?|Avenue|Ave\.?|Lane|Boulevard|Blvd\.?|Drive|Highway|Alley|"
    r"Square|Lu|Jie|Xiang|Dadao)"
)
# Words before 医院 or 大学 that name none.
_GENERIC = re.compile(
    "^(?:[本该各某外我他多两三一二级甲乙等综合基层上下当地其所有在到于的家专科教学省市县区地级公"
    "立私立协作参与研究分中心及和与几]+)"
    "(?:人民)?(?:医院|大学|中心|学院|中学|小学|公司|医科大学)"
)
_STATION = "医院|卫生院|卫生所|诊所|保健院|疗养院|医学院|医科大学|大学|学院"


def _specific(found: re.Match[str]) -> bool:
    text = found_text(found)
    return _GENERIC.match(text) is None


def _full(found: re.Match[str]) -> bool:
    """Two levels of an address, not a region of the body or of a picture."""
    return re.search("感兴趣|淋巴|中央|侧颈|病变|靶|热点|本底|病区", found_text(found)) is None


def _foreign_uid(found: re.Match[str]) -> bool:
    uid = found_text(found)
    return not uid.startswith(DICOM_STANDARD_ROOT) and len(uid) >= 18


def _address(found: re.Match[str]) -> bool:
    """A machine's address: private, or with numbers that no version has, or beside such a word."""
    parts = [int(part) for part in found_text(found).split(".")]
    if any(part > 255 for part in parts):
        return False
    before = found.string[max(0, found.start() - 16) : found.start()].lower()
    private = (
        parts[0] == 10
        or parts[:2] in ([192, 168], [169, 254])
        or (parts[0] == 172 and 16 <= parts[1] < 32)
    )
    named = re.search(r"(?:\bip\b|host|server|address|地址|//)\W*$", before) is not None
    return private or named or sum(part >= 100 for part in parts) >= 2


def _near_china(found: re.Match[str]) -> bool:
    """Degrees of latitude and longitude, in either order, of a place in China."""
    one, two = (abs(float(part)) for part in found.groups()[:2])
    low, high = min(one, two), max(one, two)
    return 3 <= low <= 54 and 73 <= high <= 136


PLACES: list[Form] = [
    *forms(
        "postal address",
        rf"((?:{_PROVINCES})省?(?:壮族|回族|维吾尔)?(?:自治区|市)?{_H}{{2,5}}?(?:市|县|区|州|盟|"
        rf"旗)(?:{_H}{{1,6}}(?:区|县|市|镇|乡|街道|村))?[{HAN}\d]*)",
        rf"({_H}{{1,4}}(?:省|自治区){_H}{{2,5}}[市县州])",
        rf"({_H}{{2,6}}(?:区|县|旗|市){_H}{{2,5}}(?:镇|乡|街道|村|屯|"
        rf"苏木)(?:{_H}{{1,6}}[村组社])?)",
        rf"({_H}{{2,5}}(?:镇|乡){_H}{{1,6}}(?:村|组|屯))",
        rf"({_H}{{2,8}}(?:路|街|巷|大道|弄|胡同|里|村|庄)\s?\d+ ?(?:[号弄栋组幢院]|-))",
        rf"({_H}{{2,8}}(?:小区|花园|公寓|大厦|新村|家园|苑|城|宿舍)\s?\d+ ?(?:号|栋|幢|单元|室|"
        rf"座|期))",
        r"(?<!\d)(\d{1,4} ?(?:栋|幢|号楼|单元|座) ?\d+ ?(?:单元|室|号)(?: ?\d+ ?室)?)",
        check=_full,
    ),
    *forms(
        "postal address",
        rf"((?:{_PROVINCES})省?(?:{_CITIES})市?)",
        rf"(?:来自|(?<!入)住(?!院)[在于]?)((?:{_PROVINCES}|{_CITIES}|{_H}{{1,4}}[省市县区镇乡村州城](?!{_H}{{2}}的)){_H}*)",
        rf"(?:{_LIVES})\s*[::为是]?\s*({_H}{{2,}}[{HAN}\d]*)",
        r"(?i)(?:邮编|邮政编码|post(?:al)? ?code|zip(?: ?code)?)\s*[::]?\s*(\d{5,6})",
        rf"\b((?:No\.? ?)?\d{{1,5}},? (?:[A-Z][\w'-]+ ){{1,4}}{_ROAD}(?!\w))",
        rf"\b((?:[A-Z][\w'-]+ ){{1,3}}{_ROAD} (?:No\.? ?)?\d{{1,5}})\b",
        r"(?i)\b((?:Room|Apt\.?|Apartment|Flat|Unit|Building|Block|Floor) ?\d+[A-Z]?, ?(?:[\w' "
        r"-]{1,40}, ?){0,4}[A-Z][\w'-]+)",
        r"\b([A-Z][a-z]+(?: [A-Z][a-z]+)? (?:District|County|Township|Village|Prefecture|Town), "
        r"?[A-Z][a-z]+)",
        rf"\b([A-Z][a-z]+(?: (?:City|Shi))?, ?(?:{_ROMAN_PROVINCES})(?: Province)?)\b",
        r"\b(P\.? ?O\.? ?Box \d+)",
        r"(?i:\b(?:address|residence|lives? (?:in|at)|living (?:in|at)|residents? of|native of|"
        r"home ?town|birth ?place|place of (?:birth|residence)|origin|born in)\b)\s*(?:is|"
        r"was)?\s*[:=]?\s*([A-Z][\w'-]+(?:,? [A-Z][\w'-]+)*)",
        r"(?<![A-Za-z0-9_.,#/:-])(?<!\d )((?:[0-7]\d|8[0-5])\d{3}[1-9]|(?:[0-7]\d|"
        r"8[0-5])\d{2}[1-9]0)(?![A-Za-z0-9_%/:-]|[.,]\d| ?[\d×])",
        check=lambda found: True,
    ),
    *forms(
        "institution",
        rf"({_H}{{2,16}}(?:{_STATION})(?:{_H}{{1,8}}科)?)",
        rf"({_H}{{2,10}}(?:有限公司|集团|派出所|研究所|支行|分公司))",
        check=_specific,
    ),
    *forms(
        "institution",
        rf"({_H}{{1,8}}(?:中学|小学|幼儿园|公司|工厂|集团|银行|派出所|研究所|中专|技校|"
        rf"厂)(?:{_H}{{0,4}}(?:教师|老师|职工|员工|工人|司机|学生|退休|干部|会计|医生|护士|经理)))",
        r"\b((?:(?:St\. )?[A-Z][\w'’-]+ (?:(?:of|the|and|for|at) ){0,2}){1,6}(?:Hospital|"
        r"Infirmary|Medical Cent(?:er|re)|Clinic|Sanatorium)(?: of [A-Z]\w+(?: [A-Z]\w+)*)?)",
        r"\b(Hospital (?:of|at) (?:the )?[A-Z]\w+(?: [A-Z]\w+)*)",
        r"\b((?:[A-Z][a-z]+ ){1,3}(?:Medical )?(?:University|College|Institute of [A-Z]\w+))\b",
        r"\b(University of [A-Z]\w+(?: [A-Z]\w+)*)",
    ),
    *forms(
        "GPS",
        r"(?<![\d.])(-?\d{1,3}\.\d{4,})°?\s*(?:[NS北]\s*[,;,/ ]?|"
        r"[,;,/])\s*(-?\d{1,3}\.\d{4,})°?\s*[EW东]?(?![\d.])",
        r"(?i)[NS]\s?(\d{1,2}\.\d{3,})°?\W+[EW]\s?(\d{1,3}\.\d{3,})",
        check=_near_china,
    ),
    *forms(
        "GPS",
        r"(\d{1,3} ?[°度] ?\d{1,2} ?['′分] ?(?:\d{1,2}(?:\.\d+)? ?[\"″秒]?)? ?[NSEW北南东西]?)",
        r"(?i)(?:GPS|latitude|longitude|\blat\b|\blon\b|\blng\b|经度|纬度|坐标|北纬|东经|"
        r"geo:)[^\d\n]{0,12}(-?\d{1,3}\.\d{2,})",
        r"(\d{1,3}\.\d{2,}° ?[NSEW])",
    ),
    *forms(
        "UID",
        r"(?<![\w.])(2\.25\.\d{10,}|[0-2](?:\.(?:0|[1-9]\d*)){5,})(?![\w.]*\d)",
        check=_foreign_uid,
    ),
    *forms(
        "machine path",
        r"(?<![\w.:/<])(/(?:home|Users|root|mnt|media|srv|tmp|var|data\d*|scratch|Volumes|public|"
        r"storage\d*|gpfs|lustre|nfs|share[ds]?|"
        r"projects?|work|workspace|export|cluster|beegfs|hpc|disk\d*|private|net|opt|raid\d*|"
        r"nas\w*|ssd\d*|hdd\d*|cygdrive|c|d|e)/[^\s\"'<>),;]+)",
        r"(?<![A-Za-z0-9_\\])([A-Za-z]:(?:\\+|/(?!/))[^\s\"'<>|]+)",
        r"(?<!\\)(\\\\[\w.-]+\\+[\w$.-]+)",
        r"(?<![\w:/\"'])(//[\w-]+(?:\.[\w-]+)*/[\w$-][^\s\"'<>]*)",
        r"(file:///?[^\s\"'<>]+)",
        r"(?<![\w~])(~[a-z_][\w-]{2,}/[\w./-]+)",
        r"(?i)((?:smb|ftp|sftp|nfs|ssh|afp|scp)://[^\s\"'<>]+)",
        r"(%(?:USERPROFILE|HOMEPATH|APPDATA)%[^\s\"'<>]*)",
    ),
    *forms("machine address", r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.]*\d)", check=_address),
    *forms(
        "machine address",
        r"\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b",
        r"(?i)\b(?<![\w.-])([\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.(?:local|lan|internal|intranet|"
        r"corp|localdomain|hospital|his|pacs))\b(?!\()",
        r"(?i)(https?://(?:localhost|[\w-]+)(?::\d+)?/[^\s\"'<>]*)",
        r"(?i)(https?://[^\s\"'<>]+[?&](?:pid|mrn|patient\w*|uid|token|id_?card|"
        r"accession)=[^\s\"'<>&]+)",
        r"(?i)(https?://[\w.-]+:\d{2,5}/[^\s\"'<>]*)",
        rf"{START}((?:DESKTOP|LAPTOP|PC|WIN|MACBOOK|PACS|RIS|HIS)-[A-Z0-9]{{5,}}){END}",
        r"(?i)\b(?:host ?name|computer(?: ?name)?|workstation|主机名?|电脑)\s*[:=:]\s*([\w.-]{3,})",
        r"(?i)\b(?:host|server|node)\s*[:=]\s*([a-z][\w.]*[-\d][\w.-]*)",
        r"(?i)\b(?:user ?name|login|用户名|登录名)\s*[:=:]\s*([\w.-]{3,})",
    ),
    *forms(
        "secret",
        r"(?i)\b(?:password|passwd|secret|api[_-]?key|access[_-]?token)\s*[=:]\s*[\"']?(\w\S{5,})",
        r"(?:密码|口令)\s*[::]\s*(\S{4,})",
        r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)",
    ),
]
