"""How a person's name looks in Chinese script.

A name is a surname and one or two characters that names are made of. Between other characters it
counts only where words beside it say that a person is meant; by itself it counts unless it is a
word of the language.
"""

import re

from compendium.privacy.forms import HAN, Form, forms, found_text, listed
from compendium.privacy.readings import is_common
from compendium.privacy.surnames import COMPOUND, GIVEN, GIVEN_FREE, ORDINARY, PLAIN, WORDLY

_COMPOUND = "|".join(COMPOUND)
_ANY = f"(?:{_COMPOUND}|[{PLAIN}{WORDLY}])"
_LABEL = (
    "姓名|名字|患者|病人|受试者|病例|家属|联系人|监护人|签名|签字|阅片者|阅片人|操作者|医师|医生|"
    "护士|技师|审核|审核者|"
    "录入者|录入人|记录者|记录人|研究者|报告者|主任|教授|随访人|其妻|其夫|其子|其女|其母|其父|"
    "丈夫|妻子|儿子|女儿|母亲|父亲|"
    "哥哥|姐姐|弟弟|妹妹|配偶"
)
_TITLE = (
    "先生|女士|小姐|医生|醫生|医师|大夫|主任|教授|护士|护师|老师|同志|阿姨|奶奶|爷爷|大爷|大妈|"
    "技师|师傅|博士|院长|同学|叔叔|"
    "太太|夫人"
)
# Before and after a name in a sentence.
_BEFORE = (
    f"{_LABEL}|由|经|请|找|让|给|叫|问|告知|联系|通知|委托|转交|致电|致|与|和|及|跟|同|为|"
    f"系|是|名|即|者|该|嘱|陪同"
)
_AFTER = (
    "录入|接听|复查|复诊|就诊|初诊|自诉|自述|主诉|诉|称|说|表示|签字|签名|签署|陪同|陪护|陪|报告|"
    "阅片|会诊|住院|出院|入院|"
    "来院|来电|来诊|随访|失访|告知|同意|拒绝|接受|负责|完成|记录|整理|核对|审核|操作|手术|主刀|"
    "执行|提供|采集|联系|检查|评估|"
    "测量|勾画|读片|死亡|去世|病逝|转院|转诊|要求|家属|之[妻夫子女父母]|"
    "的[妻丈儿女母父电手病家住]|[男女]|于\\d|先生|女士|等[人\\d一二三四五]|"
    "今|昨|因|患|曾|已|现年|年\\d|\\d+岁"
)
# After a name wherever it stands, since persons alone do so.
_SPEAKS = (
    "自诉|自述|主诉|诉[说称颈乏头胸咽声疼痛不无有近]|来电|来诊|来院|签[名字署]|接听|致电|去世|病逝"
)
# Given names of one character in a sentence, where any two characters may meet.
_PIECES = listed(
    "买买提 买合木提 吐尔逊 吐尔洪 阿不都 阿布都 阿卜杜 阿不力 热合曼 热西提 古丽 古力 艾山 艾力 "
    "艾合买提 玉素甫 "
    "玉苏普 依明 伊明 伊力 木拉提 努尔 帕提 帕尔哈提 沙吾提 莎车 塔依尔 吾买尔 吾斯曼 肉孜 "
    "卡德尔 库尔班 萨伊 米吉提 阿依 "
    "阿孜 热娜 热依 汗古 仙古 迪丽 迪里 赛买提 司马义 斯马义 亚森 牙生 外力 托合提 麦麦提 "
    "穆罕默德 穆合塔尔 阿里木 阿迪力 "
    "别克 汗别 巴合 叶尔 哈孜 江别 马木提 尼亚孜 夏提 居马 玛依拉 阿米娜 帕丽 茹仙 祖丽 哈提 "
    "扎西 次仁 卓玛 多吉 央金 平措 "
    "旺堆 格桑 德吉 尼玛 达瓦 巴桑 洛桑 丹增 索朗 索南 白玛 拉姆 仁青 仁增 才让 才仁 完玛 贡布 "
    "普布 边巴 顿珠 曲珍 旦增 强巴 "
    "嘉措 坚赞 群培 罗布 措姆 卓嘎 益西 桑吉 拉毛 东珠 巴图尔 巴特尔 巴雅尔 其其格 乌云 娜仁 "
    "托娅 苏日娜 萨仁 阿古拉 呼和 "
    "宝音 孟和 特木尔 朝鲁 哈斯 敖登 格日勒 斯琴 高娃 乌兰 塔娜 通拉嘎 牧仁 吉日嘎 额尔 布和 "
    "那顺 毕力格 苏和 斯日古楞"
)
_MINORITY = "(?:" + "|".join(sorted(_PIECES, key=len, reverse=True)) + ")"
_LONG = "|".join(piece for piece in _PIECES if len(piece) >= 3)
_NO_NAMES = re.compile("呼和浩特|乌兰察布|乌兰浩特|罗布泊|额尔齐斯|额尔古纳")
# Surnames that are words between others; they need more than a title after them.
_FUNCTION = "和从于由同向与及各经查时单任请为被令相都所那"
_SCIENCE = (
    (0x7592, 0x7675),
    (0x8089, 0x81E2),
    (0x9149, 0x91C5),
    (0x91D1, 0x9577),
    (0x6C14, 0x6C34),
)


