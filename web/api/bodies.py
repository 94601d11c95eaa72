"""What a request sends to an operation: JSON, or a form with files; each limit is a refusal of its own."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from math import isfinite
from typing import Any

from flask import g, request
from pydantic import BaseModel
from werkzeug.exceptions import UnsupportedMediaType

from engine.asked import fields_of
from engine.budgets import FIELDS_OF_A_FORM, LEVELS_OF_A_DOCUMENT
from engine.command import AnyCommand
from engine.errors import BadRequestError, UnknownFieldError, bad_field
from engine.inputs import Upload
from web import sent
from web.api import casing, schemas
from web.api.routes import OF_HEADERS, Route

_JSON, _FORM = "application/json", "multipart/form-data"
_PIECE = 1024 * 1024
#: The ETag of an item begins with its revision; what may follow a dot tells of what belongs to it.
_REVISION = re.compile(r'(?:W/)?"([0-9]{1,18})(?:\.[0-9a-f]+)?"')
#: A text, which takes all that follows where nothing ends it: no sign is looked at twice.
_BRACKETS = re.compile(rb'(?s)"(?:[^"\\]|\\.)*+"?|[\[\]{}]')


def given(route: Route, view_args: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request sends, by field, as the input of the route's command takes it.

    Raises:
        BadRequestError: the body cannot be read, or names what the address or a header says.
        UnsupportedMediaType: it is of another type.
    """
    data = _body(route)
    _refuse_left_out(route, data)
    _refuse_unknown([name for name in fields_of(route.command.input) if name not in route.left_out], data)
    if route.item is not None:
        data[route.item] = view_args[route.item]
    return data | dict(route.fixed) | _of_headers(route)


def idempotency_key() -> str | None:
    """Return the key with which a request is done once."""
    return request.headers.get(OF_HEADERS["idempotency_key"])


def fingerprint(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was sent as JSON data to be compared, a file by its name and the hash of what it holds."""
    return {name: _of_file(value) if isinstance(value, Upload) else value for name, value in data.items()}


def _of_file(upload: Upload) -> dict[str, str]:
    digest = hashlib.sha256()
    while piece := upload.stream.read(_PIECE):
        digest.update(piece)
    upload.stream.seek(0)
    return {"file_name": upload.file_name, "sha256": digest.hexdigest()}


def _body(route: Route) -> dict[str, Any]:
    kind = request.mimetype
    if kind == _FORM and route.takes_files:
        return _form(route.command)
    if kind == _JSON and not route.needs_file:
        g.sent_json = read_json(request.get_data(cache=False))
        model: type[BaseModel] = route.command.input
        found: dict[str, Any] = casing.asked(g.sent_json, _shape_of(model))
        return found
    if kind or request.get_data(cache=False):
        raise UnsupportedMediaType(f"A body of the type {kind or 'none'} is not read. Send {_taken(route)}.")
    return {}


def _taken(route: Route) -> str:
    """Say what a body may be."""
    if route.needs_file:
        return f"a form with the file as {_FORM}"
    return f"an object as {_JSON}" + (f", or a form with a file as {_FORM}" if route.takes_files else "")


@cache
def _shape_of(model: type[BaseModel]) -> Mapping[str, Any]:
    """Return the schema of an input; to make it takes as long as to execute a command."""
    return schemas.of_model(model)


def read_json(text: bytes) -> dict[str, Any]:
    """Return the object that a body says.

    Raises:
        BadRequestError: it is not JSON in UTF-8, no object, too deep, or names a field twice.
    """
    _refuse_deep(text)
    try:
        data = values_of(text.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The body is not JSON. Send an object with the operation's fields.") from error
    if not isinstance(data, dict):
        raise BadRequestError("The body is not a JSON object. Send one with the operation's fields.")
    if len(data) > FIELDS_OF_A_FORM:  # each that does not exist would be answered with all that do
        raise BadRequestError(f"The body has more than {FIELDS_OF_A_FORM:,} fields. Send fewer at a time.")
    return data


def values_of(text: str, **how: Any) -> Any:
    """Return what JSON says.

    Raises:
        ValueError: it is no JSON, or says a number that is none, or too great to be one.
        RecursionError: it is too deep.
    """
    return json.loads(text, parse_constant=_no_number, parse_float=_number, **how)


def _refuse_deep(text: bytes) -> None:
    """Refuse levels beyond the budget before they are read."""
    level = 0
    for mark in _BRACKETS.finditer(text):
        sign = mark[0]
        if sign in (b"{", b"["):
            level += 1
            if level > LEVELS_OF_A_DOCUMENT:
                raise BadRequestError(
                    f"The body is nested deeper than {LEVELS_OF_A_DOCUMENT} levels. Send less in each other."
                )
        elif sign in (b"}", b"]"):
            level -= 1


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counted = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counted.items() if count > 1)
        raise bad_field(twice, "is given twice; send it once")
    try:
        "".join(found).encode()  # half a character in a name would be kept as another name
    except UnicodeEncodeError as error:
        message = "A name in the body holds half a character (a lone surrogate), which cannot be kept."
        raise BadRequestError(message) from error
    return found


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text[:20]} is too great a number")
    return number


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _form(command: AnyCommand) -> dict[str, Any]:
    """Return the fields of a form, whose names may be in camelCase, and its files as they arrive."""
    fields = fields_of(command.input)
    names = {casing.camel(name): name for name in fields}
    bases = (name.partition(".")[0] for name in [*request.form, *request.files])
    _refuse_unknown(fields, (names.get(base, base) for base in bases))
    return sent.from_form(fields, names)


def _refuse_unknown(fields: Iterable[str], names: Iterable[str]) -> None:
    known = ", ".join(fields)
    unknown = [name for name in dict.fromkeys(names) if name not in fields]
    if unknown:
        why = f"there is no such field; the fields are {known}"
        details = [{"code": "UNKNOWN_FIELD", "field": name, "message": why} for name in unknown]
        raise UnknownFieldError(f"{unknown[0]}: {why}.", details=details)


def _refuse_left_out(route: Route, data: Mapping[str, Any]) -> None:
    """Refuse in the body what the address or a header says: nobody says a thing twice, and differently."""
    for name in data:
        if name in route.left_out and name in route.command.input.model_fields:
            place = f"in the header {OF_HEADERS[name]}" if name in OF_HEADERS else "in the address"
            why = f"stands {place}; leave it out of the body"
            detail = {"code": "UNKNOWN_FIELD", "field": name, "message": why}
            raise UnknownFieldError(f"{name}: {why}.", details=[detail])


def _of_headers(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {}
    key, read = idempotency_key(), request.headers.get(OF_HEADERS["revision"])
    if key is not None and route.has_own_key:
        found["idempotency_key"] = key
    if read is not None and read.strip() != "*":
        if not route.takes_revision:
            raise bad_field("If-Match", "is not looked at by this operation; leave it out")
        found["revision"] = revision_in(read)
    return found


def revision_in(etag: str) -> int:
    """Return the revision that an ``If-Match`` names.

    Raises:
        BadRequestError: it is none of the tags that items are answered with.
    """
    match = _REVISION.fullmatch(etag.strip())
    if match is None or not int(match[1]):
        raise bad_field("If-Match", 'is the ETag of what you have read, for example "7"')
    return int(match[1])
