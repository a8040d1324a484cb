"""Numbers by which an office, a hospital, a bank or a network knows a person."""

import datetime
import re

from compendium.privacy.dates import AFTER, BEFORE
from compendium.privacy.forms import END, START, Form, forms, found_text, listed

_PROVINCES = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]"
_S = r"[ .\-_/·]?"
# Registers of science, whose numbers are of studies, genes, books and cells, not of persons.
_REGISTERS = listed(
    "NCT ISRCTN ChiCTR CHICTR EUCTR GSE GSM GDS SRR SRP SRX PRJNA SAMN PMC PMID CVE RFC ISO IEC "
    "DOI ISBN ISSN ORCID EudraCT "
    "RRID CVCL ENSG ENST OMIM HGNC CAS UTF SHA MD ab AB SP RS rs"
)


# In `x @ y.z` a matrix is multiplied, unless z is a domain.
_DOMAIN = re.compile(r"(?i)\.\s?(?:com|cn|net|org|edu|gov|info|de|uk|fr|jp|kr|hk|tw|eu)$")
_YEARS = re.compile(r"(?:19|20)\d\d[- ](?:19|20)\d\d")


def _is_day(text: str, pattern: str) -> bool:
    try:
        datetime.datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def _citizen(found: re.Match[str]) -> bool:
    """GB 11643 by its parts: province, day of birth; a wrong check digit is a slip of the pen."""
    digits = re.sub(r"[^\dXx]", "", found_text(found))
    return _is_day(digits[6:14], "%Y%m%d")


def _old_citizen(found: re.Match[str]) -> bool:
    return _is_day(re.sub(r"\D", "", found_text(found))[6:12], "%y%m%d")


def _luhn(found: re.Match[str]) -> bool:
    """ISO/IEC 7812: the check digit of a bank card."""
    digits = re.sub(r"\D", "", found_text(found))
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0


def _bare(found: re.Match[str]) -> bool:
    """A number by itself that counts or measures nothing: neither round nor with a unit."""
    text = found_text(found)
    after = found.string[found.end() : found.end() + 12]
    before = found.string[max(0, found.start() - 30) : found.start()]
    measured = re.match(
        r"\s*(?:[a-zµ%°]?[A-Za-zµ%°]{1,3}\b|/|×|\*|counts|bytes|files|rows|voxels|个|例|枚|元)",
        after,
    )
    named = re.search(
        r"(?i)(?:seed|pmid|issn|isbn|doi|port|size|bytes|grant|no\.? of|基金|zenodo|"
        r"[=<>±×^*/])[^\w]*$",
        before,
    )
    return not (text.endswith("000") or measured or named or len(set(text)) <= 2)


def _registered(found: re.Match[str]) -> bool:
    """Letters and digits that no register of science gave."""
    letters = re.match("[A-Za-z]*", found_text(found))
    return letters is not None and letters[0] not in _REGISTERS


def _has_digit(found: re.Match[str]) -> bool:
    return re.search(r"[\d_]", found_text(found)) is not None


_LABEL = r"\s*(?:号码|编号|号|码|尾号|后[四六\d]位)?\s*(?:is|为|是)?\s*[::#=]?\s*"
_NUMBER_LABEL = (
    "住院|病案|病历|门诊|急诊|就诊卡?|就诊|登记|检查|影像|病理|标本|蜡块|切片|条码|申请单?|"
    "医保卡?|社保卡?|医疗保险|新农合|诊疗卡|"
    "一卡通|放射|核医学|超声|流水|档案|患者|病人|受检|登记卡|工|学|保单"
)
_RECORD = (
    r"MRN|PID|patient ?(?:id|number|no)|medical record|hospital|record|chart|accession|admission|"
    r"specimen|pathology|case|"
    r"inpatient|outpatient|insurance|policy|visit|encounter|sample|slide|block|registration|"
    r"account|file"
)

