"""What a notebook's result is made from: taken down when it runs, and compared with what is now.

Four parts are known before a notebook runs: its code, the modules that it reaches, its settings and
the environment. What it reads of the study and of earlier notebooks is taken down by its Report
while it runs. Nothing of it is a path of a machine, or a time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from compendium.external import contents_now
from compendium.files import project_root, sha256
from compendium.limits import plain
from compendium.notebook_file import read_notebook
from compendium.parameters import RULES, notebook_parameters, read_params, rules_of
from compendium.pipeline.code import Code, of_text
from compendium.pipeline.contents import StudyContents
from compendium.remembered import Remembered, digest, remembered_in

# Places, and what results do not depend on; of the rules, those count that a notebook reads.
NO_SETTING = ("study_dir", "results_dir", "workers", RULES)


@dataclass(frozen=True)
class Present:
    """A study and the project as they are now.

    Attributes:
        params_file: the study's YAML; `params`, its content.
        remembered: what is known of files.
    """

    root: Path
    params_file: Path
    params: dict[str, Any]
    remembered: Remembered

    @property
    def results_dir(self) -> Path:
        """The study's results."""
        return self.root / str(self.params["results_dir"])

    @cached_property
    def code(self) -> Code:
        """The project's modules."""
        return Code(self.root, self.remembered)

    def under(self, params_file: Path) -> "Present":
        """The same project for a study with another params file."""
        return self._of(params_file, read_params(params_file))

    def beside(self, params_file: Path) -> "Present":
        """The same project and study, as it was looked at, under another params file of it."""
        other = self.under(params_file)
        vars(other)["contents"] = self.contents
        return other

    def again(self) -> "Present":
        """The same, its study looked at anew."""
        return self._of(self.params_file, self.params)

    def _of(self, params_file: Path, params: dict[str, Any]) -> "Present":
        other = Present(self.root, params_file, params, self.remembered)
        vars(other)["code"] = self.code
        return other

    @cached_property
    def contents(self) -> StudyContents:
        """The study's tables and images, as they are when first looked at."""
        return StudyContents(self.root / str(self.params["study_dir"]), self.remembered)

    @property
    def parts(self) -> frozenset[str]:
        """What the study holds; where its data are not here, what its results say of it."""
        contents = self.contents
        if contents.there:
            return frozenset(contents.parts)
        from compendium.results.reading import recorded_parts  # heavy

        return recorded_parts(self.results_dir)

    @property
    def lock(self) -> str:
        """Hash of the environment's lock; empty without one."""
        path = self.root / "requirements.lock"
        return of_text(path) if path.is_file() else ""


def present(params_file: Path, *, verify: bool = False) -> Present:
    """The project as it is now, for one study.

    Args:
        params_file: the study's YAML.
        verify: read every file again, whatever is remembered of it.
    """
    root = project_root()
    return Present(root, params_file, read_params(params_file), remembered_in(root, verify=verify))


def made_from(notebook: Path, now: Present) -> dict[str, Any]:
    """What a notebook's result will be made from, as far as it is known before it runs."""
    code, names = now.code.notebook(notebook)
    return {
        "notebook": code,
        "code": now.code.hashes(now.code.reached(names)),
        "parameters": settings_of(notebook, now),
        "lock": now.lock,
    }


def settings_of(notebook: Path, now: Present) -> dict[str, Any]:
    """A notebook's own settings that decide its result."""
    settings = notebook_parameters(notebook, now.params_file)
    return {name: value for name, value in settings.items() if name not in NO_SETTING}


def read_now(reads: Mapping[str, Any], now: Present) -> dict[str, Any]:
    """What a notebook would read now, of all that it read when it ran.

    Args:
        reads: as its Report took it down.
    """
    contents = now.contents
    held = dict(reads)
    if contents.there and reads:  # else a copy of the results without the data
        held["study"] = contents.identity
        held["tables"] = {name: contents.table(name) for name in reads["tables"]}
        held["images"] = {name: contents.image(name) for name in reads["images"]}
    if reads:
        rules = rules_of(now.params[RULES], str(now.params_file))
        held["rules"] = {n: plain(rules[n]) for n in reads["rules"] if n in rules}
        held["earlier"] = {name: _table_now(name, now) for name in reads["earlier"]}
        held["external"] = contents_now(now.root, reads.get("external", ()), now.remembered.content)
    return held


def _table_now(name: str, now: Present) -> str:
    """Hash of an earlier notebook's table; empty where there is none for this study."""
    notebook, _, table = name.partition("/")
    source, path = now.root / f"notebooks/{notebook}.ipynb", now.results_dir / f"tables/{table}.csv"
    there = path.is_file() and source.is_file() and read_notebook(source).needs <= now.parts
    return sha256(path) if there else ""


def summary(made: Mapping[str, Any], reads: Mapping[str, Any]) -> dict[str, str]:
    """One short hash a part, to be published with the numbers: they name no series."""
    kinds = ("tables", "images", "external")
    data = (f"{name}={held}" for kind in kinds for name, held in reads.get(kind, {}).items())
    code = (f"{name}={said}" for name, said in made["code"].items())
    return {
        "data": digest(item.encode() for item in data),
        "notebook": made["notebook"],
        "code": digest(item.encode() for item in code),
        "lock": made["lock"],
    }


WORDS = {
    "format": "how it is noted",
    "notebook": "its code",
    "lock": "the environment's lock",
    "code": "module {name}",
    "parameters": "setting {name} is {now!r}, was {then!r}",
    "settings": "setting {name} is {now!r}, was {then!r}",
    "rules": "rule {name} is {now!r}, was {then!r}",
    "study": "the study's {name} is {now!r}, was {then!r}",
    "tables": "table {name}",
    "images": "image {name}",
    "earlier": "table {name}",
    "external": "public data {name}",
    "results": "result of {name}",
    "pages": "page {name}",
}


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Each thing that differs, in words.

    Args:
        then, now: what a result was made from and what it would be made from.
    """
    for part, was in then.items():
        here = now[part]
        pairs = (
            ((name, was.get(name), here.get(name)) for name in sorted({*was, *here}))
            if isinstance(was, Mapping)
            else [("", was, here)]
        )
        for name, one, other in pairs:
            if one != other:
                said = WORDS[part].format(name=name, then=one, now=other)
                yield said if "{now" in WORDS[part] else f"{said} {_how(one, other)}"


def _how(then: str | None, now: str | None) -> str:
    if not now:
        return "is gone"
    return "changed" if then else "is new"
