"""A limit: a named value with default, unit, range or vocabulary, and where it comes from.

Limits are declared as attributes of a subclass of `Limits`, one entry each. On the class the
attribute is the limit itself (`Rules.tg_ratio.unit`), on an instance its value
(`rules.tg_ratio`), and the instance remembers which values were asked for.
"""

import difflib
import math
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar, overload

from compendium.errors import InputError

Value = bool | int | float | str | Sequence[Any]
T = TypeVar("T", bound=Value)
Of = TypeVar("Of", bound="Limits")
Found = TypeVar("Found")
KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    tuple: "a list",
    dict: "a mapping",
    type(None): "empty",
}
Standing = Literal["as the source", "as cited, unread", "between sources", "our choice"]
AS_SOURCE: Standing = "as the source"
UNREAD: Standing = "as cited, unread"  # by all who cite the source, which could not be opened
BETWEEN: Standing = "between sources"
OURS: Standing = "our choice"
ENDS = {"gt": "over", "ge": "at least", "lt": "under", "le": "at most"}


class Limit(Generic[T]):
    """One limit.

    Args:
        default: the registered value; every other is of its type.
        meaning: what it decides, in a few words.
        unit: of a number; empty for a word.
        gt, ge, lt, le: range of a number, or of each number of a list.
        choices: vocabulary of a word, or of each word of a list.
        interval: a list is a least and a greatest value.
        longest: how many values a list may have.
        source: registry record, paper or guideline behind the default.
        stands: whether the default is that of its source, or of one that is cited for it and could
            not be opened, lies between several, or is our choice.
        decides: whether results depend on it.
    """

    def __init__(
        self,
        default: T,
        meaning: str,
        *,
        unit: str = "",
        gt: float | None = None,
        ge: float | None = None,
        lt: float | None = None,
        le: float | None = None,
        choices: Iterable[str] = (),
        interval: bool = False,
        longest: int | None = None,
        source: str = "",
        stands: Standing = OURS,
        decides: bool = True,
    ) -> None:
        self.name = ""
        self.default, self.meaning, self.unit = default, meaning, unit
        self.ends = {"gt": gt, "ge": ge, "lt": lt, "le": le}
        self.choices, self.interval, self.longest = tuple(choices), interval, longest
        self.source, self.stands, self.decides = source, stands, decides

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: "Limits", owner: type) -> T: ...
    def __get__(self, holder: "Limits | None", owner: type) -> Any:
        return self if holder is None else holder[self.name]

    def __set__(self, holder: "Limits", value: object) -> None:
        raise AttributeError(f"{self.name} is fixed; `replace` makes other limits.")

    @property
    def range(self) -> str:
        """What a value may be, in words, with the unit."""
        said = ["least and greatest"] if self.interval else []
        said += [f"at most {self.longest} values"] if self.longest else []
        said += [f"one of {', '.join(self.choices)}"] if self.choices else []
        said += [f"{ENDS[end]} {at:.12g}" for end, at in self.ends.items() if at is not None]
        return f"{', '.join(said)} {self.unit}".strip().replace(" %", "%")

    @property
    def expected(self) -> str:
        """What to write, in words for a message."""
        what = f"{KINDS[type(self.default)]}, {self.range}".removesuffix(", ")
        return f"expected {what} ({self.meaning}), such as {plain(self.default)!r}."

    def checked(self, value: object, where: str) -> T:
        """The value in the default's type; whole numbers pass for others.

        Raises:
            InputError: another type, not finite, out of range, or not of the vocabulary.
        """
        place = f"{where}, {self.name}"
        found = typed(self.default, value, place, self.expected)
        items: Sequence[Any] = [found] if isinstance(found, str | float | int) else found
        rising = list(items) == sorted(set(items)) and len(items) == 2
        fits = all(self._admits(item) for item in items) and (rising or not self.interval)
        if not fits or len(items) > (self.longest or len(items)):
            raise InputError(f"{place}: {value!r} is not possible; {self.expected}")
        return found

    def _admits(self, value: Any) -> bool:
        if self.choices:
            return value in self.choices
        gt, ge, lt, le = self.ends.values()
        return not (
            (gt is not None and value <= gt)
            or (ge is not None and value < ge)
            or (lt is not None and value >= lt)
            or (le is not None and value > le)
        )


def named(name: str, default: T, meaning: str) -> Limit[T]:
    """A limit outside a class of them: any value of the default's type."""
    limit = Limit(default, meaning)
    limit.name = name
    return limit


