"""What is known of a study's people, searched literally: every spelling, width, spacing and order.

No list of patterns replaces this: a name that is also a word, an id of any form, the hash of a
record number are found because the study itself holds them.
"""

import base64
import hashlib
import itertools
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from compendium.privacy import identifiers
from compendium.privacy.forms import listed
from compendium.privacy.readings import readings

HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")
SHORTEST_HASH = 8  # hexadecimal digits of a hash that was cut off
_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8,128}(?![0-9A-Za-z])")
_CODE = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/_-]{22,88}(?![A-Za-z0-9+/])")
_HAN = re.compile(r"[\u3400-\u9fff]")
# What a text calls a person, before an id that alone would be any number or word; not of an amount.
_NAMED = re.compile(
    r"(?i)(?<![a-z])(?:patient|subject|participant|case|pt|患者|病人|病例|受试者)"
    r"[\W_]{0,3}(?:(?:no|nr|number|id|code|编号|序号|号)(?![a-z])[\W_]{0,3})?"
    r"([a-z0-9_-]+)"
    r"(?![a-z0-9%]|\.\d|[ -](?:days?|weeks?|months?|years?|times|mm|cm|[GM]Bq|lesions?|scans?)\b"
    r"|\s?[例人名个岁月年天次])"
)
_SIGNS = r"[\s\W_]{0,3}"
_FEW_SIGNS = r"[ \-._/,]{0,2}"
NO_VALUES = frozenset(
    listed(
        "yes no na n/a none unknown male female missing other true false 不详 未知 没有 男性 女性"
    )
)


@dataclass(frozen=True)
class _Value:
    """One value: its kind, what of it a text without signs must hold, and its pattern."""

    kind: str
    cores: tuple[str, ...]
    pattern: re.Pattern[str]


@dataclass
class KnownValues:
    """Values that must not be published, each with its kind."""

    _values: dict[str, _Value] = field(default_factory=dict)
    _hashes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _short: dict[str, str] = field(default_factory=dict)

    def add(self, value: str, kind: str) -> None:
        """A value that identifies: a name, a number, an address, a date."""
        plain = identifiers.normal(value).strip()
        core = _core(plain)
        if plain.casefold() in NO_VALUES or not _tells(plain, core):
            return
        patterns = list(_patterns(plain))
        cores = tuple(dict.fromkeys(_core(one) for one, _ in patterns))
        joined = "|".join(pattern for _, pattern in patterns)
        self._values.setdefault(plain, _Value(kind, cores, re.compile(joined, re.IGNORECASE)))
        self.add_hashes(value, kind)

    def add_word(self, value: str, kind: str) -> None:
        """A value that counts as a whole word only, such as a pseudonym or a machine's name.

        One of digits, or of less than four signs, counts only after what a person is called.
        """
        plain = identifiers.normal(value).strip()
        if len(plain) >= 4 and not re.fullmatch(r"[\d.\-]*", plain):
            spelt = re.sub(r"(?<=[A-Za-z])(?=\d)", "[-_]?", re.escape(plain))
            pattern = re.compile(_bounded(spelt), re.IGNORECASE)
            self._values.setdefault(plain, _Value(kind, (_core(plain),), pattern))
        else:
            self._short[plain.casefold()] = kind

    def add_hashes(self, value: str, kind: str) -> None:
        """Unsalted hashes of a value, whole or cut off, in hexadecimal and base64."""
        for hashed in _hashes(value):
            for start in {hashed[:SHORTEST_HASH], hashed.lstrip("0")[:SHORTEST_HASH]}:
                self._hashes.setdefault(start, []).append((hashed, kind))

    def find(self, text: str) -> Iterator[identifiers.Hit]:
        """Every known value in a text, however it is written."""
        for plain in readings(text):
            core = _core(plain)
            for value in self._values.values():
                if any(part in core for part in value.cores):
                    for found in value.pattern.finditer(plain):
                        yield identifiers.Hit(value.kind, found[0])
            for called in _NAMED.finditer(plain) if self._short else ():
                if kind := self._short.get(called[1].casefold()):
                    yield identifiers.Hit(kind, called[0])
            yield from self._hashed(plain)

    def _hashed(self, plain: str) -> Iterator[identifiers.Hit]:
        for found in itertools.chain(_HEX.finditer(plain), _CODE.finditer(plain)):
            for token in {found[0], found[0].lower()}:
                for hashed, kind in self._hashes.get(token[:SHORTEST_HASH], ()):
                    if hashed.startswith(token) or hashed.lstrip("0").startswith(token):
                        yield identifiers.Hit(f"hash of a {kind}", token)


def _core(text: str) -> str:
    """Letters and digits alone, in one case."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _tells(plain: str, core: str) -> bool:
    """True for a value long enough to be somebody's: two Chinese characters, four others."""
    if _HAN.search(plain):
        return len(core) >= 2
    return len(core) >= (5 if core.isdigit() else 4) or len(re.findall("[A-Za-z]+", plain)) >= 2


def _patterns(plain: str) -> Iterator[tuple[str, str]]:
    """Each spelling of a value, and its pattern."""
    core = re.sub(r"[\W_]+", "", plain)
    if _HAN.search(core):
        yield core, _SIGNS.join(map(re.escape, core))
        if 2 <= len(core) <= 4 and all(map(_HAN.match, core)):
            # the given name before the surname, and from right to left
            turns = [core[cut:] + core[:cut] for cut in range(1, len(core))]
            for turned in dict.fromkeys([*turns, core[::-1]]):
                yield turned, _bounded_han(_SIGNS.join(map(re.escape, turned)))
    elif re.search(r"\d", core):
        yield core, _bounded(_FEW_SIGNS.join(map(re.escape, core)))
        short = core.lstrip("0")
        if short != core and len(short) >= 5:
            yield short, _bounded("0*" + _FEW_SIGNS.join(map(re.escape, short)))
    else:
        parts = re.findall(r"[^\W\d_]+", plain)
        for order in itertools.permutations(parts) if 2 <= len(parts) <= 4 else [parts]:
            yield "".join(order), _bounded(_SIGNS.join(map(re.escape, order)))


def _bounded(pattern: str) -> str:
    return rf"(?<![A-Za-z0-9.])(?<!\d,){pattern}(?![A-Za-z0-9]|[.,]\d)"


def _bounded_han(pattern: str) -> str:
    return rf"(?<![\u3400-\u9fff]){pattern}(?![\u3400-\u9fff])"


def _hashes(value: str) -> Iterator[str]:
    """Hashes of a value as it may have been written down or handed over."""
    plain = identifiers.normal(value).strip()
    spelt = {value, value.strip(), plain, plain.upper(), plain.lower(), plain.lstrip("0")}
    spelt |= {re.sub(r"[\W_]+", "", plain), f"{value}\n"}
    for text in filter(None, spelt):
        for encoding in ("utf-8", "gb18030", "utf-16-le"):
            data = text.encode(encoding, "replace")
            for name in HASHES:
                hashed = hashlib.new(name, data, usedforsecurity=False)
                yield hashed.hexdigest()
                yield base64.b64encode(hashed.digest()).decode().rstrip("=")
            yield f"{zlib.crc32(data):08x}"
