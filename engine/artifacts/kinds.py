"""What a file is, judged by its bytes; its name only chooses between kinds of text (ART-14)."""

from __future__ import annotations

import codecs
import re
import struct
import zipfile
import zlib
from pathlib import PurePath
from typing import IO, BinaryIO, cast

import filetype

from engine.budgets import BYTES_OF_A_ZIP_DIRECTORY, ENTRIES_OF_A_ZIP

UNKNOWN = "application/octet-stream"
HTML = "text/html"
SVG = "image/svg+xml"
TEXT = "text/plain"
PDF = "application/pdf"
ZIP = "application/zip"
#: Looked at to tell what a file is.
HEAD_BYTES = 64 * 1024

#: Extensions of text, and what each says.
TEXT_KINDS = {
    "txt": TEXT,
    "text": TEXT,
    "log": TEXT,
    "md": "text/markdown",
    "markdown": "text/markdown",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "html": HTML,
    "htm": HTML,
    "xhtml": HTML,
    "svg": SVG,
    "xml": "text/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "css": "text/css",
    "js": "text/javascript",
    "vtt": "text/vtt",
    "srt": TEXT,
}
_OFFICE = "application/vnd.openxmlformats-officedocument."
#: The folder inside a zip -> the office document that it makes.
_OFFICE_FOLDERS = {
    "word/": f"{_OFFICE}wordprocessingml.document",
    "xl/": f"{_OFFICE}spreadsheetml.sheet",
    "ppt/": f"{_OFFICE}presentationml.presentation",
}
#: What a zip may say of itself in its first entry; any other word is nobody's to believe.
_SAYS_ITSELF = re.compile(r"application/(?:epub\+zip|vnd\.oasis\.opendocument\.[a-z-]+)")
_LONGEST_KIND = 200
#: What the reader of zips says of those that are broken, encrypted, or packed in ways that it does not know.
_BROKEN_ZIP = (
    zipfile.BadZipFile, zlib.error, struct.error, UnicodeDecodeError, NotImplementedError, RuntimeError,
    ValueError, OverflowError, EOFError, OSError,
)  # fmt: skip
_OLE_START, OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"

#: What may stand before the first element: a byte order mark, declarations, comments.
_PROLOGUE = re.compile(r"(?:\s|\ufeff|<\?[^>]*\?>|<!--.*?-->)*", re.DOTALL)
_HTML_START = re.compile(r"<(?:!doctype\s+html|html|head|body|script|iframe|meta|title)\b", re.IGNORECASE)
_SVG_START = re.compile(r"<(?:!doctype\s+svg|(?:\w+:)?svg)\b", re.IGNORECASE)
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def extension(file_name: str | None) -> str:
    """Return the extension of a name in lower case, without its dot; empty where there is none."""
    return PurePath(file_name or "").suffix.lower().removeprefix(".")


def kind_of(stream: BinaryIO, file_name: str | None = None) -> str:
    """Return the content type that the bytes prove, and go back to the start.

    Text has no marks of its own, so there the name chooses; a text that begins as HTML or SVG is that,
    whatever it is called.
    """
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if head.startswith(_OLE_START):
        return OLE
    found = filetype.guess_mime(bytearray(head[:8192]))
    if head.startswith(b"PK\x03\x04"):
        return _inside_zip(stream)
    if found is not None:
        return str(found)
    text = text_of(head)
    return UNKNOWN if text is None else _kind_of_text(text, extension(file_name))


def text_of(head: bytes) -> str | None:
    """Return the beginning of a file as text, None where it is none; its last character may be cut."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    return None if has_control(text) else text


def has_control(text: str) -> bool:
    """Whether a text holds control characters, as only binary data has."""
    return _NO_TEXT.search(text) is not None


def is_text(kind: str) -> bool:
    """Whether the kind is one that people read line by line."""
    return kind in TEXT_KINDS.values()


def _kind_of_text(text: str, suffix: str) -> str:
    start = _PROLOGUE.match(text)
    at = start.end() if start else 0
    if _SVG_START.match(text, at):
        return SVG
    if _HTML_START.match(text, at):
        return HTML
    return TEXT_KINDS.get(suffix, TEXT) if suffix != "svg" else TEXT


def _inside_zip(stream: BinaryIO) -> str:
    """Say what a zip holds: an office document, else just files."""
    try:
        with zipfile.ZipFile(cast(IO[bytes], _Careful(stream))) as archive:
            names = archive.namelist()[:ENTRIES_OF_A_ZIP]
            if names[:1] == ["mimetype"]:
                return _said_by(archive)
    except _TooMuchError:
        return ZIP
    except _BROKEN_ZIP:
        return UNKNOWN
    finally:
        stream.seek(0)
    if "[Content_Types].xml" in names:
        for folder, kind in _OFFICE_FOLDERS.items():
            if any(name.startswith(folder) for name in names):
                return kind
    return ZIP


def _said_by(archive: zipfile.ZipFile) -> str:
    """Return what a zip's first entry says that it is, where a word of it is taken; else just files.

    However little an entry is said to hold, some ways of packing are unpacked to their end before anybody
    counts; as it has to be stored plainly, those are not opened.
    """
    entry = archive.infolist()[0]
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return ZIP
    with archive.open(entry) as file:
        said = file.read(_LONGEST_KIND).decode("ascii").strip()
    return said if _SAYS_ITSELF.fullmatch(said) else ZIP


class _TooMuchError(Exception):
    """A zip has a longer list of its entries than is read."""


class _Careful:
    """A file of which no more than a budget is read at one time, as its list of entries is."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size`` of them."""
        most = BYTES_OF_A_ZIP_DIRECTORY + 1
        data = self._stream.read(most if size < 0 else min(size, most))
        if len(data) == most:
            raise _TooMuchError
        return data
