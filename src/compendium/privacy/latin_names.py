"""How a person's name looks in Latin script: pinyin in any case and joining, and other names."""

import re
import unicodedata

from compendium.privacy.forms import END, START, Form, forms, found_text, listed
from compendium.privacy.surnames import COMMON_PINYIN, PINYIN, SYLLABLES

FIRST = set(
    listed(
        "james john robert michael william david richard joseph thomas charles daniel matthew "
        "anthony paul andrew peter "
        "george edward brian kevin mary patricia jennifer linda elizabeth barbara susan jessica "
        "sarah karen nancy margaret "
        "emily anna maria laura julia hans jean pierre josé jose carlos juan ali mohamed "
        "mohammed muhammad ahmed fatima ivan "
        "olga sergei sergey hiroshi yuki kim donald steven kenneth joshua timothy ronald jason "
        "jeffrey ryan jacob gary "
        "nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory "
        "alexander patrick frank raymond "
        "jack dennis jerry tyler aaron adam nathan henry douglas zachary kyle walter ethan "
        "jeremy harold keith christian "
        "roger noah gerald terry sean arthur austin albert bruce ralph roy eugene louis philip "
        "bobby "
        "ashley kimberly donna michelle carol amanda dorothy melissa deborah stephanie rebecca "
        "sharon cynthia kathleen amy "
        "angela shirley brenda pamela emma nicole helen samantha katherine christine debra "
        "rachel carolyn janet catherine "
        "heather diane ruth julie olivia joyce virginia victoria kelly lauren christina joan "
        "evelyn judith megan andrea "
        "cheryl hannah jacqueline martha gloria teresa ann sara madison frances kathryn janice "
        "alice abigail sophia "
        "jürgen juergen jurgen klaus wolfgang günter gunter heinrich fritz ulrich dieter uwe "
        "ingrid ursula monika heike sabine greta "
        "françois francois claude michel marie isabelle sophie luc andré andre rené rene "
        "giovanni giuseppe marco paolo luca "
        "francesca chiara giulia lorenzo matteo alessandro miguel luis pedro antonio francisco "
        "javier manuel lucía lucia carmen "
        "pilar joão joao paulo ana beatriz inês lars sven erik anders björn bjorn ingrid astrid "
        "mikael johan pekka matti piotr "
        "jan katarzyna agnieszka andrzej dmitri dmitry vladimir nikolai natalia svetlana tatiana "
        "elena irina alexei boris "
        "hassan hussein ibrahim yusuf omar khalid aisha layla mustafa mehmet ayşe rajesh priya "
        "amit sunita anil sanjay deepak "
        "vijay kenji takashi akira haruto sakura yoko keiko naoko minsoo jihoon minjun seoyeon"
    )
)
LAST = (
    "Smith|Johnson|Williams|Jones|Garcia|Miller|Davis|Rodriguez|Martinez|Hernandez|Lopez|"
    "Gonzalez|Anderson|Moore|Jackson|"
    "Thompson|Harris|Clark|Ramirez|Lewis|Robinson|Walker|Wright|Torres|Hill|Flores|Nelson|Baker|"
    "Rivera|Campbell|Mitchell|"
    "Carter|Roberts|Müller|Mueller|Muller|Schmidt|Schneider|Weber|Meyer|Wagner|Becker|Schulz|"
    "Hoffmann|Dubois|Lefebvre|"
    "Rossi|Ferrari|Esposito|Bianchi|Silva|Santos|Oliveira|Pereira|Ivanov|Petrov|Smirnov|Kowalski|"
    "Nowak|Hansen|Johansson|"
    "Sato|Suzuki|Takahashi|Tanaka|Watanabe|Ito|Yamamoto|Nakamura|Kobayashi|Patel|Singh|Kumar|"
    "Sharma|Gupta|Khan|Hussain|"
    "Park|Choi|Jeong|Kang|Yilmaz|Demir|O'Brien|O'Connor|Murphy|Kelly"
)
_ASIAN = (
    "Nguyen|Nguyễn|Tran|Trần|Pham|Phạm|Huynh|Hoang|Phan|Dang|Bui|Duong|Ngo|Sato|Suzuki|Takahashi|"
    "Tanaka|Watanabe|"
    "Yamamoto|Nakamura|Kobayashi|Kim|Park|Choi|Jeong|Lee|Tan|Lim|Wong|Chan|Cheung|Leung|Lau|Ng|"
    "Chow|Hsu|Tsai|Hsieh|Chiu"
)
# Syllables and first names that are words of English or of the field as well.
_WORDS = set(
    listed(
        "a e he she an ai me long can men man pan ran sun song fan ban bang bin dang den dong "
        "fang gang gun hang hen hun "
        "lung pin ping sang tang tong wan yang ye you en er ma ha dan die do du fen fun bo bi di "
        "li "
        "ge la ma na ne no pa pi po "
        "re se so ta te to wo xi yi mu nu pu lo hu hua a ba bu chi zi age bang ban pen lie mine "
        "lei "
        "mo dai ding can cue sui"
        " tie bie bei bian ling min yin lai lan lao sha shun tan tu wen"
    )
)
_CHINESE = "(?:" + "|".join(sorted(PINYIN, key=len, reverse=True)) + ")"
_COMMON = "(?:" + "|".join(sorted(COMMON_PINYIN, key=len, reverse=True)) + ")"
_SYLLABLE = "(?:" + "|".join(sorted(SYLLABLES, key=len, reverse=True)) + ")"


