"""The synthetic study of a params file: made by the generator that there is now, or not fresh."""

from typing import Any

from compendium.files import project_root
from compendium.generated import RECORD
from compendium.pipeline.code import Code, of_text
from compendium.pipeline.fingerprint import Present, differences
from compendium.pipeline.freshness import in_a_line
from compendium.remembered import remembered_in
from compendium.results.provenance import FORMAT, read_record

GENERATOR = ("compendium.synthetic.study", "compendium.synthetic.writing")
SEED = 20251218


def made_from(code: Code, lock: str, **settings: Any) -> dict[str, Any]:
    """What a synthetic study is made from.

    Args:
        code: the project's modules.
        lock: hash of the environment's lock.
        settings: truth, seed and whether with images.
    """
    return {
        "format": FORMAT,
        "settings": settings,
        "code": code.hashes(code.reached(GENERATOR)),
        "lock": lock,
    }


def generator_now(**settings: Any) -> dict[str, Any]:
    """What a synthetic study would be made from now, for who makes one by hand."""
    root = project_root()
    remembered = remembered_in(root)
    made = made_from(Code(root, remembered), of_text(root / "requirements.lock"), **settings)
    remembered.save()
    return made


def why_stale(now: Present) -> str:
    """Why the synthetic study has to be made, in one line; empty where it is as it would be."""
    study_dir = now.contents.study_dir
    record = read_record(study_dir / RECORD)
    if not study_dir.is_dir():
        return "it is not there"
    if record.get("made_from", {}).get("format") != FORMAT:
        return f"no {RECORD} of this version says what made it"
    settings = {"truth": str(now.params["truth"]), "seed": SEED, "images": True}
    found = list(differences(record["made_from"], made_from(now.code, now.lock, **settings)))
    here = now.contents.units
    found += [f"{name} is gone" for name in record["units"] if name not in here]
    return in_a_line(found)


def changed_by_hand(now: Present) -> list[str]:
    """Files of the synthetic study that are no longer as the generator wrote them."""
    written = read_record(now.contents.study_dir / RECORD).get("units", {})
    here = now.contents.units if written else {}
    return [name for name, held in here.items() if written.get(name, held) != held]
