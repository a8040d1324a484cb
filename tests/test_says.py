"""What a study says of itself for its article: each key is taken, and a wrong value is named."""

import datetime as dt

import pytest

from compendium.errors import InputError
from compendium.study.declared import declared
from compendium.study.says import TEMPLATE, Author, Says, is_orcid

WHOLE = """
title: Trop2 <script>alert(1)</script> 与碘治疗
authors:
- {name: Mei Lin, orcid: 0000-0002-1825-0097, affiliations: [Example Hospital], roles: [Software],
   email: mei@example.org}
- 林岩松
centres: [Example Hospital]
recruited: {from: 2016-01-01, to: 2024-12-31}
approvals: [Ethics 2025-12]
registered: {NCT07314255: 2025-12-18}
funding: [Grant 1]
data_freeze: 2025-06-30
"""


def said(tmp_path, text):
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    return declared(tmp_path).says


def test_what_a_study_says_is_read(tmp_path):
    says = said(tmp_path, WHOLE)
    assert says.title == "Trop2 <script>alert(1)</script> 与碘治疗"
    assert says.authors == (
        Author("Mei Lin", "0000-0002-1825-0097", ("Example Hospital",), "mei@example.org",
               ("Software",)),
        Author("林岩松"),
    )  # fmt: skip
    assert says.recruited == (dt.date(2016, 1, 1), dt.date(2024, 12, 31))
    assert says.registered == (("NCT07314255", dt.date(2025, 12, 18)),)
    assert says.published[0] == says.title
    assert {"林岩松", "Mei Lin", "Grant 1", "2016-01-01", "1 January 2016"} <= set(says.published)


def test_the_template_of_a_new_study_says_nothing(tmp_path):
    assert said(tmp_path, TEMPLATE) == Says()


@pytest.mark.parametrize(
    ("orcid", "valid"),
    [
        ("0000-0002-1825-0097", True),  # of ORCID's own documentation
        ("0000-0002-1694-233X", True),
        ("0000-0002-1825-0098", False),
        ("0000-0002-1852-0097", False),
        ("0000000218250097", False),
    ],
)
def test_the_check_digit_of_an_orcid(orcid, valid):
    assert is_orcid(orcid) == valid


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "authors: [{name: A B, orcid: 0000-0002-1825-0098}]",
            "A B, orcid is '0000-0002-1825-0098",
        ),
        ("authors: [{name: A B, roles: [Boss]}]", "roles is 'Boss'; expected one of Conceptualiz"),
        ("authors: [{name: A B, email: a at b}]", "email is 'a at b'; expected an address"),
        ("authors: [{name: A B, born: 1970}]", "authors is .*expected a name, or name, orcid"),
        ("authors: [A B, A B]", "authors is 'A B'; expected each author once"),
        ("authors: A B", "authors is 'A B'; expected a list"),
        ("title: [a, b]", r"title is \['a', 'b'\]; expected a text in one line"),
        ('title: "a\\u202eb"', "title is .*; expected a text in one line"),
        ("recruited: {from: 2024-01-01, to: 2016-01-01}", "recruited is .*in that order"),
        ("recruited: 2016", "recruited is 2016; expected {from"),
        ("registered: {NCT00000000: 2025-12-18}", "registered is 'NCT00000000'; expected one of"),
        ("registered: {NCT07314255: soon}", "registered, NCT07314255 is 'soon'; expected a day"),
        ("funding: Grant 1", "funding is 'Grant 1'; expected a list of texts"),
    ],
)
def test_a_wrong_value_is_named(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        said(tmp_path, text + "\n")
