"""Identifying text by class: what is planted is found, what is clean is spared.

The texts of `reference/identifying_text.csv` are made up; other spellings of each class are meant
to be found as well, so that a class is what a rule is judged by.
"""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from compendium.privacy import identifiers
from compendium.privacy.known import KnownValues
from compendium.privacy.surnames import COMPOUND, ORDINARY, PLAIN, WORDLY

LIST = Path(__file__).parent / "reference" / "identifying_text.csv"
TEXTS = list(csv.DictReader(LIST.read_text(encoding="utf-8").splitlines()))
PLANTED = [(row["kind"], row["text"]) for row in TEXTS if row["kind"] != "clean"]
CLEAN = [row["text"] for row in TEXTS if row["kind"] == "clean"]


def kinds(text: str) -> set[str]:
    return {hit.kind for hit in identifiers.find(text)}


def test_every_class_of_planted_text_is_found() -> None:
    missed = Counter(kind for kind, text in PLANTED if not kinds(text))
    assert missed == {}
    assert len(PLANTED) >= 150


def test_clean_text_is_spared() -> None:
    reported = {text: kinds(text) for text in CLEAN if kinds(text)}
    assert reported == {}
    assert sum(len(re.findall(r"\w+", text)) for text in CLEAN) >= 300


@pytest.mark.parametrize(
    ("kind", "leak", "alike"),
    [
        ("name, Chinese", "由范曾接听", "由范围决定"),
        ("name, Chinese", "高晓晨", "高分化"),
        ("name, Chinese", "张某某,女", "某些张力"),
        ("name, Latin", "zhangwei", "change"),
        ("name, Latin", "Long Wei", "Long Can"),
        ("name, Chinese", "古丽娜尔复诊", "古代丽江"),
        ("name, Latin", "María López", "Márgin López"),
        ("machine address", "host: pacs-node2", "host: any"),
        ("initials", "ZW1970", "WHO2022"),
        ("citizen number", "110105194912310021", "110105194913310021"),  # month 13
        ("citizen number", "110105491231002", "110105491331002"),
        ("telephone", "139 123 45678", "139 123 456 78 90"),
        ("record number", "1023345", "1023000"),
        ("record number", "B2023-10456", "NCT07314255"),
        ("date", "230506", "231506"),
        ("date", "05/2023", "15/2023"),
        ("date", "2023-W18", "2023-W60"),
        ("date", "10.2000", "9.5 10.2000 15"),
        ("date", "2025.10.5", "certifi==2025.10.5"),
        ("date", "20251218", "seed: int = 20251218"),
        ("date", "20251218", "default_rng(20251218)"),
        ("telephone", "2345-2024", "2007-2024"),
        ("e-mail", "zhang @ mail.cn", "points @ series.axes"),
        ("date", "06/05/23", "10/20/30"),
        ("old age", "age 90", "age 89"),
        ("old age", "93-year-old", "over 93 years"),
        ("postal address", "江西南昌", "成都"),
        ("institution", "丰城市人民医院", "三甲医院"),
        ("GPS", "28.6829, 115.8582", "28.6829, 65.8582"),
        ("machine address", "10.21.3.7", "1.2.3.4"),
        ("machine path", "C:/Users/zw/x.py", "https://example.org/x.py"),
        ("name, Chinese", "随访时陶欣怡诉乏力", "随访时可见诉求"),
        ("name, Latin", "Sun Li-Hua", "Sun-like"),
        ("name, Latin", "Gunnar Eriksson", "Second Lesson"),
        ("name, Latin", "HUANG_MEI", "MIN_MAN"),
        ("name, Latin", "zhengyu", "zhengzhou"),
        ("name, Latin", "Ann Weber", "Ann Oncol"),
        ("name, Latin", "Mengyao_Dai", "Section_Dai"),
        ("name, Latin", "Olsen, Kari", "chosen, Kari"),
        ("telephone", "手机尾号0876", "号码尾号见表3"),
        ("messenger", "微信同号 haojw78", "微信同号 见下"),
        ("messenger", "V信 lily1983", "置信 lily1983"),
        ("e-mail", "lily 1983 AT qq DOT com", "look at dot plots"),
        ("date", "W13 2021", "W60 2021"),
        ("postal address", "住南昌市东湖区", "住院病区"),
        ("bed", "23号病床", "3号病灶"),
        ("one person described", "the only 17-year-old man", "men of 17 years"),
    ],
)
def test_each_rule_takes_one_and_spares_its_neighbour(kind: str, leak: str, alike: str) -> None:
    assert kind in kinds(leak)
    assert kind not in kinds(alike)


@pytest.mark.parametrize(
    "coded",
    ["&#24352;&#20255;", "%D5%C5%CE%B0", "%E5%BC%A0%E4%BC%9F", "\\u5f20\\u4f1f", "5byg5Lyf",
     "1cXOsA==", "e5bca0e4bc9f", "张\u200b伟", "张\u202e伟", "å¼\xa0ä¼\x9f"],
)  # fmt: skip
def test_every_encoding_of_a_name_is_read(coded: str) -> None:
    assert identifiers.Hit("name, Chinese", "张伟") in set(identifiers.find(coded))


def test_surnames_are_those_of_the_hundred_families_and_of_today() -> None:
    assert len({*PLAIN, *WORDLY}) >= 480
    assert len(COMPOUND) >= 60
    assert not {*"仇逄亓闫佟冼区阚麦窦"} - {*PLAIN, *WORDLY}


def test_ordinary_words_are_of_surnames() -> None:
    assert ORDINARY.match("成都") is None or "成" in WORDLY
    assert all(ORDINARY.match(word) for word in ("甘油", "苏木", "左旋", "房颤", "申请", "向量"))


def test_search_takes_time_in_proportion_to_the_text() -> None:
    for unit in ("术后患者均签署知情同意", "x.y-z_", "12345678901234567890", "A b "):
        steps = 4000 // len(unit)
        assert list(identifiers.find(unit * steps)) is not None


def test_a_pseudonym_is_found_with_a_sign_before_its_number() -> None:
    values = KnownValues()
    values.add_word("P004", "pseudonym")
    for text in ("P004", "see p-004", "P_004.csv"):
        assert [hit.kind for hit in values.find(text)] == ["pseudonym"], text
    for text in ("p .004", "p=0.004", "P0041", "EP004"):
        assert not list(values.find(text)), text


def test_a_pseudonym_of_digits_or_few_signs_is_found_where_a_person_is_called_so() -> None:
    values = KnownValues()
    for name in ("013", "7", "K2"):
        values.add_word(name, "pseudonym")
    for text in (
        "Patient 013 progressed", "patient no. 7, in 2024", "of Patient-ID: K2", "patient_013.png",
        "患者编号:013", "病例7", "(pt 7)", "case #013.", "Patient k2 and",
    ):  # fmt: skip
        assert [hit.kind for hit in values.find(text)] == ["pseudonym"], text
    for text in (
        "p = 0.013", "7 patients", "patients 7", "each patient 7 months", "patient 7.5", "case 70",
        "patient 7-day", "patient 13", "in each patient, K20", "outpatient 7", "patient 7%",
        "患者 7 例", "患者7名",
    ):  # fmt: skip
        assert not list(values.find(text)), text
