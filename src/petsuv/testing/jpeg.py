"""A JPEG lossless encoder for the tests (ITU-T T.81, process 14, predictor 1, 16 bits).

No library of the environment encodes it, and archives hold PET in it. All code words have 5 bits.
"""

import struct

import numpy as np

CATEGORIES = 17
CODE_BITS = 5


def encode(pixels: np.ndarray) -> bytes:
    """A JPEG lossless stream of 16-bit pixels, shape (rows, columns)."""
    rows, columns = pixels.shape
    samples = pixels.astype(np.int64) & 0xFFFF
    predicted = np.empty_like(samples)
    predicted[:, 1:] = samples[:, :-1]
    predicted[1:, 0] = samples[:-1, 0]
    predicted[0, 0] = 1 << 15
    differences = (samples - predicted + 0x8000 & 0xFFFF) - 0x8000
    bits = "".join(_bits(int(value)) for value in differences.ravel())
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
    table = bytes([0, *([0] * (CODE_BITS - 1)), CATEGORIES, *([0] * 11), *range(CATEGORIES)])
    frame = struct.pack(">BHHB3B", 16, rows, columns, 1, 1, 0x11, 0)
    scan = bytes([1, 1, 0x00, 1, 0, 0])
    return b"".join(
        [b"\xff\xd8", _part(0xC4, table), _part(0xC3, frame), _part(0xDA, scan), data, b"\xff\xd9"]
    )


def _bits(difference: int) -> str:
    """Huffman code of a difference's category, then the difference in as many bits."""
    category = abs(difference).bit_length()
    code = format(category, f"0{CODE_BITS}b")
    if category in (0, 16):  # -32768 alone has category 16, and no bits after it
        return code
    low = difference if difference > 0 else difference + (1 << category) - 1
    return code + format(low, f"0{category}b")


def _part(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
