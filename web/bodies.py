"""How the board reads what a request sends: no form or address larger than what somebody fills in."""

from __future__ import annotations

from functools import cached_property
from io import BytesIO
from typing import IO, Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser

from engine.budgets import BYTES_OF_FIELDS, FIELDS_OF_A_FORM
from engine.errors import BadRequestError


def _limit(text: bytes, what: str) -> None:
    """Refuse fields before they are taken apart, which costs far more than to count them."""
    if text.count(b"&") >= FIELDS_OF_A_FORM:
        raise BadRequestError(f"{what} has more than {FIELDS_OF_A_FORM:,} fields. Send fewer at a time.")


class _FormParser(FormDataParser):
    def _parse_urlencoded(self, stream: IO[bytes], *rest: Any) -> Any:
        text = stream.read()
        _limit(text, "The form")
        return super()._parse_urlencoded(BytesIO(text), *rest)

    def _parse_multipart(self, *given: Any) -> Any:
        stream, form, files = super()._parse_multipart(*given)
        if None in form or None in files:
            for _, file in files.items(multi=True):
                file.close()
            raise BadRequestError("A part of the form has no name. Send each field under its name.")
        return stream, form, files


class BoundedRequest(Request):
    """A request whose fields are counted first, and whose body is short unless it may hold files.

    Raises BadRequestError where there are too many fields, and 413 where the body is too long, whoever asks
    for them first: also the page of a refusal, which shows what was sent (``web.again``), to strangers too.
    """

    form_data_parser_class = _FormParser

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if self.mimetype != "multipart/form-data":  # it is read into memory
            self.max_content_length = int(BYTES_OF_FIELDS)

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The fields of the address; once it was refused there are none, so that a page can say so."""
        try:
            _limit(self.query_string, "The address")
        except BadRequestError:
            self.__dict__["args"] = ImmutableMultiDict()
            raise
        return super().args

    def _load_form_data(self) -> None:
        """Read the form; once it was refused there is none, and what is left of it is not read again."""
        try:
            super()._load_form_data()
        except (BadRequestError, HTTPException):
            self.__dict__["form"] = self.__dict__["files"] = ImmutableMultiDict()
            raise
