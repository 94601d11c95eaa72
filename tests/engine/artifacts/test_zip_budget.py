"""A zip is asked what it is in little time and memory, whatever it promises to hold (S1)."""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import tracemalloc
import zipfile
import zlib

import pytest

from engine import budgets
from engine.artifacts import intake, kinds
from engine.errors import FileTypeError

_NAME = b"mimetype"
_ZEROS = bytes(16 * 1024 * 1024)


def zip_of(data: bytes, method: int, says: int = 100, entries: int = 1, crc: int = 0) -> bytes:
    """Make a zip whose first entry is said to hold ``says`` bytes, and is listed so often."""
    size = len(data)
    facts = (method, 0, 0, crc, size, says, len(_NAME))
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, *facts, 0) + _NAME
    fields = (b"PK\x01\x02", 20, 0, 20, 0, 0, *facts, 0, 0, 0, 0, 0, 0)
    listed = (struct.pack("<4s4B4HL2L5H2L", *fields) + _NAME) * entries
    count = min(entries, 0xFFFF)
    start = len(local) + size
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(listed), start, 0)
    return local + data + listed + end


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def lzma_of(data: bytes) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}]
    return b"\x09\x04\x05\x00\x5d\x00\x00\x01\x00" + lzma.compress(data, lzma.FORMAT_RAW, filters=filters)


def dictionary_of_lzma(data: bytes) -> bytes:
    """Ask for four GiB of memory before the first byte."""
    return b"\x09\x04\x05\x00\x5d\xff\xff\xff\xff" + data[:40]


#: What packs the zeros; asked in the test, since it takes its time.
BOMBS = {
    "deflate": (deflated, zipfile.ZIP_DEFLATED),
    "bzip2": (bz2.compress, zipfile.ZIP_BZIP2),
    "lzma": (lzma_of, zipfile.ZIP_LZMA),
    "a dictionary of lzma": (dictionary_of_lzma, zipfile.ZIP_LZMA),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_nothing_of_a_zip_is_unpacked_further_than_the_word_that_it_may_say(bomb: str):
    pack, method = BOMBS[bomb]
    file = io.BytesIO(zip_of(pack(_ZEROS), method))
    tracemalloc.start()
    try:
        kind = kinds.kind_of(file, "a.zip")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * 1024 * 1024
    assert kind in (kinds.ZIP, kinds.UNKNOWN)


def test_of_a_long_list_of_entries_no_more_is_read_than_its_budget(monkeypatch: pytest.MonkeyPatch):
    made: list[str] = []
    begin = zipfile.ZipInfo.__init__
    monkeypatch.setattr(
        zipfile.ZipInfo, "__init__", lambda self, *given: (made.append("one"), begin(self, *given))[1]
    )
    assert kinds.kind_of(io.BytesIO(zip_of(b"", 0, 0, entries=300_000)), "a.zip") == kinds.ZIP
    assert len(made) <= budgets.BYTES_OF_A_ZIP_DIRECTORY // 46


@pytest.mark.parametrize("method", [0, 1, 6, 8, 9, 12, 14, 93, 95, 97, 99])
def test_a_broken_zip_is_nothing_known_or_just_a_zip_and_no_fault_of_ours(method: int):
    broken = zip_of(b"\xff\xfe no packed bytes at all", method)
    assert kinds.kind_of(io.BytesIO(broken), "a.zip") in (kinds.ZIP, kinds.UNKNOWN)


@pytest.mark.parametrize(
    "word", ["image/png", "application/pdf", "text/html", "text/plain", "image/svg+xml", "a\r\nX: y", ""]
)
def test_a_zip_may_not_say_that_it_is_anything_but_a_document_of_those_that_are_zips(word: str):
    said = word.encode()
    file = io.BytesIO(zip_of(said, zipfile.ZIP_STORED, len(said), crc=zlib.crc32(said)))
    assert kinds.kind_of(file, "a.bin") == kinds.ZIP
    with pytest.raises(FileTypeError):
        intake.check_content(file, "a.png")


@pytest.mark.parametrize("word", ["application/epub+zip", "application/vnd.oasis.opendocument.text-template"])
@pytest.mark.parametrize(("pack", "method"), [(bytes, zipfile.ZIP_STORED), (deflated, zipfile.ZIP_DEFLATED)])
def test_documents_that_are_zips_say_so_themselves(word: str, pack, method: int):
    said = word.encode()
    file = io.BytesIO(zip_of(pack(said), method, len(said), crc=zlib.crc32(said)))
    assert kinds.kind_of(file, "a") == word