NUMBERS: list[Form] = [
    *forms(
        "citizen number",
        rf"(?<![A-Za-z0-9_.])((?:{_PROVINCES})\d{{2}}{_S}\d{{2}}{_S}(?:18|19|"
        rf"20)\d{{2}}{_S}\d{{2}}{_S}\d{{2}}{_S}\d{{3}}{_S}[\dXx])(?![A-Za-z0-9_])",
        check=_citizen,
    ),
    *forms(
        "citizen number",
        rf"(?<![A-Za-z0-9_.])((?:{_PROVINCES})\d{{2}}{_S}\d{{2}}{_S}\d{{6}}{_S}\d{{3}})(?![A-Za-z"
        rf"0-9_.])",
        check=_old_citizen,
    ),
    *forms(
        "citizen number",
        r"(?i)(?:身份证|护照|通行证|证件|居民证|军官证|驾驶证|驾照|passport|id ?card|citizen "
        r"?(?:id|number)|national id|identity)"
        rf"(?:\s*(?:no|number))?\.?{_LABEL}([A-Za-z]{{0,2}}\d[\d \-]{{1,18}}[\dXx])",
        r"(?i)(?:SSN|social security)\W*(\d[\d -]{7,10})",
        r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])",
        r"(?<![A-Za-z0-9_])([EGDSPH][A-Z]?\d{8})(?![A-Za-z0-9_])",
    ),
    *forms(
        "telephone",
        *(
            rf"(?<![A-Za-z0-9_.])((?:\(?\+?(?:00)?86\)?[- .]?)?1[3-9]\d{groups})(?![A-Za-z0-9_]|"
            rf"[. ]\d)"
            for groups in (
                rf"{_S}\d{{4}}{_S}\d{{4}}",
                rf"{_S}\d{{3}}{_S}\d{{5}}",
                rf"{_S}\d{{5}}{_S}\d{{3}}",
                rf"\d{_S}\d{{4}}{_S}\d{{3}}",
                rf"\d{_S}\d{{3}}{_S}\d{{4}}",
                rf"\d{{2}}{_S}\d{{3}}{_S}\d{{3}}",
                rf"\d{{2}}{_S}\d{{2}}{_S}\d{{2}}{_S}\d{{2}}",
                r"[ \-.]\d{2}[ \-.]\d{2}[ \-.]\d{2}[ \-.]\d{2}",
                r"[ \-.]\d{4}[ \-.]\d{2}[ \-.]\d{2}",
                r"[ \-.]\d{3}[ \-.]\d{3}[ \-.]\d{2}",
            )
        ),
        r"(?<![A-Za-z0-9_.])(1 [3-9](?: \d){9})(?! ?\d)",
        r"(?<![A-Za-z0-9_.])((?:\(0\d{2,3}\)|0\d{2,3})[- ]?\d{3,4}[- "
        r"]?\d{4}(?:[-转]\d{1,5})?)(?![A-Za-z0-9_])",
        r"(?<![A-Za-z0-9_.])(\+\d{1,3}[- ]?\(?\d{1,4}\)?(?:[- ]?\d{2,4}){2,4})(?!\d)",
        r"(?i)(?:\btel\b|phone|mobile|\bcell\b|\bfax\b|电话|手机|联系方式|座机|传真|号码|"
        r"致电)(?:号码|号)?\.?\s*[::是为]?\s*(\+?[\d()\-. ]{6,}\d)",
        r"(?:手机|电话|号码)(?:号码?)?(?:尾号|后[四4]位)\s*[::是为]?\s*(\d{3,4})(?!\d)",
        r"(?i)(?:内线|分机|短号|小号|转|\bext(?:ension)?\.?)\s*[::]?\s*(\d{3,6})(?!\d)",
    ),
    *forms(
        "telephone",
        r"(?<![A-Za-z0-9_.])([2-8]\d{3}[- ]\d{4})(?![\d\-.]| \d)",
        check=lambda found: not _YEARS.fullmatch(found_text(found)),
    ),
    *forms(
        "record number",
        rf"(?:{_NUMBER_LABEL})(?:号码|编号|卡号|单号|号|ID)\s*(?:为|"
        rf"是)?\s*[::#]?\s*([A-Za-z]{{0,4}}[-_]?\d[\dA-Za-z-]*)",
        r"(?:医保|社保|医疗保险|诊疗|就诊)卡?\s*[::#]?\s*([A-Za-z]{0,4}-?\d{4,})",
        rf"(?i)\b(?:{_RECORD})\s*(?:id|no\.?|number|nr\.?|"
        rf"#)?\s*[::#=]\s*#?([A-Za-z]{{0,4}}-?\d[\d-]{{3,}})",
        rf"(?i)\b(?:MRN|PID|(?:{_RECORD}) (?:id|no\.?|number|"
        rf"nr\.?))\s*#?([A-Za-z]{{0,4}}-?\d[\d-]{{3,}})",
        r"(?<![A-Za-z])(?:ID|编号|No\.?|Nr\.?|号)\s*[::#=]\s*([A-Za-z]{0,4}-?\d{4,})(?![\d.])",
        rf"{BEFORE}(0\d{{6,11}}){AFTER}",
    ),
    *forms(
        "record number",
        rf"{START}([A-Z]{{1,4}}[-_]?(?:19|20)\d{{2}}[-_/]\d{{3,7}}){END}",
        rf"{START}((?:19|20)\d{{2}}[-_/]\d{{5,7}}){END}",
        rf"{START}([A-Z]{{1,2}}\d{{2}}[-_/]\d{{3,7}}){END}",
        rf"{START}([A-Z]{{1,4}}[-_]?\d{{7,12}}){END}",
        check=_registered,
    ),
    *forms(
        "record number",
        rf"{BEFORE}(?<![\d,] )(?<![#(])([1-9]\d{{6,9}}){AFTER}(?![ ,]\d|\))",
        check=_bare,
    ),
    *forms(
        "bed",
        r"(?<![\d.])(\d{1,3} ?(?:号)?床)(?![旁边上头单])",
        r"(?<![\d.])(\d{1,3} ?号 ?病床)",
        r"床(?:位|号)?\s*[::]?\s*(\d{1,3})",
        # The bed of a thyroid or of a tumour is none in which somebody lies.
        r"(?i)(?<!thyroid )(?<!tumour )(?<!tumor )(?<!resection )(?<!surgical )"
        r"\b(?:bed|ward|room)\s*(?:no\.?|number)?\s*[:#]?\s*(\d{1,4}[A-Z]?)\b",
        r"(\d{1,2}病[区室房])",
        r"(\d{3,4} ?(?:病房|病室))",
    ),
    *forms(
        "bank card",
        rf"{BEFORE}([3-6]\d{{3}}(?:[ -]?\d{{4}}){{3}}(?:[ -]?\d{{3}})?){AFTER}",
        check=_luhn,
    ),
    *forms("bank card", r"(?:银行卡|账号|帐号|卡号|支付宝)号?\s*[::]?\s*(\d[\d ]{9,22}\d)"),
    *forms(
        "e-mail",
        r"(?<![\w.+-])[\w.+-]{1,64}\s?@\s?[\w-]{1,64}(?:\s?\.\s?[\w-]{1,64})+",
        check=lambda found: " @ " not in found[0] or _DOMAIN.search(found[0]) is not None,
    ),
    *forms(
        "e-mail",
        r"(?i)(?<![\w.+-])([\w.+-]{1,64}\s?[\[({<]\s?at\s?[\])}>]\s?[\w-]{1,64}(?:\s?(?:\.|"
        r"[\[({<]\s?dot\s?[\])}>])\s?[\w-]{1,64})+)",
        r"(?i)(?<![\w.+-])([\w.+-]{1,64}\s?#\s?[\w-]{1,64}\.(?:com|cn|net|org)\b)",
        rf"{START}([a-z_][\w.-]{{0,63}}@[a-z][\w-]{{1,63}}){END}",
    ),
    *forms(
        "e-mail",
        r"(?i)(?<![\w.+-])([\w.+-]{1,64} at [\w-]{1,64}(?:\.[\w-]+)*\.[a-z]{2,8})\b",
        r"(?i)(?<![\w.+-])([\w.+-]{1,64} at [\w-]{1,64} dot \w+(?: dot \w+)*)\b",
        r"(?i)(?<![\w.+-])([\w+-]{1,64}(?: [\w+-]{1,64})? at (?:qq|gmail|outlook|hotmail|"
        r"foxmail|yahoo|163|126|sina|139|189|icloud) dot \w+)\b",
        check=lambda found: re.match(r"(?i)\S*[\d_.]\S* at|.* dot ", found_text(found)) is not None,
    ),
    *forms(
        "messenger",
        r"(?i)(?:微信|[vV加]信|wechat|weixin|\bwx|\bvx|薇信|威信|\bQQ|企鹅|钉钉|微博|抖音|小红书|telegram|"
        r"whatsapp|line ?id|skype)\s*(?:同号|号码|号|id)?\s*(?:是|为|"
        r"is)?\s*[::]?\s*@?([A-Za-z][\w-]{4,19}|\d{5,12})(?![\w])",
        check=_has_digit,
    ),
    *forms(
        "messenger",
        r"(?i)(?:微信|wechat|weixin|\bQQ)(?:号码|号|id)?\s*[::]\s*([\w-]{5,})",
    ),
    *forms(
        "vehicle",
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
        r"[A-Z][ ·-]?[A-HJ-NP-Z0-9]{5,6}(?![A-Za-z0-9])",
    ),
]
