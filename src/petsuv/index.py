"""What lies in a tree of DICOM files: its series, which of them give SUV, and regions of each."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from petsuv.elements import NotDicom, Source, read_head
from petsuv.errors import Refused, UserError
from petsuv.files import header_of_file, place_of
from petsuv.header import HEAD, PET_STORAGES
from petsuv.identity import Identity, identity_of_region
from petsuv.notes import Notes
from petsuv.nuclides import read_decay
from petsuv.series import series_among
from petsuv.suv import convert
from petsuv.text import decoded, text_of
from petsuv.tree import tree_of

REGIONS = ("SEG", "RTSTRUCT")
CHARACTERS = HEAD["character_set"]
AT_A_TIME = 500  # files whose heads are one task


@dataclass
class IndexedSeries:
    """One series of a tree.

    Attributes:
        date: of the series, acquisition or study, YYYYMMDD; empty where none is given.
        tracer: nuclide and agent as the header names them; of PET only.
        files: its files, copies of one instance once.
        n_copies: files that repeat an instance.
        suv: whether an SUV can be had; None for other modalities.
        reason: why not.
        flags: of the conversion.
        frame: frame of reference.
        said: what each region file says of patient, series and frame.
        regions: region files that name this series; `near`, those that name none of PET, but lie in
            its frame of reference, as what was drawn on CT does.
        alone: whether no other PET series lies in its folder.
    """

    series_uid: str
    number: str = ""
    patient_id: str = ""
    date: str = ""
    modality: str = ""
    sop_class: str = ""
    description: str = ""
    tracer: str = ""
    files: list[Source] = field(default_factory=list)
    n_copies: int = 0
    suv: bool | None = None
    reason: str = ""
    flags: tuple[str, ...] = ()
    frame: str = ""
    said: dict[Source, Identity] = field(default_factory=dict)
    regions: list[Source] = field(default_factory=list)
    near: list[Source] = field(default_factory=list)
    alone: bool = True

    @property
    def is_pet(self) -> bool:
        """Whether it holds PET, not a screen shot of it."""
        return self.modality == "PT" and self.sop_class in PET_STORAGES

    @property
    def folder(self) -> Path:
        """The innermost folder, or the archive, that holds all of its files."""
        return place_of(self.files)


@dataclass
class Index:
    """The series of a tree in the order of patient, date and number; and how many other files."""

    series: list[IndexedSeries]
    n_files: int
    left_out: Counter[str]


class Each(Protocol):
    """Applies a function to each of some tasks and gives the results in their order, as `map`."""

    def __call__(self, function: Callable[[Any], Any], tasks: Sequence[Any], /) -> Iterable[Any]:
        """The results."""


def index_tree(place: Path, each: Each = map) -> Index:
    """Every series in a folder and its folders, or in a zip archive.

    PET series are converted, so that it is known whether an SUV can be had; other files are read
    no further than to the series that they belong to.

    Args:
        place: the folder or the archive.
        each: how files are read and series converted, where not one after the other; what lies in
            an archive is read here all the same.

    Raises:
        InputError: there is no such place.
        Refused: the archive is damaged, encrypted, or would unpack beyond all measure; one in a
            folder is left out with the reason.
    """
    tree = tree_of(place, lenient=True)
    if not all(isinstance(path, Path) for path in tree.files):
        each = map
    n_files = len(tree.files) + tree.left_out.total()
    found: dict[str, IndexedSeries] = {}
    instances: dict[tuple[str, str], Source] = {}
    starts = range(0, len(tree.files), AT_A_TIME)
    heads = each(_heads, [tree.files[start : start + AT_A_TIME] for start in starts])
    for path, values in zip(tree.files, chain.from_iterable(heads), strict=True):
        if isinstance(values, str):
            tree.left_out[values] += 1
            continue
        said = {name: text_of(values.get(tag)) for name, tag in HEAD.items()}
        one = found.setdefault(said["series_uid"], IndexedSeries(said["series_uid"]))
        instance = (said["series_uid"], said["sop_instance"])
        if instance in instances:
            one.n_copies += 1
            if one.modality in REGIONS and _alike(path, instances[instance]):
                continue
        elif not one.files:
            _describe(one, said, values.get(HEAD["description"]))
        one.files.append(path)
        instances.setdefault(instance, path)
    told = [one for one in found.values() if one.is_pet or one.modality in REGIONS]
    found |= {one.series_uid: one for one in each(partial(_read_further, place=place), told)}
    series = [*found.values()]
    _match(series)
    ordered = sorted(series, key=lambda one: (one.patient_id, one.date, one.number.zfill(9)))
    return Index(ordered, n_files, tree.left_out)


def _heads(paths: Sequence[Source]) -> list[Mapping[int, bytes] | str]:
    """The first elements of each file, or why it is left out."""
    return [_head(path) for path in paths]


def _head(path: Source) -> Mapping[int, bytes] | str:
    try:
        return read_head(path, [*HEAD.values()]).values
    except (NotDicom, OSError):
        return "not DICOM"
    except Refused:
        return "damaged"


def _read_further(one: IndexedSeries, place: Path) -> IndexedSeries:
    """PET with whether it gives SUV, regions with what they say of themselves."""
    if one.is_pet:
        _convert(one, place)
    else:
        one.said = {path: identity_of_region(path) for path in one.files}
    return one


def _describe(one: IndexedSeries, said: dict[str, str], description: bytes | None) -> None:
    one.number, one.patient_id = said["series_number"], said["patient_id"]
    one.modality, one.sop_class = said["modality"] or "not given", said["sop_class"]
    one.frame = said["frame_of_reference"]
    one.date = said["series_date"] or said["acquisition_date"] or said["study_date"]
    one.description = decoded(description, said["character_set"])


def _convert(one: IndexedSeries, place: Path) -> None:
    with suppress(Refused):  # the conversion gives the reason
        header = header_of_file(one.files[0], str(place))
        one.tracer = header["radiopharmaceutical"].text or header["radiopharmaceutical_code"].text
        one.tracer = " ".join(filter(None, (read_decay(header, Notes()).nuclide.name, one.tracer)))
    try:
        one.flags = convert(series_among(str(one.folder), one.files)).flags
        one.suv = True
    except UserError as reason:
        one.suv, one.reason = False, str(reason)


def _alike(one: Source, other: Source) -> bool:
    return bool(one.read_bytes() == other.read_bytes())


def _match(series: Iterable[IndexedSeries]) -> None:
    """Give each PET series its region files, and say which lie alone."""
    pet = [one for one in series if one.is_pet]
    folders = [one.folder for one in pet]
    uids = {one.series_uid for one in pet}
    for one in pet:
        for path, said in ((path, said) for other in series for path, said in other.said.items()):
            if one.series_uid in said.drawn_on:
                one.regions.append(path)
            elif one.frame in said.frames and not uids & said.drawn_on:
                one.near.append(path)
        here = one.folder
        one.alone = sum(here == other or here in other.parents for other in folders) == 1
