"""What the sources say: sentences and rules are held to it, and a false one stops the build."""

import sys
from dataclasses import replace

import pytest
from mini_study import ROOT

from compendium.errors import InputError
from compendium.limits import AS_SOURCE, BETWEEN, OURS, UNREAD, Limit
from compendium.rules import Rules

sys.path.insert(0, str(ROOT / "book" / "_ext"))
from compendium_book.claims import (
    Claim,
    claims_table,
    read_claims,
    require_claims,
    rule_faults,
    texts_of,
    typed_numbers,
    uncited_claims,
)

BOOK = ROOT / "book"
LOW = Claim("low", "wang2017", "a ratio", "abstract", 0.5, checked="read", rule="tg_ratio")
NOT_READ = replace(LOW, checked="", unverified="no page of it")
HIGH = replace(LOW, name="high", cites="wang2021", value=0.9)


def limit(default: float, stands: str, source: str = "wang2017, wang2021") -> dict[str, Limit]:
    return {"tg_ratio": Limit(default, "a ratio", source=source, stands=stands)}


def test_the_book_says_what_its_sources_say() -> None:
    assert len(read_claims(BOOK)) > 40
    require_claims(BOOK, Rules.declared, texts_of(BOOK, ROOT / "notebooks"))


@pytest.mark.parametrize(
    ("default", "stands", "claims", "said"),
    [
        (0.7, BETWEEN, [LOW, HIGH], ""),
        (0.4, BETWEEN, [LOW, HIGH], "is 0.4 , marked 'between sources', but wang2017 gives 0.5"),
        (0.7, AS_SOURCE, [LOW, HIGH], "marked 'as the source', but wang2017 gives 0.5; wang2021"),
        (0.5, AS_SOURCE, [LOW, replace(HIGH, value=0.5)], ""),
        (0.5, UNREAD, [LOW, replace(HIGH, value=0.5)], "marked 'as cited, unread', but"),
        (0.5, UNREAD, [NOT_READ, replace(NOT_READ, name="high", cites="wang2021")], ""),
        (0.5, AS_SOURCE, [NOT_READ, replace(NOT_READ, cites="wang2021")], "0.5; none was read."),
        (0.5, OURS, [LOW, HIGH], "marked 'our choice', but wang2017 gives 0.5"),
        (0.7, OURS, [LOW, HIGH], ""),
        (0.7, BETWEEN, [LOW], "wang2021 is not a claim of claims.yml"),
        (0.7, OURS, [LOW, replace(HIGH, cites="sabra2017")], "sabra2017 is not the source of the"),
        (0.7, OURS, [LOW, HIGH, replace(LOW, rule="none")], "there is no rule 'none'"),
    ],
)
def test_a_rule_is_held_to_what_its_sources_give(default, stands, claims, said) -> None:
    found = "\n".join(rule_faults(claims, limit(default, stands)))
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("In 22 of 26 tumours {cite}`kong2018`.", ["22", "26"]),
        ("In {claim}`kong-mutant` {cite}`kong2018`.", []),
        ("By RECIST 1.1 {cite}`eisenhauer2009`, within {rule}`r3_months` months.", []),
        ("There were 15 patients. Uptake is low {cite}`chen2024`.", []),
    ],
)
def test_a_value_of_a_source_is_never_typed(sentence, said) -> None:
    found = list(typed_numbers("page.md", sentence))
    assert [fault.split()[1] for fault in found] == said


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("A ratio of {claim}`low` {cite}`wang2017`.", ""),
        ("A ratio of {claim}`low` {cite}`wang2021`.", "expected wang2017, whose claim it is"),
        ("A ratio of {claim}`low`. Another thing {cite}`wang2017`.", "expected wang2017"),
        ("A ratio of {claim}`lower` {cite}`wang2017`.", "there is no claim 'lower'"),
    ],
)
def test_a_claim_stands_in_a_sentence_that_cites_its_source(sentence, said) -> None:
    found = "\n".join(uncited_claims("page.md", sentence, {"low": LOW}))
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a: {cites: kong2018, says: x, where: y}", "expected `checked`"),
        (
            "a: {cites: kong2018, says: x, where: y, checked: z, unverified: w}",
            "expected `checked`",
        ),
        ("a: {cites: kong2019, says: x, where: y, checked: z}", "which references.bib lacks"),
        ("a: {cites: kong2018, says: x, checked: z}", "has ['checked', 'cites', 'says']"),
    ],
)
def test_a_claim_that_is_no_claim_is_refused(tmp_path, line, said) -> None:
    (tmp_path / "references.bib").write_text((BOOK / "references.bib").read_text())
    (tmp_path / "claims.yml").write_text(line)
    with pytest.raises(InputError) as refused:
        read_claims(tmp_path)
    assert said in str(refused.value)


def test_a_planted_false_claim_stops_the_build(tmp_path) -> None:
    (tmp_path / "references.bib").write_text((BOOK / "references.bib").read_text())
    true = (BOOK / "claims.yml").read_text()
    (tmp_path / "claims.yml").write_text(true.replace("value: 0.2,", "value: 0.25,"))
    with pytest.raises(InputError, match=r"rule pd_share: is 0.2 .*eisenhauer2009 gives 0.25"):
        require_claims(tmp_path, Rules.declared, [])


def test_what_was_not_verified_is_listed_as_such() -> None:
    table = claims_table(BOOK)
    unverified = [one for one in read_claims(BOOK).values() if one.unverified]
    assert table.count("**Not verified:**") == len(unverified) > 0
