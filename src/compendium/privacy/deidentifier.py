"""Take the person out of one DICOM data set, by the profile; the SUV stays what it was.

Everything is made from a secret key, so that the same person comes out the same in every file. A
patient's dates move by whole days: injection and scan keep their distance to the second.
"""

import base64
import datetime
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import RE_VALID_UID

from compendium.privacy import dicom_identity
from compendium.privacy.dicom_profile import EDITION, OPTIONS, PIXELS, Treatment, treatment
from compendium.privacy.identifiers import DICOM_STANDARD_ROOT
from compendium.privacy.own_words import OwnWords

SHIFT_DAYS = (62, 1825)
# Private elements that hold the time to which voxels are decay-corrected: GE, Siemens.
DECAY_TIMES = ((0x0009, 0x100D), (0x0071, 0x1022))
IMPLEMENTATION = "2.25.310274862134502381776045523170843205811"
FORMS = {
    "AS": r"\d{3}[DWMY]",
    "CS": r"[A-Z0-9 _]{0,16}",
    "DS": r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*",
    "IS": r"\s*[+-]?\d{1,10}\s*",
    "TM": r"\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?\s*",
}
KNOWN_DIGITS = 6
TIMEZONE = r"[+-]\d{4}"


class Deidentifier:
    """Takes persons out of data sets, the same person always in the same way.

    Args:
        key: the secret that decides new UIDs, pseudonyms and day shifts.
        words: by which the people of all the files are known; those of the data set where not
            given.
    """

    def __init__(self, key: str, words: OwnWords | None = None) -> None:
        self._key = key
        self._words = words

    def apply(self, dataset: Dataset) -> None:
        """De-identify one data set in place, its pixels aside.

        The profile's codes are written where every line of its table holds afterwards.
        """
        words = self._words or OwnWords()
        if self._words is None:
            words.collect(dataset)
        patient = str(dataset.get("PatientID") or dataset.get("PatientName") or "").strip()
        _keep_decay_time(dataset)
        _Pass(self._key, patient, words).over(dataset, top=True)
        dataset.PatientID = dataset.PatientName = pseudonym(patient, self._key)
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.PatientIdentityRemoved = "YES"
        dataset.LongitudinalTemporalInformationModified = "MODIFIED"
        dataset.DeidentificationMethod = [EDITION, "dates moved by whole days"]
        dataset.pop("DeidentificationMethodCodeSequence", None)  # what others claimed is not ours
        if not dicom_identity.unmet(dataset):
            dataset.DeidentificationMethodCodeSequence = [_code(*one) for one in OPTIONS.items()]
        _rebuild_meta(dataset)


