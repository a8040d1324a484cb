"""How a person's name looks, in Chinese and in Latin script, as regular expressions.

Sources: the commonest surnames by the report of the Ministry of Public Security of China (2021)
and their traditional forms; given names by the characters that recur in it; pinyin by ISO 7098.
"""

import re

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶"
    "阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚"
    "文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦向柳邢岳齐梅莫庄辛管祝左涂谷祁舒耿牟卜路詹"
    "关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边"
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭許鄧傅呂蘇盧蔣賈薛葉閻余鐘范譚鄒陸龍萬錢湯賀龔龐蘭顏嚴溫盧"
)
_COMPOUND = "欧阳|歐陽|上官|司马|司馬|诸葛|諸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒|端木"
_GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲建华国红梅春生玉荣志海燕林波云龙飞鹏宇浩婷雪琴"
    "萍莉俊峰凤洁宁健佳欣怡子轩涵梓雨泽博瑞思琪昊天晨嘉豪雅诗梦瑶倩颖慧琳丹珍莲菊福祥德义亮斌彬旭东晓小"
    "建庆新成立永昌光忠良仁信康安乐慧蓉蕾薇薛岚媛娇婉霖淑贤惠珠翠兴才发武伦翔鑫威森淼焱晶宝金银铁柱根偉麗"
    "強軍勇艷傑濤蘭剛輝國紅榮雲龍飛鵬鳳潔寧瑋靜"
)
_HAN = r"\u4e00-\u9fff"
_SURNAME = f"(?:{_COMPOUND}|[{_SURNAMES}])"
_LABEL = "姓名|患者|病人|受试者|家属|联系人|签名|阅片者|阅片人|操作者|医师|审核"
_TITLE = "先生|女士|小姐|医生|醫生|大夫|主任|教授|护士|老师|同志|阿姨|奶奶|爷爷"

CHINESE_NAME = (
    rf"(?:{_LABEL})\s*[::]\s*({_SURNAME} ?[{_HAN}]{{1,2}})(?![{_HAN}])",
    rf"(?:{_LABEL})({_SURNAME}[{_GIVEN}]{{1,2}})",
    rf"({_SURNAME}[{_HAN}]{{0,2}}(?:{_TITLE}))",
    rf"(?<![{_HAN}])({_SURNAME} ?[{_HAN}]{{1,2}})(?![{_HAN}])",
    rf"({_SURNAME}[{_GIVEN}]{{2}})",
    rf"((?:{_COMPOUND})[{_HAN}]{{1,2}})(?![{_HAN}])",
    rf"([{_HAN}]{{2,6}}[·・•][{_HAN}]{{2,8}})",
)

# Words of the clinic and of daily use that begin with a character that is also a surname.
_ORDINARY = re.compile(
    "^(?:"
    "左[侧肺叶颈上下肾肩髋肱股]|高[危级分清度表龄]|包[膜块埋括]|方[法案式向]|周[期围岁]|时间|白[细天蛋]|金属|石蜡|"
    "水平|常[规见用]|安[全静]|成[人年]|明显|应用|温[度和]|程[度序]|解[剖释]|强[阳度]|单[侧发位]|于[术是]|"
    "关[节于键]|管[理腔]|文[件字献]|向[上下]|向前|任[何务]|万[人分]|项[目]|曲[线面]|查[体看]|平[均卧扫]|"
    "全[切部]|路[径]|边[界缘]|房[间]|车[站]|华[人]|席|盛|游[离]|成[像立]|何[时种]|易[于]|余[量]|"
    "白[血]|段|江[西苏]|常[数量]|安[装排]|康[复]|金[标额]|石[灰]|时[相]|毛[玻]|钟|马上|黄[色]|"
    "高[血氯]|龙|牛|熊|兰|梁|武|史|侯|范[围例]"
    ")"
)

