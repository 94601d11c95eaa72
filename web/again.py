"""What a request has sent, as a form that sends it again: for the page that says it could not be taken (G1).

It is made of the request alone, without the store. Files do not come back to a browser: they are chosen anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.exceptions import HTTPException

from engine.errors import BadRequestError
from web import csrf

#: What nobody may read on a page again: it is typed anew.
SECRET = frozenset({"password", "current", "code", "proof", "credential"})
#: What pages put into their forms by themselves.
_OF_THE_PAGE = frozenset({"form", "next", "revision", "idempotency_key", "outcome"})
_BOXES = frozenset({"", "on", "off", "true", "false", "1", "0"})
#: Longer values, and such of several lines, get a larger field.
_LINE = 80


@dataclass(frozen=True)
class SentField:
    """One field as it was sent."""

    name: str
    value: str = ""

    @property
    def label(self) -> str:
        """What it is called on the page."""
        return self.name.replace("_", " ").replace(".", ": ").strip().capitalize()

    @property
    def is_secret(self) -> bool:
        """Whether it is typed anew."""
        return self.name in SECRET

    @property
    def is_typed(self) -> bool:
        """Whether a person may have typed it, so that they want to see it."""
        is_own = self.name in _OF_THE_PAGE or self.name.endswith(("_id", "_hash")) or self.name == "seen"
        return not (is_own or self.value.strip().lower() in _BOXES)

    @property
    def is_long(self) -> bool:
        """Whether it needs several lines."""
        return "\n" in self.value or len(self.value) > _LINE


@dataclass(frozen=True)
class SentForm:
    """A form as it was sent."""

    #: Where it was sent to; there it may be sent again.
    action: str
    fields: tuple[SentField, ...]
    #: Fields of files, each with the name of the file that was chosen.
    files: tuple[SentField, ...]
    is_multipart: bool
    #: Whether it came from a page of ours, in this session: only then is there a button to send it again.
    is_ours: bool


def sent_form() -> SentForm | None:
    """Give the form that this request has sent; None where it sent none, or none that can be read."""
    if request.method != "POST":
        return None
    try:
        fields = tuple(
            SentField(name, value) for name, value in request.form.items(multi=True) if name != csrf.FIELD
        )
        files = tuple(SentField(name, file.filename or "") for name, file in request.files.items(multi=True))
    except (HTTPException, BadRequestError):
        return None
    if not fields and not files:
        return None
    is_multipart = request.mimetype == "multipart/form-data"
    address = request.full_path.rstrip("?")
    return SentForm(address, fields, files, is_multipart, csrf.is_ours(request.form))
