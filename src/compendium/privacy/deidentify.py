"""De-identify DICOM for sharing: dicognito, then what PS3.15's basic profile asks beyond it.

The SUV of a series is the same before and after. dicognito shifts dates by hours, which tears the
injection time (it has no date) from the scan's; here a patient's dates move by whole days.
"""

import datetime
import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
from dicognito.anonymizer import Anonymizer
from dicognito.datetimeanonymizer import DateTimeAnonymizer
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from compendium.errors import InputError
from compendium.privacy import identifiers
from compendium.privacy.dicom_identity import (
    KEPT_TEXT,
    NOT_NEEDED,
    PHOTOGRAPHED,
    TEXT_KINDS,
    is_safe_private,
)

SHIFT_DAYS = (62, 1825)
# Private elements that hold the time to which voxels are decay-corrected: GE, Siemens.
DECAY_TIMES = ((0x0009, 0x100D), (0x0071, 0x1022))
OPTIONS = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    ("113108", "Retain Patient Characteristics Option"),
    ("113111", "Retain Safe Private Option"),
)


@dataclass
class Deidentified:
    """What was written, what was renamed and what was left out."""

    written: int = 0
    renamed: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def deidentify_folder(source: Path, target: Path, key_file: Path) -> Deidentified:
    """Write a de-identified copy of every DICOM file of a folder.

    Args:
        source: folder of DICOM series and regions.
        target: a folder that does not exist yet or is empty.
        key_file: the secret from which new UIDs, pseudonyms and day shifts are made; it is made
            where it does not exist. With the same key the same file comes out the same. Whoever
            has it can undo the day shift, so it stays with the investigator.

    Raises:
        InputError: the target is not empty, the key would be shared with it, a folder's name
            holds an identifier, or an image may have text burned into it.
    """
    if not source.is_dir():
        raise InputError(f"{source}: there is no such folder. Name the one that holds the DICOM.")
    if target.exists() and any(target.iterdir()):
        raise InputError(f"{target}: is not empty. Name a folder that does not exist yet.")
    if target.resolve() in key_file.resolve().parents:
        raise InputError(f"{key_file}: the key lies in what is to be shared. Put it elsewhere.")
    key = _key(key_file)
    deidentifier = Deidentifier(key)
    done = Deidentified()
    for number, path in enumerate(sorted(p for p in source.rglob("*") if p.is_file()), start=1):
        shown = path.relative_to(source)
        _refuse_folder(shown)
        try:
            dataset = pydicom.dcmread(path)
        except InvalidDicomError:
            done.left_out.append(shown.as_posix())
            continue
        _refuse_burned_in(dataset, shown)
        deidentifier.apply(dataset)
        name = shown.name if _harmless(shown.stem) else f"im{number:05d}.dcm"
        if name != shown.name:
            done.renamed[shown.as_posix()] = shown.with_name(name).as_posix()
        (target / shown).parent.mkdir(parents=True, exist_ok=True)
        dataset.save_as(target / shown.with_name(name))
        done.written += 1
    return done


class Deidentifier:
    """Takes persons out of data sets, the same person always in the same way.

    Args:
        key: the secret that decides new UIDs, pseudonyms and day shifts.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._dates = DateTimeAnonymizer(0)
        self._anonymizer = Anonymizer(seed=key)
        self._anonymizer.add_element_handler(self._dates)  # asked before dicognito's own shift

    def apply(self, dataset: Dataset) -> None:
        """De-identify one data set in place."""
        days = shift_days(str(dataset.get("PatientID", "")), self._key)
        self._dates.offset = datetime.timedelta(days=-days)
        _keep_decay_time(dataset)
        self._anonymizer.anonymize(dataset)
        dataset.walk(_strip)
        dataset.PatientName = dataset.get("PatientID", "")
        dataset.PatientIdentityRemoved = "YES"
        dataset.LongitudinalTemporalInformationModified = "MODIFIED"
        dataset.DeidentificationMethod = ["DICOGNITO", "PS3.15 basic profile"]
        dataset.DeidentificationMethodCodeSequence = [_code(*option) for option in OPTIONS]


def shift_days(patient_id: str, key: str) -> int:
    """Days by which a patient's dates move back: the same for all scans of the patient."""
    least, most = SHIFT_DAYS
    digest = hashlib.sha256(f"{key}/{patient_id}".encode()).digest()
    return least + int.from_bytes(digest[:8], "big") % (most - least + 1)


def _key(key_file: Path) -> str:
    if not key_file.is_file():
        key_file.parent.mkdir(parents=True, exist_ok=True)
        key_file.touch(mode=0o600)
        key_file.write_text(secrets.token_hex(32), encoding="utf-8")
    key = key_file.read_text(encoding="utf-8").strip()
    if len(key) < 32:
        raise InputError(f"{key_file}: {len(key)} characters are no key; expected 32 or more.")
    return key


def _keep_decay_time(dataset: Dataset) -> None:
    """Carry a maker's private decay-correction time to the standard's element, to be shifted."""
    for tag in DECAY_TIMES:
        if tag in dataset and "DecayCorrectionDateTime" not in dataset:
            value = dataset[tag].value
            text = value.decode("ascii") if isinstance(value, bytes) else str(value)
            dataset.DecayCorrectionDateTime = text.strip("\0 ")


def _strip(dataset: Dataset, element: DataElement) -> None:
    """Remove an unsafe private element; empty free text, names and what is not needed."""
    if element.tag.is_private:
        if not is_safe_private(dataset, element):
            del dataset[element.tag]
    elif element.keyword in NOT_NEEDED and element.VR == "SQ":
        del dataset[element.tag]
    elif (
        element.VR == "PN"
        or element.keyword in NOT_NEEDED
        or (element.VR in TEXT_KINDS and element.keyword not in KEPT_TEXT)
    ):
        element.value = ""


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def _harmless(name: str) -> bool:
    return next(identifiers.find(name.replace("_", " ")), None) is None


def _refuse_folder(shown: Path) -> None:
    for part in shown.parts[:-1]:
        if not _harmless(part):
            raise InputError(
                f"{shown.parent}: the folder's name has the form of an identifier "
                f"({identifiers.masked(part)}). Rename it to a pseudonym first."
            )


def _refuse_burned_in(dataset: Dataset, shown: Path) -> None:
    if dataset.get("BurnedInAnnotation") == "YES" or dataset.get("Modality") in PHOTOGRAPHED:
        raise InputError(
            f"{shown}: the image may have a name burned into its pixels (modality "
            f"{dataset.get('Modality')}). Take the file out, or clean its pixels first."
        )
