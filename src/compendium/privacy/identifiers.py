"""What can tell who a person is, found in text by form: names, dates, numbers, addresses, machines.

The forms are those of a Chinese hospital's records, in Chinese and Latin script. A form is only a
sign: the gate in `disclosure` decides by place, and an allow-list in the study's folder excuses
what a person has looked at.
"""

import datetime
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from compendium.privacy.names import CHINESE_NAME, LATIN_NAME, is_ordinary_word

ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
DICOM_STANDARD_ROOT = "1.2.840.10008."
MONTH_NAME = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
YEAR = r"(?:19[2-9]\d|20[0-4]\d)"
MONTH, DAY = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
BEFORE, AFTER = r"(?<![\w.\-/:])", r"(?![\w\-/]|\.\d)"


@dataclass(frozen=True)
class Form:
    """One form of identifier: its kind, how it looks, and a further check of what looks so."""

    kind: str
    look: re.Pattern[str]
    check: Callable[[str], bool] = lambda text: True


@dataclass(frozen=True)
class Hit:
    """A place in a text that has the form of an identifier."""

    kind: str
    text: str


def normal(text: str) -> str:
    """Text as a reader takes it: entities and percent codes read, widths alike, nothing hidden."""
    if "&" in text:
        text = html.unescape(text)
    if re.search(r"%[EeDdCc][0-9A-Fa-f]%", text):
        text = unquote(text)
    return unicodedata.normalize("NFKC", text.translate(ZERO_WIDTH))


