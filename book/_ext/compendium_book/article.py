"""The article's parts that are made of the study's own words and of its results."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective, SphinxRole

from compendium import formatting
from compendium.formatting import anchor
from compendium.publish.prose import plain
from compendium.publish.wording import REFUSED, state_of
from compendium.studies import STUDIES
from compendium.study.says import day_in_words
from compendium_book.markdown import pipe_table
from compendium_book.published import Made, Published, load, svg_width_px

ARTICLE = "article"
APART = "\u202f"  # a narrow space: a name and its mark are two words, to readers and to the gate
ESTIMATES = (
    ("TROP2", "C1, primary", "trop2_shift"),
    ("TROP2", "C1", "trop2_auc"),
    ("TROP2", "C1", "trop2_adjusted_or"),
    ("TROP2", "C2", "trop2_rapid_shift"),
    ("18F-Trop2", "C2", "suv_ratio_rapid_stable"),
    ("TROP2", "C3", "hr_trop2_pfs"),
    ("TROP2", "C3", "hr_trop2_os"),
    ("18F-Trop2", "C3", "hr_suvmax_pet_pfs"),
    ("124I", "TSH, primary", "tsh_ratio"),
    ("124I", "TSH, primary", "tsh_avidity"),
    ("124I", "TSH, margin", "tsh_interval_90"),
    ("124I", "TSH, margin", "tsh_avidity_interval_90"),
)
"""What a study must hold, the registered question, and the number that answers it."""
SIMULATED = {
    "en": "**Simulated data.** A program with known effects made the data; nothing here is a "
    "finding about patients.",
    "zh": "**模拟数据。** 数据由程序按已知效应模拟生成，所有结果均非真实患者的研究发现。",
}


def byline(published: Published) -> str:
    """Authors with their affiliations; nothing where the study names none."""
    authors = published.settings["says"]["authors"]
    if not authors:
        return ""
    places = list(dict.fromkeys(place for one in authors for place in one["affiliations"]))
    several = len(places) > 1
    names = ", ".join(_named(one, places, several) for one in authors)
    lines = [f":::{{div}} byline\n{names}\n"]
    marks = [f"<sup>{n}</sup>{APART}" * several for n in range(1, len(places) + 1)]
    lines += [f"{mark}{plain(place)}\n" for mark, place in zip(marks, places, strict=True)]
    written = [one for one in authors if one["email"]]
    if written:
        told = "; ".join(f"{plain(one['name'])}, {plain(one['email'])}" for one in written)
        lines.append(f"Correspondence: {told}\n")
    return "\n".join(lines) + ":::\n"


def _named(author: Mapping[str, Any], places: list[str], several: bool) -> str:
    """A name with its ORCID iD and the numbers of its affiliations."""
    name, orcid = plain(author["name"]), author["orcid"]
    if orcid:
        name = f"[{name}](https://orcid.org/{orcid})"
    marks = sorted(places.index(place) + 1 for place in author["affiliations"])
    return name + (f"{APART}<sup>{','.join(map(str, marks))}</sup>" if several and marks else "")


def title_zh(published: Published) -> str:
    """The article's title in Chinese; nothing where the study does not give one."""
    title = plain(published.settings["says"]["title_zh"])
    return f"**{title}**" if title else ""


def simulated(published: Published, language: str) -> str:
    """That data are simulated, in a language; nothing where they are not."""
    return SIMULATED[language] if published.settings["synthetic"] else ""


def setting(published: Published) -> str:
    """Where and when, as the study says; that it does not, where it does not."""
    says = published.settings["says"]
    centres = [plain(one) for one in says["centres"]]
    told = []
    if centres:
        word = "centre was" if len(centres) == 1 else "centres were"
        told.append(f"The {word} {_listed(centres)}.")
    if says["recruited"]:
        first, last = (_day(day) for day in says["recruited"])
        told.append(f"Treatments and scans are from {first} to {last}.")
    if not told and not published.settings["synthetic"]:
        told.append("The study does not state its centres and dates.")
    return " ".join(told)


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _day(iso: str) -> str:
    return day_in_words(dt.date.fromisoformat(iso))


def statements(published: Published) -> str:
    """What the study says of registration, ethics, funding, contributions, interests, data."""
    rows = [f"**{name}.** {text}" for name, text in _statements(published) if text]
    return "\n\n".join(rows)


def _statements(published: Published) -> Iterator[tuple[str, str]]:
    says, real = published.settings["says"], not published.settings["synthetic"]
    unsaid = "Not stated by the study." if real else ""
    days = dict(says["registered"])
    records = [
        f"{code}, [{study.record}](https://clinicaltrials.gov/study/{study.record})"
        + (f", registered on {_day(days[study.record])}" if study.record in days else "")
        for code, study in STUDIES.items()
        if code in published.settings["parts"]
    ]
    yield "Registration", _sentence(records)
    approved = _sentence(map(plain, says["approvals"]))
    ethics = [f"Approved by: {approved}" if approved else "", plain(says["consent"])]
    yield "Ethics", " ".join(filter(None, ethics)) or unsaid
    yield "Funding", _sentence(map(plain, says["funding"])) or unsaid or "None, for a simulation."
    yield "Contributions", _sentence(_contributions(says["authors"])) or unsaid
    yield "Competing interests", plain(says["interests"]) or unsaid
    yield "Data", plain(says["data_access"]) or (DATA_REAL if real else DATA_SYNTHETIC)
    yield "Code", CODE


