"""Sealing values with the key file, and opening them: Fernet, authenticated encryption (decision 9)."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path
from tempfile import NamedTemporaryFile

from engine.accounts import actors
from engine.command import Services
from engine.config import Settings
from engine.errors import ConflictError, UnavailableError
from engine.record import Record


def seal(services: Services, value: str) -> str:
    """Seal a value with the key of the settings, which is made on first use, for its owner alone.

    Where the store holds what another key has sealed, that one is missing, and none is made: an operator says
    by an empty file that it is lost for good.

    Raises:
        UnavailableError: the key file is missing, cannot be read or written, or others may read it.
        BadRequestError: nothing says where it is.
    """
    from cryptography.fernet import Fernet  # noqa: PLC0415 - few commands need it, and it takes 50 ms

    file = services.settings.key_file
    if not file.exists():
        _refuse_second_key(services, file)
        _make(file, Fernet.generate_key())
    elif not file.stat().st_size:
        _fill(file, Fernet.generate_key())
    try:
        return Fernet(_key(file)).encrypt(value.encode()).decode()
    except ValueError as error:
        raise UnavailableError(
            f"{file.absolute()} holds no key. Put it back from its backup, or empty it and "
            "set all secrets again."
        ) from error


def unseal(settings: Settings, name: str, sealed: str) -> str:
    """Open what was sealed.

    Raises:
        UnavailableError: the key file is not there, cannot be read, or others may read it.
        ConflictError: it was sealed with another key; names the secret.
        BadRequestError: nothing says where the key file is.
    """
    from cryptography.fernet import Fernet, InvalidToken  # noqa: PLC0415 - as above

    file = settings.key_file
    try:
        return Fernet(_key(file)).decrypt(sealed.encode()).decode()
    except (InvalidToken, ValueError) as error:  # ValueError: the file holds no key at all
        raise ConflictError(
            f"The secret “{name}” was sealed with another key than the one in {file.absolute()}. Put that "
            f"file back from its backup, or set the secret again: workbench secrets set {name}"
        ) from error


def _refuse_second_key(services: Services, file: Path) -> None:
    """Refuse to make a key beside the one that the store was sealed with.

    Raises:
        UnavailableError: the store holds what another key has sealed.
    """
    with services.reading(actors.system(services.workspace.workspace_id)) as tx:
        kinds = [kind for kind in tx.wiring.sealed if any(_is_sealed(one) for one in tx.find(kind))]
    if kinds:
        tables = ", ".join(kind.spec.table for kind in kinds)
        raise UnavailableError(
            f"The key file {file.absolute()} is not there, and the store holds what it has sealed "
            f"({tables}). Put it back from its backup. If it is lost for good, make an empty file there that "
            "only its owner may read: a new key goes into it, and all of that has to be set again."
        )


def _is_sealed(record: Record) -> bool:
    return getattr(record, "sealed", None) is not None


def _fill(file: Path, key: bytes) -> None:
    """Write a key into the empty file; of several processes the first does."""
    _key(file)  # others may not read it
    try:
        with file.open("r+b") as written:
            fcntl.flock(written, fcntl.LOCK_EX)
            if not written.read():
                written.write(key)
                written.flush()
                os.fsync(written.fileno())
    except OSError as error:
        raise UnavailableError(
            f"The key file {file.absolute()} cannot be written: {error.strerror}. Check its rights."
        ) from error


def _make(file: Path, key: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Written whole before it has its name: nobody finds half a key.
        with NamedTemporaryFile(dir=file.parent, prefix=".key-") as written:
            written.write(key)
            written.flush()
            os.fsync(written.fileno())
            os.link(written.name, file)
    except FileExistsError:
        return  # another process was faster: its key is the one
    except OSError as error:
        raise UnavailableError(
            f"The key file {file.absolute()} cannot be made: {error.strerror}. "
            "Check the rights of its folder."
        ) from error


def _key(file: Path) -> bytes:
    try:
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UnavailableError(
                f"Others on this machine may read {file.absolute()}, which opens all secrets: chmod 600 it."
            )
        return file.read_bytes()
    except OSError as error:
        raise UnavailableError(
            f"The key file {file.absolute()} cannot be read: {error.strerror}. Put it back from its backup; "
            "without it secrets have to be set again."
        ) from error