class _Pass:
    """One data set's way through the profile."""

    def __init__(self, key: str, patient: str, words: OwnWords) -> None:
        self._key, self._words = key, words
        self._days = datetime.timedelta(days=shift_days(patient, key))
        self._patient = patient

    def over(self, dataset: Dataset, *, top: bool = False) -> None:
        for tag in list(dataset.keys()):
            element = dataset[tag]
            if not self._stays(dataset, element, top):
                del dataset[tag]

    def _stays(self, dataset: Dataset, element: DataElement, top: bool) -> bool:
        if element.tag.is_private:
            return dicom_identity.is_safe_private(dataset, element)
        if not top and (element.tag in PIXELS or element.keyword == "SpecificCharacterSet"):
            return False
        what = treatment(int(element.tag), element.VR)
        if what is Treatment.REMOVE:
            return False
        if element.VR == "SQ":
            self._sequence(element, what)
        else:
            self._value(dataset, element, what)
        return True

    def _sequence(self, element: DataElement, what: Treatment) -> None:
        if what is Treatment.CLEAN:
            for item in element.value:
                self.over(item)
        else:
            element.value = [Dataset()] if what is Treatment.DUMMY else []

    def _value(self, dataset: Dataset, element: DataElement, what: Treatment) -> None:
        match what:
            case Treatment.EMPTY:
                element.value = None
            case Treatment.DUMMY:
                element.value = dicom_identity.dummy(element.VR)
            case Treatment.PSEUDONYM:
                element.value = pseudonym(self._patient, self._key)
            case Treatment.NEW_UID:
                _each(element, lambda uid: new_uid(uid, self._key))
            case Treatment.SHIFT:
                _each(element, self._shifted if element.VR != "TM" else _in_form("TM"))
            case Treatment.CLEAN:
                _each(element, self._cleaner(dataset, element))

    def _shifted(self, text: str) -> str:
        """A date, or the date of a date-time, moved back; nothing where it is none."""
        try:
            day = datetime.datetime.strptime(text[:8], "%Y%m%d")
        except ValueError:
            return ""
        if not re.fullmatch(r"\d{8}(?:\d{2,6}(?:\.\d{1,6})?)?(?:[+-]\d{4})?\s*", text):
            return ""
        return f"{day - self._days:%Y%m%d}{text[8:]}"

    def _whole_number(self, text: str) -> str:
        """A number, unless it is one by which a person is known; a short one may be any count."""
        known = len(text.strip()) >= KNOWN_DIGITS and self._words.blanked(text, forms=False) != text
        return "" if known else _in_form("IS")(text)

    def _code_string(self, text: str) -> str:
        known = self._words.blanked(text, forms=False) != text
        return "REMOVED" if known else _in_form("CS")(text)

    def _cleaner(self, dataset: Dataset, element: DataElement) -> Callable[[str], str]:
        if element.keyword == "TimezoneOffsetFromUTC":
            return lambda text: text if re.fullmatch(TIMEZONE, text.strip()) else ""
        if element.VR == "IS":
            return self._whole_number
        if element.VR in ("DS", "AS"):
            return _in_form(element.VR)
        if element.VR == "CS":
            return self._code_string
        forms = not dicom_identity.is_standard_code(dataset, element)
        return lambda text: self._words.blanked(_printable(text), forms=forms)


def shift_days(patient_id: str, key: str) -> int:
    """Days by which a patient's dates move back: the same for all scans of the patient."""
    least, most = SHIFT_DAYS
    digest = hashlib.sha256(f"{key}/{patient_id}".encode()).digest()
    return least + int.from_bytes(digest[:8], "big") % (most - least + 1)


def pseudonym(patient_id: str, key: str) -> str:
    """What stands for a patient's number and name: the same wherever the number is the same."""
    return "P" + base64.b32encode(digest(key, "patient", patient_id.strip())[:10]).decode()


def new_uid(uid: str, key: str) -> str:
    """What stands for a UID; those of the standard itself stay."""
    if not uid or (uid.startswith(DICOM_STANDARD_ROOT) and re.fullmatch(RE_VALID_UID, uid)):
        return uid
    return f"2.25.{int.from_bytes(digest(key, 'uid', uid)[:16], 'big')}"


def digest(key: str, kind: str, text: str) -> bytes:
    """32 bytes from the key: the same for the same text of a kind, and not to be guessed."""
    return hmac.new(key.encode(), f"{kind}/{text}".encode(), hashlib.sha256).digest()


def _each(element: DataElement, change: Callable[[str], str]) -> None:
    """Change each value of an element that has any."""
    if element.is_empty:
        return
    values = element.value if element.VM > 1 else [element.value]
    changed: list[Any] = [change(str(value)) for value in values]
    if changed != [str(value) for value in values]:
        element.value = changed if len(changed) > 1 else changed[0]


def _in_form(kind: str) -> Callable[[str], str]:
    form = re.compile(FORMS[kind])
    return lambda text: text if form.fullmatch(text) else ""


def _printable(text: str) -> str:
    """Text without what a reader does not see, which may hide more of it."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _keep_decay_time(dataset: Dataset) -> None:
    """Carry a maker's private decay-correction time to the standard's element, to be shifted."""
    for tag in DECAY_TIMES:
        if tag in dataset and "DecayCorrectionDateTime" not in dataset:
            value = dataset[tag].value
            text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
            dataset.DecayCorrectionDateTime = text.strip("\0 ")


def _rebuild_meta(dataset: Dataset) -> None:
    """File meta with what a reader needs, and an empty preamble."""
    before = getattr(dataset, "file_meta", None)
    if before is None:
        return
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = before.TransferSyntaxUID
    meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", "")
    meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", "")
    meta.ImplementationClassUID = IMPLEMENTATION
    dataset.file_meta = meta
    dataset.preamble = b"\0" * 128


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item
