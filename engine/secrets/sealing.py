"""Sealing values with the key file, and opening them: Fernet, authenticated encryption (decision 9)."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from tempfile import NamedTemporaryFile

from engine.config import Settings
from engine.errors import ConflictError, UnavailableError


def seal(settings: Settings, value: str) -> str:
    """Seal a value with the key of the settings, which is made on first use, for its owner alone.

    Raises:
        UnavailableError: the key file cannot be read or written, or others may read it.
        BadRequestError: nothing says where it is.
    """
    from cryptography.fernet import Fernet  # noqa: PLC0415 - few commands need it, and it takes 50 ms

    file = settings.key_file
    if not file.exists():
        _make(file, Fernet.generate_key())
    try:
        return Fernet(_key(file)).encrypt(value.encode()).decode()
    except ValueError as error:
        raise UnavailableError(
            f"{file.absolute()} holds no key. Put it back from its backup, or delete it and "
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