def typed(default: T, value: object, place: str, expected: str) -> T:
    """`value` as the type of `default`, item by item for a list.

    Raises:
        InputError: another type, or a number that is none.
    """
    found: Any = value
    if isinstance(default, list | tuple) and isinstance(value, list | tuple):
        items = [typed(default[0], item, place, expected) for item in value] if default else value
        return type(default)(items)
    if type(default) is float and type(value) is int:
        found = float(value)
    if type(default) is not type(found):
        kind = KINDS.get(type(value), f"a {type(value).__name__}")
        raise InputError(f"{place}: {value!r} is {kind}; {expected}")
    if isinstance(found, float) and not math.isfinite(found):
        raise InputError(f"{place}: {value!r} is not a finite number; {expected}")
    return found


def plain(value: Value) -> Value:
    """A value as YAML, JSON and notebooks have it: they know lists, not tuples."""
    return list(value) if isinstance(value, tuple) else value


def in_words(value: Any) -> str:
    """A value as a reader reads it: 0.7, 20–40, yes, highest."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ("–" if len(value) == 2 else ", ").join(map(in_words, value))
    return f"{value:g}" if isinstance(value, int | float) else str(value) or "not set"


def refuse_unknown(where: str, given: Iterable[object], allowed: Iterable[str]) -> None:
    """Nothing, where each name given is allowed.

    Raises:
        InputError: one is not; the message proposes the nearest.
    """
    known = list(allowed)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise InputError(f"{where}: unknown key {name!r}. {hint}Known: {', '.join(known)}.")


class Limits(Mapping[str, Any]):
    """Values of declared limits, by name: the registered ones, but for those that are given.

    Attributes:
        declared: every limit by name, in the order of declaration.
        ascending: pairs of names; the first's value is to be under the second's.
    """

    declared: ClassVar[dict[str, Limit[Any]]] = {}
    ascending: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init_subclass__(cls) -> None:
        own = {name: limit for name, limit in vars(cls).items() if isinstance(limit, Limit)}
        inherited = [getattr(base, "declared", {}) for base in cls.__bases__]
        cls.declared = dict(ChainMap(own, *reversed(inherited)))

    def __init__(self, **values: object) -> None:
        self._hold(values, type(self).__name__)

    @classmethod
    def of(cls, values: Mapping[str, object], where: str) -> Self:
        """Limits from a mapping, such as a block of a params file.

        Args:
            values: by name.
            where: the mapping's place, for messages.

        Raises:
            InputError: an unknown name, a value that is not possible, or two that exclude another.
        """
        made = cls.__new__(cls)
        made._hold(values, where)
        return made

    def _hold(self, values: Mapping[str, object], where: str) -> None:
        refuse_unknown(where, values, self.declared)
        given = {name: self.declared[name].checked(value, where) for name, value in values.items()}
        self._values: dict[str, Value] = {
            name: given.get(name, limit.default) for name, limit in self.declared.items()
        }
        self._read: set[str] = set()
        for low, high in self.ascending:
            least, most = self._values[low], self._values[high]
            if not _ends(least)[-1] < _ends(most)[0]:
                raise InputError(
                    f"{where}: {low} is {plain(least)!r} and {high} {plain(most)!r}; expected the "
                    f"first under the second. Change one of them."
                )

    def __getitem__(self, name: str) -> Any:
        value = self._values[name]
        self._read.add(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def replace(self, **values: object) -> Self:
        """The same limits but for some; what is read of them counts as read of these."""
        other = type(self)(**(self._values | values))
        other._read = self._read
        return other

    @property
    def departures(self) -> dict[str, Value]:
        """The values that are not the registered ones."""
        return {
            name: plain(value)
            for name, value in self._values.items()
            if value != self.declared[name].default
        }

    @property
    def read_names(self) -> frozenset[str]:
        """Names of the limits whose values were asked for."""
        return frozenset(self._read)

    @property
    def read_values(self) -> dict[str, Value]:
        """The values that were asked for."""
        return {name: plain(v) for name, v in self._values.items() if name in self._read}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and other._values == self._values

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.departures.items())
        return f"{type(self).__name__}({given})"


KEPT = 256  # results of a function of limits that are kept


class ByLimits(Generic[Of, Found]):
    """A function of limits, called anew only where one that it asked for has another value.

    What it returns is handed out again as it is: it is not to be changed. Of many the ones that
    were asked for last are kept.
    """

    def __init__(self, function: Callable[[Of], Found]) -> None:
        self._function = function
        self._kept: list[tuple[dict[str, Any], Found]] = []  # the last one first

    def __call__(self, limits: Of) -> Found:
        for place, (asked, found) in enumerate(self._kept):
            if all(limits._values[name] == value for name, value in asked.items()):
                limits._read.update(asked)
                self._kept.insert(0, self._kept.pop(place))
                return found
        own = type(limits)(**limits._values)
        found = self._function(own)
        self._kept.insert(0, ({name: own._values[name] for name in own._read}, found))
        del self._kept[KEPT:]
        limits._read |= own._read
        return found


def _ends(value: Any) -> Sequence[Any]:
    return value if isinstance(value, tuple) else (value,)
