"""What a study says of itself for its article, in study.yml: title, authors, centres, approvals.

Nothing of it is needed; what is there is published as it is written, and nothing else is said of
authors, centres, ethics or funding.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compendium.errors import InputError
from compendium.files import STUDY_FILE
from compendium.studies import STUDIES

TEXTS = ("title", "title_zh", "consent", "interests", "data_access")
LISTS = ("centres", "approvals", "funding")
KEYS = (*TEXTS, "authors", *LISTS, "recruited", "registered")
OF_AUTHOR = ("name", "orcid", "affiliations", "email", "roles")
ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
ROLES = (
    "Conceptualization", "Data curation", "Formal analysis", "Funding acquisition",
    "Investigation", "Methodology", "Project administration", "Resources", "Software",
    "Supervision", "Validation", "Visualization", "Writing – original draft",
    "Writing – review & editing",
)  # fmt: skip
"""The contributor roles of CRediT (ANSI/NISO Z39.104-2022)."""
TEMPLATE = """\
# What the study says of itself. All of it may stay empty; what stands here is published as it is
# written, and the article says nothing of authors, centres, ethics or funding that is not here.
# 研究自述:可全部留空;此处所写内容将原样公开。
title:  # of the article, in a line 文章题目
title_zh:  # the same in Chinese 中文题目
authors: []
# - name: Given Family
#   orcid: 0000-0002-1825-0097
#   affiliations: ["Department, Hospital, City, Country"]
#   email: name@example.org  # of the corresponding author alone 通讯作者
#   roles: [Conceptualization, Formal analysis]  # of CRediT, https://credit.niso.org
centres: []  # where patients were treated or scanned 研究中心
recruited:  # {from: 2016-01-01, to: 2024-12-31} first and last treatment or scan 起止日期
approvals: []  # committee and number of each ethics approval 伦理批件
consent:  # a sentence on informed consent, or on its waiver 知情同意
registered:  # {NCT07314255: 2025-12-18} day of each registration 注册日期
funding: []  # funder and grant number 基金
interests:  # a sentence on competing interests 利益冲突
data_access:  # a sentence on how data may be had 数据获取
# data_freeze: 2025-06-30  # the last day of which the study knows; today where it does not say
confirmed: []  # what looks wrong and is right: {patient, table, column, why} 已核实的异常值
"""


@dataclass(frozen=True)
class Author:
    """An author, as named; what is not said is empty."""

    name: str
    orcid: str = ""
    affiliations: tuple[str, ...] = ()
    email: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Says:
    """A study's own words; what it does not say is empty.

    Attributes:
        recruited: first and last day; registered: day of registration by record.
    """

    title: str = ""
    title_zh: str = ""
    authors: tuple[Author, ...] = ()
    centres: tuple[str, ...] = ()
    recruited: tuple[dt.date, ...] = ()
    approvals: tuple[str, ...] = ()
    consent: str = ""
    registered: tuple[tuple[str, dt.date], ...] = ()
    funding: tuple[str, ...] = ()
    interests: str = ""
    data_access: str = ""

    @property
    def published(self) -> tuple[str, ...]:
        """Every text that is published as it is written, the longest first."""
        texts = [getattr(self, key) for key in TEXTS]
        texts += [one for key in LISTS for one in getattr(self, key)]
        for author in self.authors:
            texts += [author.name, author.orcid, author.email, *author.affiliations]
        days = [*self.recruited, *(day for _, day in self.registered)]
        texts += [form(day) for day in days for form in (dt.date.isoformat, day_in_words)]
        return tuple(sorted(filter(None, texts), key=len, reverse=True))


def day_in_words(day: dt.date) -> str:
    """A day as the article has it: 1 March 2015."""
    return f"{day.day} {day:%B %Y}"


def read_says(told: Mapping[str, Any]) -> Says:
    """What the keys of study.yml say for the article.

    Raises:
        InputError: a value has another form than its key asks for; names it, and what is expected.
    """
    said: dict[str, Any] = {key: _text(told.get(key), key) for key in TEXTS}
    said |= {key: tuple(_listed(told.get(key), key)) for key in LISTS}
    authors = tuple(_author(one) for one in _rows(told.get("authors")))
    names = [author.name for author in authors]
    for name in names:
        if names.count(name) > 1:
            raise _wrong("authors", name, "each author once")
    return Says(
        **said,
        authors=authors,
        recruited=_period(told.get("recruited")),
        registered=tuple(_registrations(told.get("registered"))),
    )


def _wrong(key: str, value: object, expected: str) -> InputError:
    return InputError(f"{STUDY_FILE}: {key} is {value!r}; expected {expected}. Correct it.")


def _text(value: Any, key: str) -> str:
    """A text in one line."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or len(value) < 2 or not value.isprintable():
        raise _wrong(key, value, "a text in one line")
    return value.strip()


