"""How days, ages and births are written, in Chinese and Latin script."""

import datetime
import re

from compendium.privacy.forms import END, Form, forms, found_text

MONTH_NAME = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_M = "(?i:" + MONTH_NAME + ")"
YEAR = r"(?:19[2-9]\d|20[0-4]\d)"
MONTH, DAY = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_MM, _DD = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
BEFORE, AFTER = r"(?<![A-Za-z0-9_.\-/:])", r"(?![A-Za-z0-9_\-/]|\.\d)"
_ALONE, _ENDS = r"(?<![\d.\-/:A-Za-z_])", r"(?![\d/]|-\d|\.\d)"
_ZH_NUMBER = "[〇零一二三四五六七八九十廿卅元]{1,4}"
_FEAST = (
    "春节|除夕|元旦|元宵|清明|端午|中秋|国庆|重阳|七夕|劳动节|五一|十一|腊八|小年|圣诞|"
    "儿童节|妇女节"
)
_TENS = "ninety|one hundred"
_ONES = "one|two|three|four|five|six|seven|eight|nine|ten"


_SEED = re.compile(r"(?i)(?:seed|rng)s?\W*(?:int\W*)?$")


def _calendar(found: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", found_text(found))[:8]
    before = found.string[max(0, found.start() - 24) : found.start()]
    return _is_day(digits, "%Y%m%d") and _SEED.search(before) is None


def _is_day(digits: str, pattern: str) -> bool:
    try:
        datetime.datetime.strptime(digits, pattern)
    except ValueError:
        return False
    return True


def _six(found: re.Match[str]) -> bool:
    """Six digits by themselves that are a day of the years 1930 to 2029."""
    text = found_text(found)
    return _is_day(text, "%y%m%d") and (text[:2] < "30" or text[:2] > "29") and text[2:] != "0000"


def _no_version(found: re.Match[str]) -> bool:
    """Not the edition of a standard or of a program."""
    before = found.string[max(0, found.start() - 24) : found.start()]
    return (
        re.search(
            r"(?i)(?:version|edition|release|\bv\.?|ISO[ /\w]*|IEC[ /\w]*|GB[ /T]*\d*)[ "
            r":-]*[\d.:]*$",
            before,
        )
        is None
    )


def _no_measure(found: re.Match[str]) -> bool:
    """Not a number with decimals among others, as 10.2000 is in a printed table."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    return not (re.search(r"[\d.]\s+$", before) or re.match(r"\s+-?\d", after))


def _no_series(found: re.Match[str]) -> bool:
    """Not evenly spaced limits, or a measure, which are written alike."""
    one, two, three = (int(part) for part in re.findall(r"\d+", found[0]))
    measured = re.match(r" ?(?:mm|cm|Gy|MBq|mg|points|%)", found.string[found.end() :])
    return two - one != three - two and measured is None


def _old(found: re.Match[str]) -> bool:
    """An age over 89 that is somebody's, not a limit."""
    before = found.string[max(0, found.start() - 14) : found.start()]
    return (
        re.search(r"(?i)(?:over|above|than|under|below|least|most|[<>≥≤=]|to|–|-)\s*$", before)
        is None
    )


_NINETY = r"(?:9\d|1[01]\d)"
_LATER = r"(?!\s*%|[.\d]|\d| ?(?:days|patients|Gy|mg|percent))"

DATES: list[Form] = [
    *forms(
        "date",
        *(
            rf"(?<![\d.\-/:])(?<!==){YEAR} ?{sign} ?{MONTH} ?{sign} ?{DAY}(?!\d)"
            for sign in ("-", "/", r"\.", ":")
        ),
        rf"(?<![\d.\-/]){DAY} ?[-/.] ?{MONTH} ?[-/.] ?{YEAR}(?!\d)",
        rf"(?<![\d.\-/]){MONTH}/{DAY}/{YEAR}(?!\d)",
        rf"(?<![\d.\-/]){YEAR}[_ ]{_MM}[_ ]{_DD}(?![\d.]|[ _]\d)",
        rf"(?<![A-Za-z\d]){DAY}(?:st|nd|rd|th)?(?: of)?[ ,./-]{{0,2}}{_M},?[ "
        rf"./-]{{0,2}}'?(?:{YEAR}|\d\d){END}",
        rf"(?<![A-Za-z\d]){_M}[ ./-]?{DAY}(?:st|nd|rd|th)?,?[ ./-]{{1,2}}'?{YEAR}{END}",
        rf"(?<![A-Za-z\d]){_M},?[ ./-]?{YEAR}{END}",
        rf"(?<![A-Za-z\d]){MONTH_NAME} ?'\d\d{END}",
        rf"(?<![A-Za-z\d]){YEAR}[ ./-]?{MONTH_NAME}(?:[ ./-]?{DAY})?{END}",
        rf"(?<![A-Za-z\d]){DAY}(?:st|nd|rd|th)? (?:of )?(?!May\b){MONTH_NAME}{END}",
        rf"(?<![A-Za-z\d])(?!May\b){MONTH_NAME} {DAY}(?:st|nd|rd|th)?(?![\w%.]|,\d| ?(?:patients|"
        rf"of))",
        rf"{YEAR} ?年 ?\d{{1,2}} ?月(?: ?\d{{1,2}} ?[日号])?",
        rf"[〇零一二三四五六七八九]{{2,4}}年{_ZH_NUMBER}月(?:{_ZH_NUMBER}[日号])?",
        rf"(?:{YEAR}|\d\d) ?年 ?{_ZH_NUMBER}月(?:{_ZH_NUMBER}[日号])?",
        r"(?<!\d)(?:0?[1-9]|1[0-2]) ?月 ?(?:0?[1-9]|[12]\d|3[01]) ?[日号]",
        rf"(?<![{'〇零一二三四五六七八九十'}])[一二三四五六七八九十正冬腊]{{1,2}}月(?:初|廿|卅|"
        rf"{_ZH_NUMBER}[日号])[一二三四五六七八九十]?",
        rf"(?:{YEAR}年?|[今去前]年) ?(?:{_FEAST})",
        r"(?:农历|阴历|旧历)[\d年正冬腊一二三四五六七八九十初廿卅月日]{2,}",
        r"(?:民国|昭和|平成|令和|光绪|宣统|康德)\s*(?:\d{1,3}|"
        r"[元一二三四五六七八九十]{1,3})\s*年(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?)?",
        rf"(?<![\d.\-/A-Za-z]){YEAR}-?W(?:0[1-9]|[1-4]\d|5[0-3])(?:-?[1-7])?{END}",
        rf"(?<![A-Za-z\d_])W(?:eek ?)?(?:0?[1-9]|[1-4]\d|5[0-3])[ /-]{YEAR}{END}",
        rf"(?i)\bQ[1-4][ /-]?(?:of )?{YEAR}{END}",
        rf"(?i)(?<![\d.\-/A-Za-z]){YEAR}[ /-]?Q[1-4]{END}",
        rf"{YEAR}年?第?[一二三四1-4]季度",
    ),
    *forms(
        "date",
        rf"(?<![\d.\-/:]){YEAR}-{_MM}(?![\d]|-\d)",
        rf"{_ALONE}{YEAR}/{_MM}(?![\d/])",
        rf"{_ALONE}(?<!==){YEAR}\.{_MM}(?![\d.])",
        rf"{_ALONE}{_MM}[/-]{YEAR}{_ENDS}",
        check=_no_version,
    ),
    *forms("date", rf"{_ALONE}{_MM}\.{YEAR}{_ENDS}", check=_no_measure),
    *forms(
        "date",
        *(rf"{_ALONE}{_DD}{sign}{_MM}{sign}\d\d{_ENDS}" for sign in ("/", "-", r"\.")),
        rf"{_ALONE}{_MM}/{_DD}/\d\d{_ENDS}",
        check=_no_series,
    ),
    *forms(
        "date",
        rf"{BEFORE}({YEAR}{_MM}{_DD}(?:[T_ -]?\d{{4,6}}(?:\.\d+)?)?Z?){AFTER}",
        check=_calendar,
    ),
    *forms("date", rf"{BEFORE}(?<![\d#, ]\d )(?<!#)(\d{{6}}){AFTER}(?! \d)", check=_six),
    *forms(
        "date",
        rf"{BEFORE}(1[0-8]\d{{8}}(?:\d{{3}})?){AFTER}",
        check=lambda found: found_text(found)[-6:] != "000000",
    ),
    *forms(
        "old age",
        rf"(?i)\b(?:aged?|ages?|年龄|现年|享年|终年)\s*(?:\w+\s*)?[::=]?\s*(?:is |was |of |at "
        rf")?({_NINETY})(?: ?(?:years|岁|y\b))?{_LATER}",
        rf"(?i)(?<![\d.])({_NINETY})[ -]?(?:years?|yrs?|y)[ -]?(?:old|of age|/?o\b)",
        rf"(?i)(?<![\d.])({_NINETY}) ?(?:y/o|yo\b|岁|周岁|歲)",
        rf"(?i)\b((?:{_TENS})(?:[ -](?:{_ONES}))?)[ -]years?[ -](?:old|of age)",
        r"(九十[一二三四五六七八九]?|一?百[零〇]?[一二三四五六七八九十]*)岁",
        rf"(?i)(?<![\d.])({_NINETY})[ -]?(?:year)[ -]old",
        check=_old,
    ),
    *forms(
        "young age",
        r"(?i)(?<![\d.])(\d{1,2}[ -](?:days?|weeks?|months?)[ -](?:old|of age)\b)",
        r"(?<![\d.])(\d{1,2} ?(?:月龄|日龄|周龄|个月大))",
        r"(?i)\b((?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[ -](?:day|"
        r"week|month)s?[ -]old)\b",
        r"((?:出生|生后)\s*\d{1,3}\s*(?:天|日|个月))",
    ),
    *forms(
        "birth",
        r"(?i)(?:date of birth|\bDOB\b|birth ?(?:date|day|year)|year of birth|\bborn(?: on| "
        r"in)?\b|出生(?:日期|年月|年份)?|出生于|生于|生日|生年)"
        r"\s*[::=]?\s*(\S*\d\S*)",
        rf"({YEAR} ?年?(?:出生|生人|生)(?![存化长产物成殖理]))",
        rf"(?<![\w*])\*\s?({YEAR})(?!\w|\s?\*)",
        rf"(?i)\b(?:b\.|born)\s*'?({YEAR}|\d\d\b)",
        rf"((?:{YEAR}|\d\d)年?属[鼠牛虎兔龙蛇马羊猴鸡狗猪])",
    ),
    *forms(
        "one person described",
        r"(?i)\b(?:only|single|sole|one|a|an|the)\b[^.;]{0,20}?\b(\d{1,3}[ -]year[ -]old\b(?: "
        r"\w+){0,2} (?:man|woman|boy|girl|male|female|patient|lady|gentleman|farmer|teacher|"
        r"nurse))",
        r"(?i)\b((?:only|sole) (?:man|woman|boy|girl|male|female)(?: patient)? (?:aged|of) "
        r"\d{1,3})\b",
        r"((?:唯一|仅有?|一名|一位|一例|1例|1名|某)[^。;,]{0,6}\d{1,3}岁[^。;,]{0,6}[男女患者性])",
    ),
]