_PINYIN = (
    "Wang|Zhang|Liu|Chen|Yang|Zhao|Huang|Zhou|Wu|Xu|Sun|Hu|Zhu|Gao|Lin|Guo|Ma|Luo|Liang|Zheng|"
    "Xie|Tang|Feng|Dong|Xiao|Cheng|Cao|Yuan|Deng|Fu|Shen|Zeng|Peng|Lu|Lv|Jiang|Cai|Jia|Ding|Wei|"
    "Xue|Ye|Yan|Yu|Pan|Du|Dai|Xia|Zhong|Tian|Ren|Fang|Shi|Yao|Tan|Liao|Zou|Xiong|Hao|Kong|Cui|"
    "Kang|Mao|Qiu|Qin|Gu|Hou|Shao|Meng|Duan|Qian|Yin|Li|Han|Song|He|Ouyang|Sima|Zhuge"
)
_FIRST = (
    "James|John|Robert|Michael|William|David|Richard|Joseph|Thomas|Charles|Daniel|Matthew|Anthony|"
    "Paul|Andrew|Peter|George|Edward|Brian|Kevin|Mary|Patricia|Jennifer|Linda|Elizabeth|Barbara|"
    "Susan|Jessica|Sarah|Karen|Nancy|Margaret|Emily|Anna|Maria|Laura|Julia|Hans|Jean|Pierre|José|"
    "Carlos|Juan|Ali|Mohamed|Mohammed|Ahmed|Fatima|Ivan|Olga|Sergei|Hiroshi|Yuki|Kim"
)
_CAPITAL = r"[A-Z][a-zà-öø-ÿ]+(?:[-'’][A-Z][a-zà-öø-ÿ]+)?"
_WHO = (
    r"(?:(?i:(?:patient|name|contact|physician|operator|reader|next of kin)(?:'s name)?)\s*[:=]|"
    r"(?i:read by|reported by|signed(?: by)?|radiologist|pathologist)\s*[:=]?)"
)

# Syllables of given names, by their first letters: enough to tell a name from an English word.
_SYLLABLES = {
    "": "an ang ai ao en er",
    "b": "ai an ang ao ei en i iao in ing o u",
    "c": "ai an ang ao ong ui un",
    "ch": "ang ao en eng ong u uan uang un",
    "d": "an ang ao e ong uo",
    "f": "an ang ei en eng u",
    "g": "ang ao eng ong u uang ui uo",
    "h": "ai an ang ao e eng ong ou u ua uai uan uang ui uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan un",
    "k": "ai ang e un uo",
    "l": "an ang ei i ian iang iao ie in ing iu ong u uo",
    "m": "ei eng i ian iao in ing",
    "n": "a an ing i ian uo",
    "p": "ei eng ing",
    "q": "i ian iang iao in ing iong iu u uan un",
    "r": "ong u ui un uo",
    "s": "en i ong u",
    "sh": "ao en eng i u uai uang uo",
    "t": "ai ao ian ing ong u uan uo",
    "w": "ei en u",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "y": "a an ang ao i in ing ong ou u uan ue un",
    "z": "e i ong u uo",
    "zh": "an ao en eng i ong ou u uo",
}
_SPELT = [start + end for start, ends in _SYLLABLES.items() for end in ends.split()]
_LOWER = "(?:" + "|".join(sorted(_SPELT, key=len, reverse=True)) + ")"
_CAPITALISED = "(?:" + "|".join(sorted(map(str.title, _SPELT), key=len, reverse=True)) + ")"
_PINYIN_GIVEN = rf"{_CAPITALISED}(?:-?{_LOWER}|[- ]{_CAPITALISED})?"

LATIN_NAME = (
    rf"\b((?:{_PINYIN}|{_PINYIN.upper()}),? {_PINYIN_GIVEN})\b",
    rf"\b({_PINYIN_GIVEN} (?:{_PINYIN}|{_PINYIN.upper()}))\b",
    rf"\b((?:{_FIRST}) (?:[A-Z]\.? )?{_CAPITAL})\b",
    rf"\b((?:Mr|Mrs|Ms|Dr|Prof)\.? {_CAPITAL})",
    rf"{_WHO}\s*({_CAPITAL},? {_CAPITAL})\b",
    r"(?<![\w^\\$])([A-Za-z][A-Za-z'-]+\^[A-Za-z][A-Za-z'^ -]+)(?![\w\\$])",
)


def is_ordinary_word(text: str) -> bool:
    """True for a Chinese word that begins like a name and is none."""
    return bool(_ORDINARY.match(text)) or len(text) < 2
