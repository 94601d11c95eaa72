"""The one door for uploaded files: what a file must be before anything of it is kept (ART-14, SEC-06)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Any, BinaryIO

import filetype

from engine.artifacts import kinds, texts
from engine.artifacts.active_content import find_active
from engine.artifacts.blobs import Blob, BlobStore
from engine.budgets import BYTES_OF_MARKUP, CHARACTERS_OF_A_FILE_NAME
from engine.errors import (
    ActiveContentError,
    EmptyFileError,
    FileNameError,
    FileTypeError,
    UploadTooLargeError,
    bad_field,
)

#: Control characters, lone surrogates, and what nobody sees or what turns the direction of a name (S26).
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_CHUNK_BYTES = 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

#: Extension -> what the bytes must be.
_MUST_BE: dict[str, tuple[str, ...]] = {
    "png": ("image/png", "image/apng"),
    "jpg": ("image/jpeg",),
    "jpeg": ("image/jpeg",),
    "gif": ("image/gif",),
    "webp": ("image/webp",),
    "pdf": ("application/pdf",),
    "zip": (kinds.ZIP,),
    "docx": (f"{_OFFICE}wordprocessingml.document",),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet",),
    "pptx": (f"{_OFFICE}presentationml.presentation",),
    "odt": (f"{_OPEN}text",),
    "ods": (f"{_OPEN}spreadsheet",),
    "odp": (f"{_OPEN}presentation",),
    "epub": ("application/epub+zip",),
    "doc": (kinds.OLE,),
    "xls": (kinds.OLE,),
    "ppt": (kinds.OLE,),
}
#: Extensions that promise something to hear or to watch; which of the two, the bytes seldom say.
_MEDIA = frozenset({"video", "audio"})


@dataclass(frozen=True)
class Received:
    """A file that was taken in."""

    blob: Blob
    file_name: str
    #: What its bytes are.
    content_type: str


def receive(blobs: BlobStore, stream: BinaryIO, file_name: str | None, max_bytes: int) -> Received:
    """Take in a file that is what its name says and runs nothing; otherwise keep nothing of it.

    Raises:
        FileNameError: the name holds a path, control characters, or nothing.
        EmptyFileError: there is nothing in it.
        UploadTooLargeError: it is larger than ``max_bytes``.
        FileTypeError: the bytes are not what the name says.
        ActiveContentError: HTML or SVG that would run something.
        UnavailableError: the disk cannot keep it.
    """
    name = check_name(file_name)
    found: list[str] = []
    blob = blobs.put(stream, max_bytes, check=lambda file: found.append(check_content(file, name)))
    texts.prepare(blobs, blob.sha256, found[0])
    return Received(blob, name, found[0])


def check_name(given: str | None) -> str:
    """Return a plain file name.

    Raises:
        FileNameError: it is not a plain name; a path is refused, never cut to its last part.
    """
    name = (given or "").strip()
    shown = _HIDDEN.sub("�", name[:80])
    if not name or not name.strip("."):
        raise FileNameError(
            "The file has no name. Give it one, then send it again.",
            details=_at_file("the file has no name; give it one"),
        )
    if "/" in name or "\\" in name or name.startswith(".."):
        message = f"The file's name “{shown}” holds a path. Send it under a plain name, such as report.pdf."
        raise FileNameError(message, details=_at_file("the name holds a path; rename the file"))
    if _HIDDEN.search(name):
        message = f"The file's name “{shown}” holds control characters. Rename it, then send it again."
        raise FileNameError(message, details=_at_file("the name holds control characters; rename the file"))
    if len(name) > CHARACTERS_OF_A_FILE_NAME:
        most = CHARACTERS_OF_A_FILE_NAME
        message = f"The file's name has {len(name)} characters; {most} is the most. Shorten it."
        raise FileNameError(message, details=_at_file("the name is too long; shorten it"))
    return name


def check_content(file: BinaryIO, name: str) -> str:
    """Find out what the bytes are, and hold it against the name.

    Raises:
        EmptyFileError, FileTypeError, ActiveContentError, UploadTooLargeError: see ``receive``.
    """
    if not file.read(1):
        raise EmptyFileError(
            f"“{name}” is empty. Save it with what it should hold, then send it again.",
            details=_at_file("the file is empty; save it with what it should hold"),
        )
    file.seek(0)
    kind, suffix = kinds.kind_of(file, name), kinds.extension(name)
    if suffix in kinds.TEXT_KINDS:
        _check_is_text(file, name, kind)
    elif not _may_be(suffix, kind):
        raise _contradiction(name, suffix, kind)
    if kind in (kinds.HTML, kinds.SVG):
        _check_is_passive(file, name, kind)
    return kind


def _may_be(suffix: str, kind: str) -> bool:
    """Whether bytes of this kind may have this extension, which is not one of text files."""
    if suffix in _MUST_BE:
        return kind in _MUST_BE[suffix]
    promised = filetype.get_type(ext=suffix)
    if promised is None:
        return True  # nobody knows what it should be; it is handed out as a download only
    family, own = str(promised.mime).partition("/")[0], kind.partition("/")[0]
    if kinds.is_text(kind) or kind in (kinds.HTML, kinds.SVG):
        return False
    return kind == kinds.UNKNOWN or family == own or {family, own} <= _MEDIA


def _check_is_text(file: BinaryIO, name: str, kind: str) -> None:
    suffix = kinds.extension(name)
    is_markup = kind in (kinds.HTML, kinds.SVG)
    if not kinds.is_text(kind) or (is_markup and kinds.TEXT_KINDS[suffix] not in (kind, "text/xml")):
        raise _contradiction(name, suffix, kind)
    if kinds.TEXT_KINDS[suffix] == kinds.SVG and kind != kinds.SVG:
        raise _contradiction(name, suffix, kind)
    decoder, ends = codecs.getincrementaldecoder("utf-8")(), False
    while not ends:
        chunk = file.read(_CHUNK_BYTES)
        ends = not chunk
        try:
            has_others = kinds.has_control(decoder.decode(chunk, final=ends))
        except UnicodeDecodeError:
            has_others = True
        if has_others:
            raise FileTypeError(
                f"“{name}” is not text in UTF-8, as .{suffix} says. Save it as UTF-8, then send it again.",
                details=_at_file("this is not text in UTF-8; save it as UTF-8, then send it again"),
            )
    file.seek(0)


def _check_is_passive(file: BinaryIO, name: str, kind: str) -> None:
    data = file.read(BYTES_OF_MARKUP + 1)
    file.seek(0)
    if len(data) > BYTES_OF_MARKUP:
        most = f"{BYTES_OF_MARKUP // 1024 // 1024} MiB"
        raise UploadTooLargeError(
            f"“{name}” is larger than {most}, which is the most for HTML and SVG. Send it as PDF or zip.",
            details=_at_file(f"more than {most}; send it as PDF or zip"),
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileTypeError(
            f"“{name}” begins as {kind}, but is not text in UTF-8. Save it as UTF-8, then send it again.",
            details=_at_file("this is not text in UTF-8; save it as UTF-8, then send it again"),
        ) from error
    if found := find_active(text, kind):
        raise ActiveContentError(
            f"“{name}” holds {found}, which would run or load something in the browser of whoever looks "
            "at it. Take it out, or send a PDF or a picture.",
            details=_at_file(f"it holds {found}; take that out, or send a PDF or a picture"),
        )


def _contradiction(name: str, suffix: str, kind: str) -> FileTypeError:
    found = "no text in UTF-8" if suffix in kinds.TEXT_KINDS else "something else"
    found = found if kind == kinds.UNKNOWN else kind
    return FileTypeError(
        f"“{name}” is not what .{suffix} says: its bytes are {found}. Save it in the right format, or give "
        "it the name of what it is.",
        details=_at_file(f"its bytes are {found}, not .{suffix}; save it in that format, or rename it"),
    )


def _at_file(message: str) -> list[dict[str, Any]]:
    return bad_field("file", message).details
