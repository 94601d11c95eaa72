"""Makes a screenshot's PNG smaller without losing a pixel: no filters, packed as hard as zlib can."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}


def shrink(data: bytes) -> bytes:
    """Return the same picture in fewer bytes, or ``data`` itself where nothing is gained.

    Flat pages repeat whole runs of pixels, which zlib finds best in rows that are not filtered.
    8-bit colour only.
    """
    chunks = list(_chunks(data))
    header = next(body for kind, body in chunks if kind == b"IHDR")
    width, height, _, colour = struct.unpack(">IIBB", header[:10])
    packed = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    rows = _plain_rows(packed, width * _CHANNELS[colour], height, _CHANNELS[colour])
    if colour == 6 and all(all(value == 255 for value in row[3::4]) for row in rows):
        rows, colour = [_without_alpha(row) for row in rows], 2
    header = header[:9] + bytes([colour]) + header[10:]
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    small = _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    return min(small, data, key=len)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _without_alpha(row: bytes) -> bytes:
    return b"".join(row[at : at + 3] for at in range(0, len(row), 4))


def _plain_rows(packed: bytes, length: int, height: int, step: int) -> list[bytes]:
    """Undo the filter of each row (PNG specification, section 9)."""
    rows, above = [], bytes(length)
    for number in range(height):
        start = number * (length + 1)
        above = _unfilter(packed[start], bytearray(packed[start + 1 : start + 1 + length]), above, step)
        rows.append(above)
    return rows


def _unfilter(kind: int, row: bytearray, above: bytes, step: int) -> bytes:
    for at in range(len(row) if kind else 0):
        left = row[at - step] if at >= step else 0
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = above[at]
        elif kind == 3:
            guess = (left + above[at]) // 2
        else:
            guess = _paeth(left, above[at], above[at - step] if at >= step else 0)
        row[at] = (row[at] + guess) & 255
    return bytes(row)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))