def find(text: str) -> Iterator[Hit]:
    """Everything in a text that has the form of an identifier, each once a kind."""
    seen: set[Hit] = set()
    text = re.sub(
        r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?\b10\.\d{4,}/[^\s\"<>]+", " ", normal(text)
    )
    for form in FORMS:
        for found in form.look.finditer(text):
            hit = Hit(form.kind, next((g for g in found.groups() if g), found[0]).strip())
            if hit not in seen and form.check(hit.text):
                seen.add(hit)
                yield hit


def masked(text: str) -> str:
    """The first character and the length of a leak: enough to find it, not to leak it again."""
    text = " ".join(text.split())
    return text[:1] + "*" * min(len(text) - 1, 7)


def _calendar(digits: str) -> bool:
    try:
        datetime.datetime.strptime(digits[:8], "%Y%m%d")
    except ValueError:
        return False
    return True


def _citizen(number: str) -> bool:
    """GB 11643: the last character of the 18 checks the others."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(d) * w for d, w in zip(number[:17], weights, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _luhn(number: str) -> bool:
    """ISO/IEC 7812: the check digit of a bank card."""
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(re.sub(r"\D", "", number)))]
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0


def _foreign_uid(uid: str) -> bool:
    return not uid.startswith(DICOM_STANDARD_ROOT) and len(uid) >= 18


def _address(text: str) -> bool:
    return all(int(part) < 256 for part in text.split("."))


def _name(text: str) -> bool:
    return not is_ordinary_word(text)


def _form(kind: str, *looks: str, check: Callable[[str], bool] = lambda text: True) -> list[Form]:
    return [Form(kind, re.compile(look), check) for look in looks]


FORMS: list[Form] = [
    *_form("name, Chinese", *CHINESE_NAME, check=_name),
    *_form("name, Latin", *LATIN_NAME),
    *_form(
        "date",
        *(rf"(?<![\d.\-/]){YEAR}{sign}{MONTH}{sign}{DAY}(?!\d)" for sign in ("-", "/", r"\.")),
        rf"(?<![\d.\-/]){DAY}[-/.]{MONTH}[-/.]{YEAR}(?!\d)",
        rf"(?<![\d.\-/]){MONTH}/{DAY}/{YEAR}(?!\d)",
        rf"(?i)\b{DAY}(?:st|nd|rd|th)?[ -]{MONTH_NAME},?[ -]{YEAR}\b",
        rf"(?i)\b{MONTH_NAME} {DAY}(?:st|nd|rd|th)?,? {YEAR}\b",
        rf"\b{MONTH_NAME},? {YEAR}\b",
        rf"{YEAR} ?年 ?\d{{1,2}} ?月(?: ?\d{{1,2}} ?[日号])?",
        rf"(?<![\d.\-/]){YEAR}-(?:0[1-9]|1[0-2])(?![\d\-])",
    ),
    *_form(
        "date",
        rf"{BEFORE}({YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{{6}}(?:\.\d+)?)?){AFTER}",
        check=_calendar,
    ),
    *_form(
        "telephone",
        r"(?<![\w.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\w.]*\d)",
        r"(?<![\w.])(?:\(0\d{2,3}\)|0\d{2,3})[- ]\d{7,8}(?!\d)",
        r"(?<![\w.])\+\d{1,3}[- ]?\(?\d{1,4}\)?[- ]?\d{3,4}[- ]?\d{3,4}(?!\d)",
        r"(?i)(?:tel|phone|mobile|电话|手机|联系方式)\.?\s*[::]?\s*(\+?[\d()\- ]{7,})",
    ),
    *_form(
        "citizen number",
        r"(?<![\w.])([1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx])(?!\w)",
        check=_citizen,
    ),
    *_form(
        "citizen number",
        r"(?:身份证|护照|passport)(?:号码?|\s*(?:no|number))?\.?\s*[::#]?\s*([A-Za-z]?\d[\dXx]{6,17})",
        r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])",
    ),
    *_form(
        "record number",
        r"(?i)(?:住院|病案|病历|门诊|就诊卡?|登记|检查|影像|病理|标本|床|医保|社保)号\s*[::#]?\s*([A-Za-z]{0,3}-?\d{2,})",
        r"(?i)\b(?:MRN|PID|medical record|hospital|record|chart|accession|admission|specimen)"
        r"\s*(?:no\.?|number|nr\.?|id|#)?\s*[::#]\s*#?([A-Za-z]{0,3}-?\d{4,})",
        rf"{BEFORE}(0\d{{6,11}}){AFTER}",
    ),
    *_form(
        "bank card", rf"{BEFORE}([3-6]\d{{3}}(?:[ -]?\d{{4}}){{3}}(?:\d{{3}})?){AFTER}", check=_luhn
    ),
    *_form("e-mail", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    *_form("messenger", r"(?i)(?:微信|wechat|weixin|\bQQ)号?\s*[::]\s*([\w-]{5,})"),
    *_form(
        "postal address",
        r"[\u4e00-\u9fff]{2,}(?:省|市|自治区)[\u4e00-\u9fff]{1,8}(?:区|县|市|镇|乡)[\u4e00-\u9fff\d]*",
        r"[\u4e00-\u9fff]{2,}(?:路|街|巷|大道|弄|村)\d+ ?[号弄栋]",
        r"\b\d{1,5} (?:[A-Z][a-z]+ ){1,3}(?:Street|St\.|Road|Rd\.?|Avenue|Ave\.?|Lane|Boulevard)\b",
        r"(?i)(?:邮编|post(?:al)? ?code|zip)\s*[::]?\s*(\d{5,6})",
    ),
    *_form(
        "vehicle",
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
        r"[A-Z][ ·]?[A-HJ-NP-Z0-9]{5,6}\b",
    ),
    *_form(
        "UID",
        r"(?<![\w.])(2\.25\.\d{10,}|[0-2](?:\.(?:0|[1-9]\d*)){5,})(?![\w.]*\d)",
        check=_foreign_uid,
    ),
    *_form(
        "machine path",
        r"(?<![\w.:/])(/(?:home|Users|root|mnt|media|srv|tmp|var|data\d*|scratch|Volumes)/[^\s\"'<>),;]+)",
        r"(?<![\w\\])([A-Za-z]:\\+[^\s\"'<>|]+)",
        r"(?<!\\)(\\\\[\w.-]+\\+[\w$.-]+)",
        r"(file:///?[^\s\"'<>]+)",
    ),
    *_form("machine address", r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.]*\d)", check=_address),
    *_form("machine address", r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b"),
    *_form(
        "secret",
        r"(?i)\b(?:password|passwd|secret|api[_-]?key|access[_-]?token)\s*[=:]\s*[\"']?(\w\S{5,})",
    ),
    *_form(
        "old age",
        r"(?i)\b(?:aged?|年龄)\s*[::]?\s*((?:9\d|1[01]\d)(?= ?(?:years|岁|y\b|,|;|\.|$)))",
    ),
    *_form(
        "birth",
        r"(?i)(?:date of birth|\bDOB\b|birth ?date|born(?: on)?|出生日期|出生于|生于)"
        r"\s*[::]?\s*(\S+)",
    ),
]
