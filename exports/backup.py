"""A backup: everything that a store holds, in one file, taken while people work (NFR-015).

An export is for others: portable, without what is secret. A backup is for oneself: the database as it is,
with passwords, sessions and what waits to be done, and the files that people uploaded. It is a tar file whose
last entry is a manifest that names all others with their hashes: one that was cut off has none.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

from engine.artifacts.blobs import DamagedFileError, blobs_of
from engine.clock import SystemClock, to_text
from engine.config import Settings
from engine.errors import BadRequestError, ConflictError, NotFoundError, UnavailableError
from engine.store import backups
from engine.upgrades import require_store

MANIFEST = "manifest.json"
_FORMAT, _FORMAT_VERSION = "workbench-backup", 1
_DATABASE = "database"
_BLOB = re.compile(r"blobs/([0-9a-f]{64})")
_MOST_OF_MANIFEST = 256 * 1024 * 1024
#: What a manifest says, beside what it is of.
_SAID: Mapping[str, type] = {
    **dict.fromkeys(("made_at", "release", "database", "schema", "store_mark"), str),
    "schema_version": int,
    "files": dict,
    "left_out": list,
}


@dataclass(frozen=True)
class Backup:
    """What a backup holds."""

    made_at: str
    release: str
    schema_version: int
    #: How many uploaded files are in it.
    files: int
    #: Uploaded files that were damaged on the disk, and are not in it.
    left_out: tuple[str, ...]


def write(settings: Settings, target: Path) -> Backup:
    """Write a backup of the store and its files to ``target``, which appears whole or not at all.

    Whatever was committed before this began is in it. A file that is damaged on the disk is left out, and
    named: all others are worth keeping.

    Raises:
        ConflictError: ``target`` exists, or there is no store.
        UnavailableError: the database cannot be read, or ``target`` cannot be written.
    """
    require_store(settings)
    backups.kind_of(settings.database)
    if target.exists():
        raise ConflictError(f"{target} exists already; nothing was changed. Name a new file.")
    made_at, blobs = to_text(SystemClock().now()), blobs_of(settings)
    with _disk_errors(target), _draft_of(target) as draft, tarfile.open(draft, "w") as archive:
        writer = _Writer(archive)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=draft.parent) as folder:
            copy = Path(folder) / _DATABASE
            copied = backups.copy_store(settings.database, copy)
            with copy.open("rb") as database:
                writer.add(_DATABASE, database)
        # Files are kept before the record that names them, and never changed: those of the copy are there.
        left_out = []
        for sha256 in blobs.iterate():
            try:
                stream = blobs.open(sha256)
            except (NotFoundError, DamagedFileError):
                left_out.append(sha256)
                continue
            with stream:
                writer.add(f"blobs/{sha256}", stream)
        manifest = {
            "format": _FORMAT,
            "format_version": _FORMAT_VERSION,
            "made_at": made_at,
            "release": version("workbench"),
            "schema_version": copied.schema_version,
            "database": copied.database,
            "schema": copied.schema,
            "chains": {name: f"{count}:{digest}" for name, (count, digest) in copied.heads.items()},
            "store_mark": blobs.mark(),
            "files": writer.files,
            "left_out": left_out,
        }
        writer.add_text(MANIFEST, json.dumps(manifest, indent=1))
    return _told(manifest)


def restore(settings: Settings, source: Path) -> Backup:
    """Bring a backup back to where no store is, every hash checked before anything is written.

    Raises:
        BadRequestError: the file is no whole backup; names what is wrong.
        ConflictError: there is a store or another kind of database, or another store's folder of files.
        UnavailableError: the database or the folder of files cannot be written to.
    """
    with _opened(source) as archive:
        manifest = _read_manifest(archive, source)
        kind = backups.kind_of(settings.database)
        if manifest["database"] != kind:
            raise ConflictError(
                f"{source} is a backup of {manifest['database']}, and {kind} is set; nothing was changed. "
                "Restore it there; an export, `workbench export`, goes from one to the other."
            )
        backups.refuse_used(settings.database)
        blobs, mark = blobs_of(settings), manifest["store_mark"]
        if mark and blobs.mark() not in ("", mark):
            raise ConflictError(
                f"{blobs.place} holds the files of another store; nothing was changed. Name another place."
            )
        _check(archive, manifest, source)
        for name in sorted(manifest["files"]):
            if found := _BLOB.fullmatch(name):
                with _entry(archive, name, source) as stream:
                    if not blobs.holds(found[1]):
                        blobs.put(cast(Any, stream), manifest["files"][name]["bytes"])
        if mark:
            blobs.set_mark(mark)
        _put_database_back(settings, archive, source, manifest["schema"])
    return _told(manifest)


def _put_database_back(settings: Settings, archive: tarfile.TarFile, source: Path, schema: str) -> None:
    folder = settings.blob_folder or Path(tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    with _disk_errors(folder), tempfile.TemporaryDirectory(prefix="incoming-", dir=folder) as place:
        copy = Path(place) / _DATABASE
        with _entry(archive, _DATABASE, source) as stream, copy.open("wb") as target:
            for chunk in _chunks(stream):
                target.write(chunk)
        backups.put_back(settings.database, copy, schema)


class _Writer:
    """Adds files to an archive, and remembers them for its manifest."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        #: What is in it: name -> bytes and sha256.
        self.files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, stream: IO[bytes]) -> None:
        """Add a file, from its beginning."""
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        hashing = _Hashing(stream)
        self._archive.addfile(_entry_of(name, size), cast(IO[bytes], hashing))
        self.files[name] = {"bytes": size, "sha256": hashing.digest.hexdigest()}

    def add_text(self, name: str, text: str) -> None:
        """Add the last file, which tells of the others."""
        data = text.encode()
        self._archive.addfile(_entry_of(name, len(data)), BytesIO(data))


