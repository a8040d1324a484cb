"""The runs of a sweep: one folder a setting and study, and whether what lies there still holds."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from compendium.files import write_whole
from compendium.parameters import RULES, declared_parameters, read_params
from compendium.pipeline.chapters import Chapter
from compendium.pipeline.fingerprint import Present, read_now, settings_of
from compendium.pipeline.freshness import reasons
from compendium.results.provenance import read_record
from compendium.sweeps.asked import SEED, Sweep, id_of, rules_in
from compendium.sweeps.worker import Outcome

KINDS = ("numbers", "reads", "provenance", "notebooks")
SHARED = "shared.json"  # in a setting's folder: whose result a chapter's is


@dataclass(frozen=True)
class Run:
    """One setting over one study.

    Attributes:
        study: its name.
        setting: what departs from the study's own.
        folder: of its results, from the project's root.
        params_file: written there for it.
    """

    study: str
    setting: Mapping[str, Any]
    folder: str
    params_file: Path

    @property
    def id(self) -> str:
        """The setting's name."""
        return Path(self.folder).name


def folder_of(sweep: Sweep, params: Mapping[str, Any]) -> str:
    """The folder of a sweep in a study's results, from the project's root."""
    return f"{params['results_dir']}/sweeps/{sweep.name}"


def runs_of(sweep: Sweep, root: Path) -> list[Run]:
    """Every run of a sweep, study by study; the params file of each is written where it is new."""
    own = {one.name: set(declared_parameters(one.source)) for one in sweep.chapters}
    found = []
    for params_file in sweep.params_files:
        params = read_params(params_file)
        for setting in sweep.settings:
            folder = f"{folder_of(sweep, params)}/{id_of(setting)}"
            text = yaml.safe_dump(_params(params, setting, folder, own), allow_unicode=True)
            place = root / folder / "params.yml"
            if not place.is_file() or place.read_text(encoding="utf-8") != text:
                write_whole(place, text.encode())
            found.append(Run(params_file.stem, setting, folder, place))
    return found


def _params(
    params: Mapping[str, Any], setting: Mapping[str, Any], folder: str, own: Mapping[str, set[str]]
) -> dict[str, Any]:
    """A study's params under a setting."""
    rules = rules_in(setting)
    notebooks = {name: dict(said) for name, said in params["notebooks"].items()}
    for chapter, names in own.items():
        chosen = {n: v for n, v in setting.items() if n in names and n not in rules}
        one = {"workers": 1} if "workers" in names else {}  # runs are side by side already
        if chosen or one:
            notebooks[chapter] = notebooks.get(chapter, {}) | one | chosen
    kept = {name: params[name] for name in ("study_dir", "seed", "title") if name in params}
    kept |= {SEED: setting[SEED]} if SEED in setting else {}
    blocks = {"results_dir": folder, RULES: params[RULES] | rules, "notebooks": notebooks}
    return kept | blocks


def fresh(chapter: Chapter, now: Present) -> bool:
    """Whether a run's result of a chapter is there and is what it would be now."""
    return next(reasons(chapter, now), None) is None


def share(donor: Run, run: Run, chapter: Chapter, root: Path) -> None:
    """Copy a chapter's result from another run's folder, and note whose it is.

    It stays as it was made: its notebook shows the parameters of the run that made it.
    """
    there, here = root / donor.folder, root / run.folder
    outputs = read_record(there / "provenance" / f"{chapter.name}.json")["outputs"]
    own = [f"{kind}/{chapter.name}.{'ipynb' if kind == 'notebooks' else 'json'}" for kind in KINDS]
    for name in [*outputs, *own]:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(there / name, here / name)
    note_origin(run, chapter, root, origins(donor, root).get(chapter.name, donor.id))


def origins(run: Run, root: Path) -> dict[str, str]:
    """Whose results a run's shared chapters are: the setting that made each, by chapter."""
    return read_record(root / run.folder / SHARED)


def note_origin(run: Run, chapter: Chapter, root: Path, origin: str | None) -> None:
    """Note whose result a chapter's is; None for the run's own."""
    was = origins(run, root)
    now = {name: of for name, of in was.items() if name != chapter.name}
    now |= {chapter.name: origin} if origin else {}
    if now != was:
        write_whole(root / run.folder / SHARED, json.dumps(now).encode())


def failure(run: Run, chapter: Chapter, root: Path) -> str:
    """What a chapter failed with in this run; empty where it did not."""
    return str(read_record(_failed(run, chapter, root)).get("message", ""))


def note_failure(run: Run, chapter: Chapter, root: Path, message: str) -> None:
    """Keep what a chapter failed with; empty where it did not."""
    if message:
        write_whole(_failed(run, chapter, root), json.dumps({"message": message}).encode())
    else:
        _failed(run, chapter, root).unlink(missing_ok=True)


def note_cost(run: Run, chapter: Chapter, root: Path, outcome: Outcome) -> None:
    """Keep what a chapter cost under this setting."""
    seconds = {name: round(value, 3) for name, value in outcome.seconds.items()}
    record = {"process": outcome.process, "wall": round(outcome.wall_s, 3), **seconds}
    write_whole(_cost(run, chapter, root), json.dumps(record).encode())


def cost(run: Run, chapter: Chapter, root: Path) -> dict[str, float]:
    """What a chapter cost under this setting; empty where another's result was taken."""
    return {} if chapter.name in origins(run, root) else read_record(_cost(run, chapter, root))


def _cost(run: Run, chapter: Chapter, root: Path) -> Path:
    return root / run.folder / "cost" / f"{chapter.name}.json"


def _failed(run: Run, chapter: Chapter, root: Path) -> Path:
    return root / run.folder / "failed" / f"{chapter.name}.json"


Asked = tuple[tuple[str, ...], tuple[str, ...]]  # rules and earlier tables


class Donors:
    """Results of a chapter that hold for other settings too.

    A result rests on code, the chapter's own parameters, what was read of the study and of earlier
    chapters, and the rules that were asked for. Where all of these have the same values under
    another setting, a run would do the same, ask for the same and come to the same.
    """

    def __init__(self, chapter: Chapter) -> None:
        self._chapter = chapter
        self._kept: dict[Asked, dict[str, Run]] = {}

    def add(self, run: Run, now: Present) -> None:
        """A run whose result is there and fresh."""
        reads = read_record(now.results_dir / "reads" / f"{self._chapter.name}.json")
        asked = (tuple(sorted(reads["rules"])), tuple(sorted(reads["earlier"])))
        self._kept.setdefault(asked, {}).setdefault(self._key(asked, run, now), run)

    def find(self, run: Run, now: Present) -> Run | None:
        """A run whose result is what this one's would be."""
        for asked, held in self._kept.items():
            if (donor := held.get(self._key(asked, run, now))) is not None:
                return donor
        return None

    def kind(self, run: Run, now: Present) -> str:
        """The same for two runs of which the result of one may hold for the other."""
        return self._key(next(iter(self._kept), ((), ())), run, now)

    def _key(self, asked: Asked, run: Run, now: Present) -> str:
        rules, earlier = (dict.fromkeys(names) for names in asked)
        held = read_now({"tables": (), "images": (), "rules": rules, "earlier": earlier}, now)
        settings = settings_of(self._chapter.source, now)
        return json.dumps([run.study, settings, held["rules"], held["earlier"]], sort_keys=True)