def _is_given(letter: str) -> bool:
    """True for a character of names, or one so rare that hardly anything but a name has it."""
    rare = not is_common(letter) and letter not in "的"
    science = any(low <= ord(letter) <= high for low, high in _SCIENCE)
    return letter in GIVEN or (rare and not science)


def _alone(found: re.Match[str]) -> bool:
    """A name by itself: not a word, and of a given name's characters after a wordly surname."""
    text = re.sub(r"\s", "", found_text(found))
    return _is_name(text, strict=text[0] not in PLAIN and text[:2] not in COMPOUND)


def _flanked(found: re.Match[str]) -> bool:
    """A name inside a sentence."""
    return _is_name(found_text(found), strict=True)


def _is_name(text: str, *, strict: bool) -> bool:
    if ORDINARY.match(text) or text.endswith(("氏", "省", "市", "县", "区", "们")):
        return False
    surname = 2 if text[:2] in COMPOUND else 1
    given = text[surname:]
    if surname == 1 and len(given) == 2 and ORDINARY.match(given):
        return False
    return not strict or (bool(given) and all(map(_is_given, given)))


def _titled(found: re.Match[str]) -> bool:
    text = found_text(found)
    bare = re.sub(f"(?:{_TITLE})$", "", text)
    return (
        text[0] not in _FUNCTION
        and not ORDINARY.match(text)
        and (len(bare) == 1 or not ORDINARY.match(bare))
    )


def _minority(found: re.Match[str]) -> bool:
    return _NO_NAMES.search(found_text(found)) is None


_H = f"[{HAN}]"
NAMES: list[Form] = [
    *forms(
        "name, Chinese",
        rf"(?:{_LABEL})\s*[::是叫为]\s*({_ANY} ?{_H}{{1,2}})(?!{_H})",
        rf"(?<!{_H})({_ANY} ?{_H}{{1,2}})(?!{_H})",
        rf"((?:{_COMPOUND}){_H}{{1,2}})(?!{_H})",
        check=_alone,
    ),
    *forms(
        "name, Chinese",
        rf"(?<![{HAN}\w])({_ANY}(?: [{GIVEN}]){{1,2}})(?![ ]?[{HAN}\w])",
        check=lambda found: _is_name(found_text(found).replace(" ", ""), strict=True),
    ),
    *forms(
        "name, Chinese",
        rf"(?:{_BEFORE})({_ANY}{_H}{{2}})",
        rf"(?:{_BEFORE})({_ANY}{_H})(?={_AFTER}|[^{HAN}]|$)",
        rf"(?<!{_H})({_ANY}{_H}{{1,2}})(?={_AFTER})",
        rf"(?<={_H})({_ANY}{_H}{{2}})(?={_SPEAKS})",
        rf"([{PLAIN}][{GIVEN_FREE}]{{2}})",
        check=_flanked,
    ),
    *forms("name, Chinese", rf"({_ANY}{_H}{{0,2}}(?:{_TITLE}))(?!们)", check=_titled),
    *forms(
        "name, Chinese",
        rf"(?<![{HAN}*\w])({_ANY}(?:某某?|[*＊×✕○●□_]{{1,2}}|[xX]{{1,2}}))(?![\w*])",
        rf"(?<![{HAN}*\w])({_ANY}某某?)(?=[男女于因诉称复就的])",
        check=lambda found: not ORDINARY.match(found_text(found)),
    ),
    *forms(
        "name, Chinese",
        rf"((?:{_MINORITY}){{2,}}{_H}{{0,2}})",
        rf"(?<!{_H})({_MINORITY})(?!{_H})",
        rf"({_LONG})",
        rf"({_H}{{0,4}}古丽{_H}{{1,3}}|{_H}{{1,4}}古丽)",  # flower, in names of women
        rf"({_H}{{2,7}}[·・•‧∙]{_H}{{2,8}})",
        check=_minority,
    ),
    *forms(
        "name, other script",
        r"([\u0f40-\u0fbc][\u0f00-\u0fff]{2,})",
        r"([\uac00-\ud7a3]{2,}(?: [\uac00-\ud7a3]+)*)",
        r"([\u0410-\u044f\u0401\u0451\u0404-\u045f]{3,}(?:[ ,.-]+[\u0410-\u044f\u0401\u0451.]+)*)",
        rf"([{HAN}]{{0,4}}[ 々]?[\u3041-\u3096\u30a1-\u30fa][\u3041-\u3096\u30a1-\u30fc]+)",
        r"([\u0600-\u06ff]{2,}(?: [\u0600-\u06ff]+)*)",
        r"([\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u10a0-\u10ff\u0530-\u05ff]{2,}"
        r"(?: [\u0900-\u0eff\u1000-\u10ff\u0530-\u05ff]+)*)",
        r"([\u1800-\u18aa]{2,}(?: [\u1800-\u18aa]+)*|[\ua000-\ua4c6]{2,})",
        r"([\u0386-\u03ab][\u03ac-\u03ce]{2,}(?: [\u0386-\u03ab][\u03ac-\u03ce]+)*)",
    ),
]