DATA_REAL = (
    "Patients' data are not published. Every reported number, and each table and figure that tells "
    "of no single patient, is in {doc}`downloads`."
)
DATA_SYNTHETIC = "The data are made by the program in the repository, with their known truth."
CODE = (
    "Notebooks, package, tests and environment are in the repository and in the archive of each "
    "release, under the MIT licence; {doc}`how_to_check` says how to run them."
)


def _sentence(parts: Iterable[str]) -> str:
    """Parts as one sentence; empty where there is none."""
    joined = "; ".join(parts)
    return f"{joined.rstrip('.')}." if joined else ""


def _contributions(authors: list[dict[str, Any]]) -> Iterator[str]:
    for one in authors:
        if one["roles"]:
            yield f"{plain(one['name'])}: {', '.join(one['roles']).lower()}"


def estimates(published: Published) -> str:
    """The registered questions with their estimates, as a table of the article."""
    rows = [
        (question, _measure(entry), _people(entry), *_answer(number, entry))
        for needs, question, number in ESTIMATES
        if needs in published.settings["parts"] and (entry := published.numbers.get(number))
    ]
    table = pipe_table(("Question", "Measure", "n", "Estimate", "p"), rows)
    caption = (
        "The registered questions and their answers, with n patients. p of the guarded tests, "
        "adjusted by Holm's rule where a family has several; other estimates have no planned test. "
        "CI, confidence interval; AUC, area under the receiver operating characteristic curve; OR, "
        "odds ratio; PFS, progression-free survival; OS, overall survival; SD, standard deviation."
    )
    return f"```{{table}} {caption}\n:name: tab-article-estimates\n\n{table}\n```"


def _measure(entry: Mapping[str, Any]) -> str:
    unit = f", {entry['unit']}" if entry["unit"] else ""
    return plain(entry["label"] + unit)


def _people(entry: Mapping[str, Any]) -> str:
    return "" if entry["n"] is None else formatting.reported(entry, "n")


def _answer(number: str, entry: Mapping[str, Any]) -> tuple[str, str]:
    guarded = {test.number for s in STUDIES.values() for f in s.families for test in f.tests}
    if state_of(entry) == REFUSED:
        return f"{{num}}`{number}`", ""
    tested = number in guarded and entry["p"] is not None
    level = f"{entry['level']:.0%} CI"
    found = f"{{num}}`{number}|bare` ({level} {{num}}`{number}|interval`)"
    return found, f"{{num}}`{number}|p`" if tested else ""


def origin(made: Made, env: BuildEnvironment) -> nodes.inline:
    """Links to a figure's data and to the cell that draws it, for the screen alone."""
    published = load(Path(env.app.srcdir))
    up = "../" * env.docname.count("/")
    links = {}
    listed = [entry for record in published.runs.values() for entry in record["published"]]
    data = next((one["file"] for one in listed if one["figure"] == made.output.id), "")
    if data in published.settings["files"]:
        links["Data (CSV)"] = f"{up}files/{data}"
    if made.output.execution_count:
        links["Code"] = f"{up}notebooks/{made.notebook}.html#cell-{made.output.execution_count}"
    said = nodes.inline("", "", classes=["origin", "screen-only"])
    for at, (words, target) in enumerate(links.items()):
        said += [nodes.Text(" · ")] * bool(at)
        said += nodes.reference(words, words, refuri=target)
    return said


class OriginRole(SphinxRole):
    """`{origin}`id``: the links of a figure's caption to its data and to its cell."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Print them."""
        made = load(Path(self.env.app.srcdir)).figures[self.text]
        return [origin(made, self.env)], []


class ResultsFigure(SphinxDirective):
    """```{results-figure} id```: a notebook's figure in the article; nothing if none was drawn."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Show the figure as its notebook drew it, with a link to its cell and data."""
        app, figure_id = self.env.app, self.arguments[0]
        made = load(app.srcdir).figures.get(figure_id)
        if made is None:
            return []
        name = f"{ARTICLE}-{anchor('fig', figure_id)}"
        file = f"_shown/{made.output.file}"
        width = svg_width_px((app.srcdir / file).read_text(encoding="utf-8"))
        picture = nodes.image(uri=f"/{file}", alt=made.output.alt, width=width)
        figure = nodes.figure("", picture, ids=[name], names=[name], align="default")
        text = made.caption
        inline, messages = self.state.inline_text(text, self.lineno)
        figure += nodes.caption("", "", *inline, nodes.Text(" "), origin(made, self.env))
        self.state.document.note_explicit_target(figure, figure)
        return [figure, *messages]
