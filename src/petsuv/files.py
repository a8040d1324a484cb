"""Which files of a place are those of one PET series: by UID, never by name or folder."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from petsuv.elements import NotDicom, Source, read_head
from petsuv.enhanced import frames_of, is_enhanced
from petsuv.errors import InputError, Refused
from petsuv.header import PET_STORAGES, TAGS, Header, label_of
from petsuv.slices import Slice, read_slice
from petsuv.text import text_of
from petsuv.tree import tree_of

DICOM_ENDINGS = (".dcm", ".dicom", ".ima")  # what is called so and is not is damaged
NO_IMAGE = ("SEG", "RTSTRUCT", "SR", "REG", "PR", "KO")
CHOOSE = "Choose one by its UID or number, or put each series into a folder of its own."


def slices_of(place: Path, chosen: str | None = None) -> tuple[list[Slice], list[str]]:
    """The slices of the one PET series of a place, copies left out, and flags.

    Args:
        place: a folder with any folders in it, or a zip archive.
        chosen: SeriesInstanceUID or Series Number, where there are several.

    Raises:
        InputError: the place is missing or holds no PET slice.
        Refused: there are several series, or a file of this one is damaged.
    """
    return slices_among(str(place), tree_of(place).files, chosen)


def slices_among(
    place: str, files: Iterable[Source], chosen: str | None = None
) -> tuple[list[Slice], list[str]]:
    """The slices of one PET series among files, as `slices_of` gives those of a place."""
    pet: list[Slice] = []
    others: list[Slice] = []
    foreign: list[Source] = []
    for path in files:
        try:
            one = read_slice(path)
        except NotDicom:
            if os.path.splitext(path.name)[1].lower() in DICOM_ENDINGS:
                raise
            foreign.append(path)
        except Refused:
            if _may_belong(path, chosen):
                raise
        else:
            if one.text("modality") != "PT" or one.text("sop_class") not in PET_STORAGES:
                others.append(one.named())
            elif is_enhanced(one) and _may_belong(path, chosen):
                pet += frames_of(path)
            else:
                pet.append(one)
    found = _of_one_series(place, pet, others, chosen)
    _require_modality(found[0].text("series_uid"), others)
    found, copies = _without_copies(found)
    flags = [f"files_left_out({len(foreign)} not DICOM)"] if foreign else []
    flags += [f"identical_copies({copies} left out)"] if copies else []
    return found, flags


def place_of(files: Sequence[Source]) -> Path:
    """The innermost folder that holds all files; an archive counts as one folder."""
    folders = {
        str(file.parent) if isinstance(file, Path) else str(file.root.filename) for file in files
    }
    return Path(os.path.commonpath(sorted(folders)))


def pet_file(place: Path, chosen: str | None = None) -> Source:
    """The first file of the PET series of a place.

    Raises:
        InputError: there is none.
    """
    for path in tree_of(place).files:
        if _is_pet(path) and (chosen is None or _may_belong(path, chosen)):
            return path
    raise InputError(f"{place}: holds no PET slice; expected the files of one PET series.")


def _is_pet(path: Source) -> bool:
    """Whether the beginning of a file says that it is PET."""
    names = ("modality", "sop_class")
    try:
        values = read_head(path, [TAGS[name] for name in names]).values
    except NotDicom:
        return False
    modality, kind = (text_of(values.get(TAGS[name])) for name in names)
    return modality == "PT" and kind in PET_STORAGES


def header_of_file(path: Source, place: str) -> Header:
    """The header of a PET file, or of the first frame of an enhanced one.

    Raises:
        Refused: it cannot be parsed.
    """
    one = read_slice(path)
    return (frames_of(path)[0] if is_enhanced(one) else one).header(place)


def _may_belong(path: Source, chosen: str | None) -> bool:
    """Whether a file can be one of the PET series that is asked for, by its beginning."""
    names = ("modality", "series_uid", "series_number")
    try:
        values = read_head(path, [TAGS[name] for name in names]).values
    except Refused:
        return True
    modality, *ids = (text_of(values.get(TAGS[name])) for name in names)
    return modality in ("PT", "") and (chosen is None or chosen in ids)


def _of_one_series(
    place: str, pet: list[Slice], others: list[Slice], chosen: str | None
) -> list[Slice]:
    found = [
        one
        for one in pet
        if chosen is None or chosen in (one.text("series_uid"), one.text("series_number"))
    ]
    counts = Counter(one.text("series_uid") for one in found)
    if len(counts) == 1 and "" not in counts:
        return found
    if not pet and others and all(one.text("modality") not in NO_IMAGE for one in others):
        raise _not_pet(others[0])
    if not found:
        raise InputError(
            f"{place}: holds no PET slice{f' of series {chosen}' if chosen else ''}; expected "
            f"the files of one PET series. {_held(pet) if pet else 'Check the path.'}"
        )
    raise Refused(
        f"{place}: {label_of('series_uid')} is {_held(found)}; expected one series. {CHOOSE}"
    )


def _held(slices: list[Slice]) -> str:
    counts = Counter((one.text("series_uid"), one.text("series_number")) for one in slices)
    return ", ".join(
        f"{uid or 'none'} (number {number or 'none'}, {count} files)"
        for (uid, number), count in counts.items()
    )


def _require_modality(uid: str, others: list[Slice]) -> None:
    for one in others:
        if one.text("series_uid") == uid:
            raise _not_pet(one)


def _not_pet(one: Slice) -> Refused:
    """Why a file is no slice of PET: its modality, or what it holds in spite of that."""
    remedy = "Give the files of a PET series alone."
    if one.text("modality") != "PT":
        return one.refusal("modality", "PT", remedy)
    return one.refusal("sop_class", f"a PET storage class ({', '.join(PET_STORAGES)})", remedy)


def _without_copies(slices: list[Slice]) -> tuple[list[Slice], int]:
    """Each instance once, where its copies hold the same; and how many copies there were.

    Raises:
        Refused: two files of one instance differ.
    """
    kept: dict[str, Slice] = {}
    for position, one in enumerate(slices):
        instance = one.text("sop_instance") or str(position)
        first = kept.setdefault(f"{instance} {one.frame}", one)
        if first is not one and not one.holds_the_same(first):
            raise Refused(
                f"{one.path}: {label_of('sop_instance')} is that of {first.path.name}, but it "
                "holds something else; expected identical copies at most. Remove the wrong one."
            )
    return [*kept.values()], len(slices) - len(kept)
