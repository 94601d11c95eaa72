"""One look at the text of every request, before anything reads it (G13).

An address is UTF-8 without control characters, and no field of a form holds the character NUL: databases
differ in what they make of them, so nothing of that kind gets that far. What people write in a field is
checked by what keeps it (``engine.record``), which names the field.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from flask import request

from engine.errors import BadRequestError, bad_field
from engine.record import UNSTORABLE
from web.api import auth as api_auth


def check_address() -> None:
    """Look at the address of this request.

    Raises:
        BadRequestError: it is not UTF-8, or holds control characters.
    """
    _check("address", request.environ.get("PATH_INFO", "").encode("latin-1"))
    _check("part of the address after “?”", unquote_to_bytes(request.query_string.replace(b"+", b" ")))


def check_form() -> None:
    """Look at the form of this request, once its sender is known: a stranger's is not read.

    Raises:
        BadRequestError: a field holds NUL; names it.
    """
    if request.method != "POST" or api_auth.is_asked():
        return
    for name, value in request.form.items(multi=True):
        if "\0" in name or "\0" in value:
            shown = name.replace("\0", "")
            raise bad_field(
                shown,
                "holds the control character NUL",
                f"The field {shown!r} holds the control character NUL, which cannot be kept. Nothing was "
                "changed. Take it out and send it again.",
            )


def _check(what: str, given: bytes) -> None:
    try:
        fault = "holds a control character" if UNSTORABLE.search(given.decode()) else None
    except UnicodeDecodeError:
        fault = "is not UTF-8"
    if fault is not None:
        raise BadRequestError(f"The {what} {fault}. Follow a link instead, or write it again.")
