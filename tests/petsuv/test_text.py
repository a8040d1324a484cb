"""Numbers and names as DICOM writes them."""

import pytest

from petsuv.text import decimal, decoded

NAME = "右肺病灶"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("70", 70.0), ("70.", 70.0), (".5", 0.5), ("-1.5E+2", -150.0), ("3.88e8", 3.88e8),
        ("", None), ("70,5", None), ("7 0", None), ("seventy", None), ("nan", None), ("inf", None),
        ("1e999", None), ("0x10", None), ("1_000", None), ("70\\80", None),
    ],
)  # fmt: skip
def test_a_decimal_string_is_one_finite_number_or_none(text, value):
    assert decimal(text) == value


@pytest.mark.parametrize(
    ("raw", "charset"),
    [
        (NAME.encode("gb18030"), "GB18030"),
        (NAME.encode("gbk"), "GBK"),
        (NAME.encode("utf-8"), "ISO_IR 192"),
        (b"\x1b$)A" + NAME.encode("gb2312"), "\\ISO 2022 IR 58"),
        (NAME.encode("gb2312"), "\\ISO 2022 IR 58"),
        (NAME.encode("gb18030") + b" ", "GB18030"),
    ],
)
def test_chinese_names_are_read_in_every_set_in_use(raw, charset):
    assert decoded(raw, charset) == NAME


@pytest.mark.parametrize("charset", ["", "ISO_IR 6", "ISO_IR 100", "GB18030", "unheard of"])
def test_plain_names_need_no_set(charset):
    assert decoded(b"GTV_Mass ", charset) == "GTV_Mass"


def test_other_sets_are_read_too():
    assert decoded("Läsion".encode("latin-1"), "ISO_IR 100") == "Läsion"
    assert decoded("病巣".encode("iso2022_jp"), "\\ISO 2022 IR 87") == "病巣"
    assert decoded(b"\xff\xfe", "ISO_IR 192") == "\ufffd\ufffd"
    assert "?" not in decoded("Läsion".encode("latin-1"), "unheard of")
