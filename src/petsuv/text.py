"""Numbers, times and UIDs as DICOM writes them; the header's clock has no time zone of its own."""

import hashlib
import re
import uuid
import warnings
from datetime import UTC, datetime, timedelta
from functools import lru_cache

CODECS = {"ISO_IR 100": "latin-1", "ISO_IR 192": "utf-8", "GB18030": "gb18030", "GBK": "gbk"}
CHINESE_EXTENSION, CHINESE_ESCAPE = "ISO 2022 IR 58", b"\x1b$)A"


@lru_cache(maxsize=4096)
def decimal(text: str) -> float | None:
    """A DICOM decimal string as a finite float; None where it is no such number."""
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return None
    value = float(text)
    return value if abs(value) < float("inf") else None


def text_of(raw: bytes | None) -> str:
    """Text without padding. Latin-1 reads any byte: no value that is used lies outside ASCII."""
    return (raw or b"").decode("latin-1").strip("\0 \t\r\n")


@lru_cache(maxsize=4096)
def parse_moment(text: str, timezone: str = "") -> datetime | None:
    """A DICOM date-time in the header's own clock; None where date, hour or minute is not given.

    Args:
        text: date-time, or date and time run together; old forms with separators are read.
        timezone: the header's offset from UTC, for values that carry an offset of their own.
    """
    match = re.fullmatch(
        r"(\d{4})[.]?(\d{2})[.]?(\d{2})(\d{2}):?(\d{2}):?(\d{2})?(?:\.(\d{1,6}))?([+-]\d{4})?", text
    )
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))
    except ValueError:
        return None
    moment += timedelta(seconds=float(f"0.{fraction or 0}"))
    if offset and re.fullmatch(r"[+-]\d{4}", timezone):
        moment += _offset(timezone) - _offset(offset)
    return moment


def _offset(text: str) -> timedelta:
    minutes = int(text[1:3]) * 60 + int(text[3:5])
    return timedelta(minutes=minutes if text[0] == "+" else -minutes)


def uid_of(*words: object) -> str:
    """A UID that is the same whenever the words are."""
    digest = hashlib.sha256("/".join(map(str, words)).encode()).digest()[:16]
    return f"2.25.{uuid.UUID(bytes=digest, version=4).int}"


def seconds(moment: datetime) -> float:
    """Seconds of the header's clock since 1970."""
    return moment.replace(tzinfo=UTC).timestamp()


def moment_of(clock_seconds: float) -> datetime:
    """The header's clock at that many seconds since 1970."""
    return datetime.fromtimestamp(clock_seconds, UTC).replace(tzinfo=None)


def decoded(raw: bytes | None, character_set: str) -> str:
    """A name in the file's character set; what cannot be read stands as a replacement mark."""
    raw = (raw or b"").strip(b"\0 ")
    named = [part.strip() for part in character_set.split("\\") if part.strip()]
    if CHINESE_EXTENSION in named:  # GB 2312 in the upper half; its escape may be left out
        raw, named = raw.replace(CHINESE_ESCAPE, b""), ["GB18030"]
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    if len(named) == 1 and named[0] in CODECS:
        return raw.decode(CODECS[named[0]], errors="replace")
    return _decoded_by_pydicom(raw, character_set)


def _decoded_by_pydicom(raw: bytes, character_set: str) -> str:
    """Text with escape sequences, or in one of the rarer sets."""
    from pydicom.charset import convert_encodings, decode_bytes

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its advice on sets that do not exist
        encodings = convert_encodings(character_set.split("\\"))
        return str(decode_bytes(raw, encodings, set()))