class _Hashing:
    """Hashes what is read of a file."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.digest = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        data = self._stream.read(size)
        self.digest.update(data)
        return data


def _entry_of(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(SystemClock().now().timestamp())
    return entry


@contextmanager
def _draft_of(target: Path) -> Iterator[Path]:
    """Give a file beside ``target``, its owner's alone, that becomes it at the end, on the disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _disk_errors(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"{place} cannot be written: {error.strerror or error}. Free some space, or choose another place."
        ) from error


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, "r:") as archive:
            _read_headers(archive)
            yield archive
    except (tarfile.TarError, EOFError) as error:
        raise _no_backup(source, "it is no tar file, or was cut off") from error


def _read_headers(archive: tarfile.TarFile) -> None:
    try:
        archive.getmembers()
    except ValueError as error:  # a header holds a number that is none
        raise tarfile.ReadError(str(error)) from error


def _read_manifest(archive: tarfile.TarFile, source: Path) -> dict[str, Any]:
    try:
        entry = archive.getmember(MANIFEST)
    except KeyError:
        raise _no_backup(source, f"it has no {MANIFEST}: it is something else, or was cut off") from None
    if entry.size > _MOST_OF_MANIFEST:
        raise _no_backup(source, f"its {MANIFEST} is too large")
    with _entry(archive, MANIFEST, source) as stream:
        try:
            found: Any = json.loads(stream.read())
        except (ValueError, RecursionError) as error:
            raise _no_backup(source, f"its {MANIFEST} is not JSON") from error
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise _no_backup(source, f"its {MANIFEST} is of something else")
    if found.get("format_version") != _FORMAT_VERSION:
        raise _no_backup(
            source, f"it was made by a newer release, {found.get('release')}: restore it with that"
        )
    if not _is_whole(found):
        raise _no_backup(source, f"its {MANIFEST} lacks something, or says it in another form")
    return found


def _is_whole(manifest: dict[str, Any]) -> bool:
    """Whether a manifest says all that is read of it, before anything is written."""
    return (
        all(type(manifest.get(name)) is kind for name, kind in _SAID.items())
        and manifest["store_mark"].isascii()
        and all(
            isinstance(facts, dict)
            and isinstance(facts.get("bytes"), int)
            and isinstance(facts.get("sha256"), str)
            for facts in manifest["files"].values()
        )
    )


def _check(archive: tarfile.TarFile, manifest: dict[str, Any], source: Path) -> None:
    """Hold every file of a backup against its manifest.

    Raises:
        BadRequestError: one is missing, added or changed.
    """
    names = [entry.name for entry in archive.getmembers() if entry.name != MANIFEST]
    if sorted(names) != sorted(manifest["files"]) or _DATABASE not in names:
        raise _no_backup(source, "it does not hold the files that its manifest names")
    for name, facts in manifest["files"].items():
        digest, size = hashlib.sha256(), 0
        with _entry(archive, name, source) as stream:
            for chunk in _chunks(stream):
                digest.update(chunk)
                size += len(chunk)
        blob = _BLOB.fullmatch(name)
        if blob is None and name != _DATABASE:
            raise _no_backup(source, f"{name} has no place in one")
        if (size, digest.hexdigest()) != (facts["bytes"], facts["sha256"]) or (
            blob is not None and blob[1] != facts["sha256"]
        ):
            raise _no_backup(source, f"{name} was changed or damaged")


@contextmanager
def _entry(archive: tarfile.TarFile, name: str, source: Path) -> Iterator[IO[bytes]]:
    entry = archive.getmember(name)
    # A file with holes takes no room in the archive, and as much as somebody wrote there on the disk.
    stream = archive.extractfile(entry) if entry.isreg() and not entry.issparse() else None
    if stream is None:
        raise _no_backup(source, f"{name} is no file")
    with stream:
        yield stream


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    read: Callable[[], bytes] = lambda: stream.read(1024 * 1024)  # noqa: E731 - what iter() asks for
    return iter(read, b"")


def _no_backup(source: Path, why: str) -> BadRequestError:
    return BadRequestError(f"{source} is no whole backup: {why}. Nothing was changed. Take another one.")


def _told(manifest: dict[str, Any]) -> Backup:
    return Backup(
        made_at=manifest["made_at"],
        release=manifest["release"],
        schema_version=manifest["schema_version"],
        files=sum(name != _DATABASE for name in manifest["files"]),
        left_out=tuple(manifest["left_out"]),
    )