def _cased(words: str) -> str:
    """The alternatives with a capital, or in capitals."""
    listed = words[3:-1].split("|")
    return "(?:" + "|".join(word.title() for word in listed) + ")"


_TITLE_SURNAME, _TITLE_SYLLABLE = _cased(_CHINESE), _cased(_SYLLABLE)
_GIVEN = rf"{_TITLE_SYLLABLE}(?:[-' ]?{_SYLLABLE}|[- ]{_TITLE_SYLLABLE})?"
_UPPER_GIVEN = rf"{_SYLLABLE.upper()}(?:[-' ]?{_SYLLABLE.upper()})?"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿā-ſ]+(?:[-'’][A-ZÀ-ÖØ-Þ][a-zà-öø-ÿā-ſ]+)?"
# Of surnames alone: of Iceland and Sweden, Poland, the Balkans, Ukraine, Greece, Georgia, Russia.
_ENDINGS = "sson|wicz|ovi[cć]|enko|opoulos|shvili|ovich|evich|ovna|evna"
_WHO = (
    r"(?:(?i:(?:patient|name|contact|physician|operator|reader|next of kin|surgeon|nurse|author|by|"
    r"performed by|entered by|technician)(?:'s)?(?: name)?)\s*[:=]|"
    r"(?i:read by|reported by|signed(?: by)?|radiologist|pathologist|entered by|performed "
    r"by)\s*[:=]?)"
)
_NO_INITIALS = frozenset(
    listed(
        "ISO WHO ATA ETA NCC AJCC UICC ICD CTC JAMA ASA UTC GMT SI US UK EU CT PET MR MRI SUV "
        "TSH IHC OR HR CI SD SE SEM IQR AUC "
        "ROC RR RD AE TP FP TN FN PPV NPV ID AI ML DL GE PT NM RT OT SR OS PFS DFS RFS PD PR CR NE "
        "ND NA NR UK ROI VOI MTV TLG "
        "HU BSA BMI GY MBQ KBQ BQ CI FDG DTC PTC FTC PDTC ATC MTC RAI TKI TG TGAB T3 FT4 BRAF TERT "
        "RAS EU GB IEC IHE UID SOP VR "
        "DOI URL PDF CSV ZIP XML SVG PNG KM LR CV ICC CCC LOA NCT SP AB CD EGP RET IV III II VI "
        "VII "
        "IX XI XII OK NO YES MIP "
        "TNM TMA DAG FDR KI MM CM ML MG KG GRAY DTD EQ BED LET RBE EANM SNM SNMMI RECIST CTCAE "
        "QC QA "
        "IQ DICOM EXIF GPS"
    )
)


# `Li-Hua` in a name, where neither syllable would tell it from words.
_JOINED_GIVEN = re.compile(r"[A-Z][a-z]+-[A-Z]?[a-z]+")


def _given_counts(found: re.Match[str]) -> bool:
    """True unless each part of what looks like a name is a word as well and none is joined."""
    text = found_text(found)
    parts = re.findall(r"[A-Za-z]+", text)
    return _JOINED_GIVEN.search(text) is not None or not all(
        part.lower() in _WORDS for part in parts
    )


def _upper(found: re.Match[str]) -> bool:
    parts = re.findall(r"[A-Z]+", found_text(found))
    return _given_counts(found) and not any(part in _NO_INITIALS for part in parts)


def _joined(found: re.Match[str]) -> bool:
    return len(re.sub("[^a-z]", "", found_text(found).lower())) >= 6 and _given_counts(found)


def _lower(found: re.Match[str]) -> bool:
    return found_text(found).lower() not in ENGLISH and _joined(found)


def _plain(word: str) -> str:
    """A word in small letters without accents."""
    apart = unicodedata.normalize("NFKD", word.lower())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _first(found: re.Match[str]) -> bool:
    """A first name beside a capitalised word that is not a noun of statistics."""
    one, *_, other = re.findall(r"[^\W\d_][\w'’-]*", found_text(found))
    known = bool({one.lower(), other.lower(), _plain(one), _plain(other)} & FIRST)
    return known and not {one, other} & _NOUNS


def _initials(found: re.Match[str]) -> bool:
    letters = re.match(r"[A-Z]+", re.sub(r"[.\s-]", "", found_text(found)))
    return letters is not None and letters[0] not in _NO_INITIALS


_NOUNS = frozenset(
    listed(
        "Oncol Surg Intern Thorac Med Hematol Neurol Rheum Dis Nucl "
        "Test Tests Score Plot Model Index Method Chapter Table Figure Cohort Criteria Hospital "
        "University Study Trial Journal "
        "Section Kaplan Meier Cox Fisher Student Wilson Whitney Thyroid Cancer The And Of In"
    )
)
# Words of English, Python and the field that could be read as pinyin; and places, which tell of
# somebody beside an address alone.
ENGLISH = frozenset(
    listed(
        "zhengzhou guangzhou fuzhou xuzhou shenzhen shenyang chengdu xiamen jiaxing shaoxing "
        "quanzhou zhongshan dongguan zhuhai liuzhou yueyang zhuzhou weifang yantai tangshan "
        "fushun yinchuan jiangsu liaoning zhejiang shandong sichuan guizhou hubei hebei gansu "
        "zhangzhou yangzhou yongzhou huangshi huangshan huanggang jiangmen zhanjiang zhaoqing "
        "shaoguan meizhou huainan maanshan xuancheng chengde zhangjiakou cangzhou hengshui "
        "tongliao songyuan suihua panjin jinzhou yingkou liaoyang tieling chaoyang huludao "
        "wuhu maoming qinzhou guigang yulin hechi laibin tongren anshun bijie lincang "
        "xianyang weinan hanzhong ankang shangluo wuwei zhangye jiuquan dingxi longnan "
        "kaohsiung taipei taichung tainan "
        "change license future lineno manage heading quoting magenta chaining balance limiting "
        "querying renaming maxima licence "
        "linkage lvalue linting banana hanning boxing handing lining sunken aiming mature panning "
        "booting ligula quanta bandage "
        "macula lucida duping lumina lichen changer healing bailing renting heating antigen "
        "linguae "
        "machining tangle banning "
        "biting handier futile aiding sundance binade annuli lucite mating luting tanning fuming "
        "humane shining panama guyana "
        "burundi managua huawei beijing weixin yinyang hannan jiangxi hainan hunan henan wuhan "
        "lumino linage fanning mageia yunnan "
        "shanxi tianjin luoyang fujian hangzhou bigendian linode lucene lucena lengthen liaison"
    )
)

NAMES: list[Form] = [
    *forms(
        "name, Latin",
        rf"\b({_TITLE_SURNAME},? {_GIVEN})\b",
        rf"\b({_GIVEN},? {_TITLE_SURNAME})\b",
        check=_given_counts,
    ),
    *forms(
        "name, Latin",
        rf"{START}({_CHINESE.upper()},? {_UPPER_GIVEN}){END}",
        rf"{START}({_UPPER_GIVEN}, {_CHINESE.upper()}){END}",
        rf"{START}({_CHINESE.upper()}_{_UPPER_GIVEN}){END}",
        rf"\b({_CHINESE.upper()} {_GIVEN})\b",
        rf"\b({_GIVEN} {_CHINESE.upper()})\b",
        check=_upper,
    ),
    *forms(
        "name, Latin",
        rf"{START}({_TITLE_SURNAME}[_.-]?{_TITLE_SYLLABLE}(?:[_.-]?(?:{_SYLLABLE}|"
        rf"{_TITLE_SYLLABLE}))?){END}",
        rf"{START}({_TITLE_SYLLABLE}{_SYLLABLE}?[_.-]{_TITLE_SURNAME}){END}",
        rf"{START}({_CHINESE}[_.-]{_SYLLABLE}[_.-]?{_SYLLABLE}?){END}",
        check=_joined,
    ),
    *forms(
        "name, Latin",
        rf"{START}({_COMMON}{_SYLLABLE}{{1,2}}){END}",
        rf"{START}({_cased(_COMMON)}{_SYLLABLE}{{1,2}}){END}",
        check=_lower,
    ),
    *forms(
        "name, Latin",
        rf"\b({_CAPITAL} (?:[A-Z]\.? )?{_CAPITAL})\b",
        rf"\b({_CAPITAL}, {_CAPITAL})\b",
        check=_first,
    ),
    *forms(
        "name, Latin",
        rf"\b((?:{_ASIAN})(?: [A-ZĐ][^\W\d_]+){{2,3}})\b",
        rf"\b((?:{LAST}), ?[A-Z][^\W\d_]*)",
        rf"\b([A-Z][a-z]+sen, {_CAPITAL})\b",
        rf"\b({_CAPITAL},? (?!Lesson)[A-Z][a-z]+(?:{_ENDINGS}))\b",
        r"\b((?:Kim|Park|Choi|Jeong|Lee|Kang|Cho|Yoon|Jang|Lim) [A-Z][a-z]+-[a-zA-Z][a-z]+)\b",
        r"\b([A-Z][a-z]+-[a-zA-Z][a-z]+ (?:Kim|Park|Choi|Jeong|Lee|Kang|Cho|Yoon|Jang|Lim))\b",
        rf"\b((?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? {_CAPITAL})",
        rf"{_WHO}\s*({_CAPITAL},? {_CAPITAL})\b",
        r"(?<![\w^\\$])([A-Za-z][A-Za-z'-]+\^[A-Za-z][A-Za-z'^ -]+)(?![\w\\$])",
    ),
    *forms(
        "initials",
        rf"{START}([A-Z]{{2,3}}(?:-[A-Z])?[-_ ]?(?:19[2-9]\d|200\d|201\d)){END}",
        r"(?i:patient|pat\.|pt\.?|subject|case|initials)[ :]+([A-Z]\.? ?[A-Z]\.?(?: "
        r"?[A-Z]\.?)?)(?![\w-])",
        r"(?:患者|病人|受试者|病例)\s*[::]?\s*([A-Z]\.?[A-Z]\.?(?:[A-Z]\.?)?)(?![A-Za-z-])",
        r"^\s*([A-Z]\. ?[A-Z]\.(?: ?[A-Z]\.)?)\s*$",
        check=_initials,
    ),
]
