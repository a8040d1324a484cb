"""Text as a reader or a program can take it: encodings undone, nothing hidden, widths alike."""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from urllib.parse import unquote_to_bytes

DASHES = dict.fromkeys(map(ord, "‐‑‒–—−﹘﹣"), "-")
# Cyrillic and Greek letters that look like Latin ones, read as these inside a Latin word.
ALIKE = dict(
    zip(
        map(ord, "АВЕКМНОРСТХІЈЅаеорсухіјѕԁɡΑΒΕΖΗΙΚΜΝΟΡΤΥΧο"),
        "ABEKMHOPCTXIJSaeopcyxijsdgABEZHIKMNOPTYXo",
        strict=True,
    )
)
MIXED = re.compile(r"\b(?=\w*[A-Za-z])(?=\w*[\u0400-\u04ff\u0370-\u03ff\u0261])[\w]+\b")
HAN_DIGITS = dict(
    zip(map(ord, "〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖"), "00123456789123456789", strict=True)
)
PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}){2,}")
QUOTED = re.compile(r"(?:=[0-9A-F]{2}){2,}")
HEX = re.compile(r"(?<![0-9A-Za-z])(?:0x)?((?:[0-9A-Fa-f]{2}){4,})(?![0-9A-Za-z])")
ESCAPE = re.compile(r"(?:\\u\{?[0-9A-Fa-f]{4,6}\}?|\\x[0-9A-Fa-f]{2}|\\U[0-9A-Fa-f]{8})+")
BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_=-])(?:[A-Za-z0-9+/_-]{8,4096}={0,2}|[A-Za-z0-9+/]{6,7}={1,2})"
    r"(?![A-Za-z0-9+/_=-])"
)
HIGH = re.compile(r"[\u0080-\u00ff\u0152-\u0178\u02c6-\u2122]{4,}")
HAN_NUMBER = re.compile(r"[〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖]{4,}")


def normal(text: str) -> str:
    """Text as a reader takes it: codes read, widths and dashes alike, nothing hidden."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "\\" in text:
        text = ESCAPE.sub(_escaped, text)
    if "%" in text:
        text = PERCENT.sub(lambda found: _decoded(unquote_to_bytes(found[0]), found[0]), text)
    if "=" in text:
        text = QUOTED.sub(lambda found: _decoded(_hex(found[0].replace("=", "")), found[0]), text)
    if not text.isascii():
        text = HIGH.sub(_mended, text)
        shown = "".join(
            letter for letter in text if unicodedata.category(letter) not in ("Cf", "Co", "Cn")
        )
        text = unicodedata.normalize("NFKC", shown).translate(DASHES)
        text = MIXED.sub(lambda found: found[0].translate(ALIKE), text)
        text = HAN_NUMBER.sub(lambda found: found[0].translate(HAN_DIGITS), text)
    return text


def readings(text: str) -> Iterator[str]:
    """The text as read, and what its base64 and hexadecimal parts say where they say something."""
    plain = normal(text)
    yield plain
    for pattern, decode in ((BASE64, _base64), (HEX, _hex_group)):
        for found in pattern.finditer(plain):
            said = _readable(decode(found[0]))
            if said:
                yield normal(said)


@cache
def _readable(data: bytes) -> str:
    """Bytes as text where they are one of at least two letters; else empty."""
    for encoding in ("utf-8", "gb18030", "utf-16-le"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(text) >= 2 and _is_plausible(text, encoding):
            return text
    return ""


def _is_plausible(text: str, encoding: str) -> bool:
    """True for text that somebody may have written: printable, and common characters only."""
    if not all(letter.isprintable() or letter in "\n\r\t" for letter in text):
        return False
    if encoding == "utf-8" and (len(text) >= 4 or not text.isascii()):
        return True
    # Any bytes are some text in the other encodings: only common Chinese characters count.
    han = [letter for letter in text if "\u3400" <= letter <= "\u9fff"]
    rest = len([letter for letter in text if not letter.isascii()]) - len(han)
    return len(han) >= 2 and not rest and all(is_common(letter) for letter in han)


def is_common(letter: str) -> bool:
    """True for a Chinese character of the first level of GB 2312: the 3,755 in daily use."""
    try:
        return b"\xb0" <= letter.encode("gb2312")[:1] <= b"\xd7"
    except UnicodeEncodeError:
        return False


def _base64(text: str) -> bytes:
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(text) % 4 == 1:
        return b""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _hex(text: str) -> bytes:
    return bytes.fromhex(text)


def _hex_group(text: str) -> bytes:
    return _hex(text.removeprefix("0x"))


def _decoded(data: bytes, written: str) -> str:
    """Bytes of a percent or quoted code as UTF-8 or as GBK; as written where they are neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return written


def _escaped(found: re.Match[str]) -> str:
    units = re.findall(r"\\(?:u\{?|x|U)([0-9A-Fa-f]+)", found[0])
    coded = b"".join(
        chr(int(unit, 16)).encode("utf-16-le", "surrogatepass")
        for unit in units
        if int(unit, 16) <= 0x10FFFF
    )
    text = coded.decode("utf-16-le", "replace")
    # Bytes written as \xe5\xbc\xa0 are UTF-8 or GBK.
    return _mended_bytes(text) if len(text) > 1 and max(map(ord, text)) < 0x100 else text


def _mended(found: re.Match[str]) -> str:
    """Chinese that was read as Latin: put right where that makes common characters of it."""
    return _mended_bytes(found[0])


def _mended_bytes(text: str) -> str:
    for encoding in ("latin-1", "cp1252"):
        try:
            data = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        for target in ("utf-8", "gb18030"):
            try:
                said = data.decode(target)
            except UnicodeDecodeError:
                continue
            # Any bytes are some text in GB 18030: only common Chinese characters count there.
            han = said != text and all("\u3400" <= letter <= "\u9fff" for letter in said)
            if han and (target == "utf-8" or all(map(is_common, said))):
                return said
    return text
