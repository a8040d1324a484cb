"""A de-identified copy of a folder of DICOM for sharing: whole, or not there at all.

Files are read twice: first for the words by which the people are known and for what must not be
shared; then each is written beside the target, which appears in one step when all are written.
"""

import csv
import hashlib
import io
import secrets
import shutil
import warnings
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path

from compendium.errors import InputError
from compendium.files import write_whole
from compendium.privacy.deidentifier import Deidentifier, digest, shift_days
from compendium.privacy.dicom_directory import write_with_directory
from compendium.privacy.dicom_identity import read_file
from compendium.privacy.dicom_pixels import clean_pixels
from compendium.privacy.dicom_survey import Survey, survey_folder

__all__ = ["Deidentified", "Deidentifier", "deidentify_folder", "shift_days"]
REASONS_SHOWN = 10


@dataclass
class Deidentified:
    """What was written, and what a person has to know of it.

    Attributes:
        renamed: each file's old name and its new one, both from the folder's top.
        names_file: the same as a table, beside the key: it names people as the source does.
        left_out: files that are not DICOM, and DICOMDIRs.
        refused: files that must not be shared, each with its reason.
        heads: series in which a head is imaged, by new name, each with what says so.
        unclaimed: files to which the profile's code could not be given.
    """

    names_file: Path
    written: int = 0
    renamed: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    unclaimed: list[str] = field(default_factory=list)


def deidentify_folder(
    source: Path, target: Path, key_file: Path, *, leave_out_refused: bool = False
) -> Deidentified:
    """Write a de-identified copy of every DICOM file of a folder.

    A run that was interrupted is taken up where it stopped, as long as source and key are the same.

    Args:
        source: folder of DICOM series and regions.
        target: a folder that does not exist yet or is empty.
        key_file: the secret from which new UIDs, names, pseudonyms and day shifts are made; it is
            made where it does not exist. With the same key the same file comes out the same.
            Whoever has it can undo the day shift, so it stays with the investigator, as does the
            table of names that is written beside it.
        leave_out_refused: share the rest where a file must not be shared; nothing is otherwise.

    Raises:
        InputError: the target is not empty, the key would be shared with it, or a file is of a
            kind that may show who the person is, or is cut short.
    """
    _check_places(source, target, key_file)
    key = _key(key_file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's, on the form of values that do not stay
        survey = survey_folder(source)
        done = Deidentified(key_file.with_name(f"{target.name}.names.csv"))
        done.left_out, done.refused = survey.left_out, survey.refused
        _stop_at_refused(source, done, leave_out_refused)
        if not survey.shared:
            raise InputError(f"{source}: no DICOM file that may be shared. Name another folder.")
        partial = _partial(source, target, key, survey)
        for shown in survey.shared:
            _write_one(source / shown, shown, partial, key, survey, done)
        _stop_at_refused(source, done, leave_out_refused)
        _clear_strays(partial, set(done.renamed.values()))
        if survey.has_directory:
            done.renamed = write_with_directory(partial, done.renamed)
        done.heads = {_new_folder(done, one): why for one, why in survey.heads().items()}
    _write_names(done)
    if target.exists():
        target.rmdir()
    partial.rename(target)
    return done


def _check_places(source: Path, target: Path, key_file: Path) -> None:
    if not source.is_dir():
        raise InputError(f"{source}: there is no such folder. Name the one that holds the DICOM.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target}: is not empty. Name a folder that does not exist yet.")
    if target.resolve() in key_file.resolve().parents:
        raise InputError(f"{key_file}: the key lies in what is to be shared. Put it elsewhere.")
    if source.resolve() in (target.resolve(), *target.resolve().parents):
        raise InputError(f"{target}: lies in {source}. Name a folder outside of it.")


def _key(key_file: Path) -> str:
    if key_file.is_dir():
        raise InputError(f"{key_file}: is a folder; expected the file of the key, or a new one.")
    if not key_file.is_file():
        write_whole(key_file, secrets.token_hex(32).encode(), mode=0o600)
    try:
        key = key_file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise InputError(
            f"{key_file}: is no text, and so no key. Name the file that an earlier run made, or "
            f"one that does not exist yet."
        ) from None
    if len(key) < 32:
        raise InputError(f"{key_file}: {len(key)} characters are no key; expected 32 or more.")
    return key


def _stop_at_refused(source: Path, done: Deidentified, leave_out: bool) -> None:
    if not done.refused or leave_out:
        return
    lines = [f"{name}: {why}" for name, why in list(done.refused.items())[:REASONS_SHOWN]]
    more = len(done.refused) - len(lines)
    raise InputError(
        f"{source}: {len(done.refused)} files must not be shared, and nothing was. Take them "
        "out, or call with --leave-out-refused.\n"
        + "\n".join(lines)
        + (f"\nand {more} more" * (more > 0))
    )


def _partial(source: Path, target: Path, key: str, survey: Survey) -> Path:
    """The folder beside the target for this source, key, words and code; others of it go."""
    state = hashlib.sha256()
    for part in (*sorted(survey.words.patterns), *map(str, survey.shared)):
        state.update(part.encode())
    for shown in survey.shared:
        facts = (source / shown).stat()
        state.update(f"{facts.st_size}/{facts.st_mtime_ns}".encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        state.update(module.read_bytes())
    name = digest(key, "partial", state.hexdigest()).hex()[:16]
    partial = target.with_name(f".{target.name}.{name}.partial")
    for other in target.parent.glob(f".{escape(target.name)}.*.partial"):
        if other != partial:
            shutil.rmtree(other)
    partial.mkdir(parents=True, exist_ok=True)
    return partial


def _write_one(
    path: Path, shown: Path, partial: Path, key: str, survey: Survey, done: Deidentified
) -> None:
    new = new_path(shown, key)
    if not (partial / new).is_file():
        try:
            dataset = read_file(path)
            clean_pixels(dataset, shown.as_posix())
            Deidentifier(key, survey.words).apply(dataset)
            content = io.BytesIO()
            dataset.save_as(content, enforce_file_format=True)
        except InputError as error:
            done.refused[shown.as_posix()] = str(error)
            return
        except Exception as error:  # pydicom raises a dozen kinds on damaged files
            done.refused[shown.as_posix()] = f"it cannot be read as DICOM ({type(error).__name__})"
            return
        write_whole(partial / new, content.getvalue())
        if "DeidentificationMethodCodeSequence" not in dataset:
            done.unclaimed.append(new.as_posix())
    done.renamed[shown.as_posix()] = new.as_posix()
    done.written += 1


def new_path(shown: Path, key: str) -> Path:
    """A file's new name: folders and file by the key, so that no word of the old one is left."""
    folders = [
        "d" + digest(key, "folder", "/".join(shown.parts[: depth + 1])).hex()[:12]
        for depth in range(len(shown.parts) - 1)
    ]
    return Path(*folders, "im" + digest(key, "file", shown.as_posix()).hex()[:16] + ".dcm")


def _clear_strays(partial: Path, expected: set[str]) -> None:
    """Remove what an interrupted run left that is not one of this run's files."""
    for path in [p for p in partial.rglob("*") if p.is_file()]:
        if path.relative_to(partial).as_posix() not in expected:
            path.unlink()


def _new_folder(done: Deidentified, old_file: str) -> str:
    new = done.renamed.get(old_file, "")
    return Path(new).parent.as_posix()


def _write_names(done: Deidentified) -> None:
    """The table of old and new names, for its owner only."""
    text = io.StringIO()
    csv.writer(text).writerows([("source", "target"), *done.renamed.items()])
    write_whole(done.names_file, text.getvalue().encode("utf-8"), mode=0o600)
