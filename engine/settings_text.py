"""Settings as people write them: words of the environment, and the keys of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.errors import BadRequestError, UnknownFieldError


def parse(name: str, text: str, kind: type) -> Any:
    """Read a setting of a kind out of a word of the environment.

    Raises:
        BadRequestError: it is none of that kind; names the setting.
    """
    if kind is bool:
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off"}:
            return False
        raise BadRequestError(f"{name} is {text!r}; set it to true or false.")
    if kind is int:
        try:
            return int(text)
        except ValueError as error:
            raise BadRequestError(f"{name} is {text!r}; set it to a whole number.") from error
    return text


def read_file(file: Path, known: list[str]) -> dict[str, Any]:
    """Read the settings file; nothing where there is none.

    Raises:
        BadRequestError: it cannot be read, or is not TOML.
        UnknownFieldError: a key is not among the ``known``; says which may be meant.
    """
    try:
        written = file.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadRequestError(f"{file} cannot be read: {error.strerror}. Check its rights.") from error
    import difflib  # noqa: PLC0415 - most folders have no such file
    import tomllib  # noqa: PLC0415 - as above

    try:
        found = tomllib.loads(written.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRequestError(f"{file} is not TOML: {error}. Correct it there.") from error
    for key in found:
        if key not in known:
            close = difflib.get_close_matches(key.lower(), known, n=1)
            hint = f"Did you mean `{close[0]}`?" if close else f"The settings are {', '.join(known)}."
            raise UnknownFieldError(f"`{key}` in {file} is not a setting. {hint}")
    return found


def expect(origin: str, value: object, kind: type) -> Any:
    """Take a value of the file as it is, when it is of the setting's kind.

    Raises:
        BadRequestError: it is of another kind; names where it stands.
    """
    if type(value) is not kind:
        takes = {bool: "true or false, without quotes", int: "a whole number, without quotes"}
        raise BadRequestError(f"{origin} is {value!r}; set it to {takes.get(kind, 'text in quotes')}.")
    return value
