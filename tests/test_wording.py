"""Words that numbers choose: which way, how many, whether at all, in the pages of any study."""

import re

import pytest
from mini_study import ROOT

from compendium.errors import InputError
from compendium.publish.wording import WORDINGS, state_of, worded


def entry(**changes: object) -> dict[str, object]:
    """A ratio of 1.5 (1.1 to 2.0), p 0.01, as the record has it."""
    ratio = {"value": 1.5, "low": 1.1, "high": 2.0, "p": 0.01, "null": 1, "reason": ""}
    return ratio | {"people": False, "format": ".2f"} | changes


def count(value: object, *, people: bool = True) -> dict[str, object]:
    none = dict.fromkeys(("low", "high", "p", "null"))
    return entry(value=value, format="d", people=people, **none)


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (entry(), "higher"),
        (entry(value=0.6, low=0.4, high=0.9), "lower"),
        (entry(low=0.9, p=0.2), "undecided"),
        (entry(low=1.0, p=0.05), "undecided"),  # a limit at no effect does not leave it out
        (entry(p_holm=0.06), "leaning"),
        (entry(p_holm=0.04), "higher"),
        (entry(low=0.9), "leaning"),
        (entry(p=None), "higher"),
        (entry(value="inf", high="inf"), "higher"),
        (entry(value=-20.0, low=-30.0, high=-10.0, null=0), "lower"),
        (entry(reason="2 deaths; at least 10 needed", value=None), "refused"),
        (entry(null=None), "estimated"),
        (count(0), "none"),
        (count(1), "one"),
        (count(7), "several"),
        (count("<5"), "hidden"),
        (count("…"), "hidden"),
        (count("no relevant gain", people=False), "no-relevant-gain"),
        (None, "unreported"),
    ],
)
def test_the_state_of_a_number(number, state) -> None:
    assert state_of(number) == state


NUMBERS = {
    "ratio": entry(),
    "pointless": entry(null=None),
    "seven": count(7),
    "open": entry(low=0.9, p=0.2),
    "refused": entry(reason="no patients", value=None),
    "one": count(1),
    "none": count(0),
    "few": count("<5"),
    "verdict": count("not estimable", people=False),
}


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("It was {verdict}`ratio|higher|lower|open`.", "It was higher."),
        ("It was {verdict}`open|higher|lower|open`.", "It was open."),
        ("比值{verdict}`ratio|较高|较低|未定`。", "比值较高。"),
        ("{plural}`one|was|were`/{plural}`none|was|were`/{plural}`few|was|were`", "was/were/were"),
        ("A.\n{when}`ratio estimated` B.\n{when}`refused estimated` C.\n", "A.\n B.\n"),
        ("{when}`refused refused` No: {num}`refused|reason`.\n", " No: {num}`refused|reason`.\n"),
        ("{when}`ratio decided` {when}`open decided` Both.\n", ""),
        ("{when}`ratio decided` {when}`open undecided` Both.\n", " Both.\n"),
        ("{when}`few some` Some.\n{when}`none some` None.\n", " Some.\n"),
        ("{when}`verdict not-estimable` Nothing.\n", " Nothing.\n"),
        ("{when}`absent unreported` Not asked.\n", " Not asked.\n"),
        (":::{when} open higher lower\nA line.\n:::\nAfter.\n", "After.\n"),
        ("A{shown}`article-fig-a`, no B{shown}`article-fig-b`.\n```{results-figure} a\n```\n",
         "A ({numref}`article-fig-a`), no B.\n```{results-figure} a\n```\n"),
        ("Both{shown}`article-fig-a, article-fig-b`.\n```{results-figure} a\n```\n",
         "Both ({numref}`article-fig-a`).\n```{results-figure} a\n```\n"),
        ("Elsewhere{shown}`article-fig-a`.", "Elsewhere."),
        ("::::{when} one one\n:::{when} none some\nA\n:::\nB\n::::\n", "B\n"),
    ],
)  # fmt: skip
def test_what_a_page_reads(text, reads) -> None:
    assert worded(text, NUMBERS, ["fig-a"], "article.md") == reads


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{verdict}`ration|a|b|c`", "{verdict} asks for 'ration', which no chapter reports"),
        ("{when}`ration estimated` A.\n", "{when} asks for 'ration', which no chapter reports"),
        ("{verdict}`ratio|a|b`", "has 2 wordings; expected 3"),
        ("{plural}`one|was`", "has 1 wordings; expected 2"),
        ("{verdict}`pointless|a|b|c`", "{verdict} asks which way 'pointless' lies"),
        ("{verdict}`seven|a|b|c`", "{verdict} asks which way 'seven' lies"),
        ("{when}`pointless higher` A.\n", "{when} asks which way 'pointless' lies"),
    ],
)
def test_a_role_that_cannot_choose_is_refused(text, said) -> None:
    with pytest.raises(InputError, match="words cannot be chosen") as refused:
        worded(text, NUMBERS, [], "article.md")
    assert said in str(refused.value)


PAGES = [ROOT / "book" / name for name in ("article.md", "chinese.md")]
ESTIMATED = re.compile(r"\{when\}`(\w+) ([^`]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
class TestPages:
    def test_no_line_says_a_direction_of_what_could_be_refused(self, page) -> None:
        for line in page.read_text(encoding="utf-8").splitlines():
            sure = {name for name, states in ESTIMATED.findall(line) if "refused" not in states}
            named = {name.split("|")[0] for name in re.findall(r"\{verdict\}`([^`]+)`", line)}
            assert named <= sure, line

    def test_every_choice_has_its_wordings(self, page) -> None:
        text = page.read_text(encoding="utf-8")
        found = re.findall(r"\{(verdict|plural)\}`([^`]+)`", text)
        assert len(found) >= 5
        assert [asked for role, asked in found if asked.count("|") != WORDINGS[role]] == []

    def test_a_refusal_is_said_of_what_is_told_when_estimated(self, page) -> None:
        """Of every guarded test, either the estimate or the reason stands on the page."""
        text = page.read_text(encoding="utf-8")
        for number in ("trop2_shift", "trop2_rapid_shift", "suv_ratio_rapid_stable", "tsh_ratio"):
            assert f"{{when}}`{number} estimated`" in text
            assert re.search(rf"\{{when\}}`{number} (?:\S+ )*refused", text), number