def _listed(value: Any, key: str) -> list[str]:
    """A list of texts, each long enough to be looked for."""
    texts = value or []
    good = isinstance(texts, list) and all(isinstance(one, str) for one in texts)
    if not good or not all(len(one) >= 2 and one.isprintable() for one in texts):
        raise _wrong(key, value, "a list of texts, each of two letters or more in one line")
    return texts


def _rows(value: Any) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise _wrong("authors", value, "a list of texts, or of names with what is known of them")
    return value or []


def _author(row: Any) -> Author:
    """An author by name alone, or with what is said of him or her."""
    if isinstance(row, str):
        row = {"name": row}
    if not isinstance(row, Mapping) or set(row) - {*OF_AUTHOR} or not row.get("name"):
        raise _wrong("authors", row, f"a name, or {', '.join(OF_AUTHOR)}")
    name, where = _text(row["name"], "authors, name"), f"authors, {row['name']}"
    orcid, email = (_text(row.get(key), f"{where}, {key}") for key in ("orcid", "email"))
    if orcid and not is_orcid(orcid):
        raise _wrong(f"{where}, orcid", orcid, "an ORCID iD whose last digit checks")
    if email and not EMAIL.fullmatch(email):
        raise _wrong(f"{where}, email", email, "an address as name@example.org")
    roles = tuple(_listed(row.get("roles"), f"{where}, roles"))
    if unknown := [role for role in roles if role not in ROLES]:
        raise _wrong(f"{where}, roles", unknown[0], f"one of {', '.join(ROLES)}")
    return Author(
        name, orcid, tuple(_listed(row.get("affiliations"), f"{where}, affiliations")), email, roles
    )


def is_orcid(text: str) -> bool:
    """Whether a text is an ORCID iD whose check digit fits.

    Source: ISO 7064, MOD 11-2, as ORCID uses it.
    """
    if not ORCID.fullmatch(text):
        return False
    digits, total = text.replace("-", ""), 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    return digits[-1] == "0123456789X"[(12 - total % 11) % 11]


def _period(value: Any) -> tuple[dt.date, ...]:
    """First and last day, in their order."""
    if value is None:
        return ()
    ends = dict(value) if isinstance(value, Mapping) else {}
    days = [day for day in ends.values() if isinstance(day, dt.date)]
    if list(ends) != ["from", "to"] or len(days) != 2 or days[0] > days[1]:
        raise _wrong("recruited", value, "{from: 2016-01-01, to: 2024-12-31}, in that order")
    return tuple(days)


def _registrations(value: Any) -> Iterator[tuple[str, dt.date]]:
    """Each record with its day."""
    if value is not None and not isinstance(value, Mapping):
        raise _wrong("registered", value, "a day by record, as {NCT07314255: 2025-12-18}")
    known = [study.record for study in STUDIES.values()]
    for record, day in (value or {}).items():
        if record not in known:
            raise _wrong("registered", record, f"one of {', '.join(known)}")
        if not isinstance(day, dt.date):
            raise _wrong(f"registered, {record}", day, "a day as 2025-12-18")
        yield record, day
