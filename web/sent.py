"""What a request sends to a command, as a form or as JSON; the one place that reads either."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from flask import g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from engine import commands, inputs
from engine.access import require
from engine.asked import Asked, Shape, fields_of
from engine.budgets import FIELDS_OF_A_FORM
from engine.command import AnyCommand, Done
from engine.deliverables.inputs import Content
from engine.errors import BadRequestError
from engine.inputs import Input, Upload
from engine.transaction import Transaction
from web import addresses, auth
from web.context import current_actor, current_workbench

#: How browsers send a form.
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def do(name: str, first: Callable[[Transaction], None] | None = None, /, **given: Any) -> Done[Any]:
    """Execute a command with what this request sends; ``given`` is what its address says.

    What ``first`` does in its transaction is done before it, or it refuses.

    Raises:
        BadRequestError: a field cannot be right; one detail for each.
        WorkbenchError: as the command.
    """
    command, actor = commands.get(name), current_actor()
    require(actor, command.permission, command.doing)
    data = data_for(command)
    if issubclass(command.input, Content) and isinstance(url := data.get("url"), str):
        site = urlsplit(current_workbench().settings.site).netloc
        for host in (request.host, site):  # the board may be reached past its proxy, too
            url = addresses.without_our_host(url, host)
        data["url"] = url
    return execute(command, inputs.read(command.input, {**data, **given}), first=first)


def execute(
    command: AnyCommand, given: Input, *, first: Callable[[Transaction], None] | None = None
) -> Done[Any]:
    """Execute a command for whoever is signed in, and remember for this request that it is done.

    ``first`` is as ``do`` has it. Whatever goes wrong after it, nobody may be told that nothing was changed
    (``web.errors``).

    Raises:
        UnauthorizedError, ConflictError: they were signed out meanwhile, or may do something else now.
    """

    def recheck(tx: Transaction) -> None:
        auth.refuse_if_withdrawn(tx)
        if first is not None:
            first(tx)

    done = commands.execute(current_workbench(), current_actor(), command, given, recheck=recheck)
    g.done_message = done.message
    return done


def data_for(command: AnyCommand) -> dict[str, Any]:
    """Give what this request sends, by field, as the command's input takes it."""
    if request.mimetype == "application/json":
        return json_object()
    if request.mimetype not in _FORMS and request.content_length:
        raise BadRequestError(
            f"A body of the type {request.mimetype or 'none'} is not read. Send a form, or JSON as "
            "application/json."
        )
    return from_form(fields_of(command.input))


def from_form(fields: Mapping[str, Asked], names: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """Give the form's fields: repeated ones as lists, ``meta.title`` as a mapping, files as they arrive.

    What no field of the command is, is for the board itself: the token, the way back, the form's own name. An
    empty field says nothing, unless it is one that can be cleared. Of a field that stands twice the last
    counts, so that a box may be preceded by what it means when it is not ticked. ``names`` are other names of
    the fields.
    """
    data: dict[str, Any] = {}
    for name in request.form:
        values = [value.replace("\r\n", "\n") for value in request.form.getlist(name)]
        base, _, part = name.partition(".")
        base = names.get(base, base)
        asked = fields.get(base)
        if asked is None:
            continue
        if asked.shape is Shape.MAPPING:
            data.setdefault(base, {})[part] = values[-1]
        elif asked.shape is Shape.LIST:
            data[base] = [value for value in values if value.strip()]
        elif values[-1].strip() or asked.clearable:
            data[base] = values[-1]
    for part, file in request.files.items():
        name = names.get(part, part)
        if file.filename and name in fields:
            data[name] = Upload(cast(BinaryIO, file.stream), file.filename)
    return data


def json_object() -> dict[str, Any]:
    """Return the JSON object that this request sends.

    Raises:
        BadRequestError: its body is none, or has too many fields.
    """
    try:
        data = request.get_json()
    except RequestEntityTooLarge:
        raise
    except (HTTPException, RecursionError) as error:
        raise BadRequestError("The body is not JSON. Send an object with the command's fields.") from error
    if not isinstance(data, dict):
        raise BadRequestError("The body is not a JSON object. Send one with the command's fields.")
    if len(data) > FIELDS_OF_A_FORM:  # each that does not exist would be answered with all that do
        raise BadRequestError(f"The body has more than {FIELDS_OF_A_FORM:,} fields. Send fewer at a time.")
    return data
