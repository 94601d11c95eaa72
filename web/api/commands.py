"""The one view that executes: every operation that changes something is a command of the registry."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from engine import commands, inputs
from engine.access import require
from engine.command import Done
from engine.errors import BadRequestError, NotFoundError, bad_field
from engine.transaction import Transaction
from web import auth, results
from web.api import bodies, casing, shapes, waited
from web.api.resources import RESOURCES
from web.api.routes import ROUTES, Route
from web.context import current_actor, current_workbench
from web.results import Result


def register(bp: Blueprint) -> None:
    """Give each route its address."""
    for route in ROUTES:
        bp.add_url_rule(route.path, route.name, _view(route), methods=[route.method])


def _view(route: Route) -> Callable[..., Response]:
    def view(**view_args: str) -> Response:
        return _executed(route, view_args)

    return view


def _executed(route: Route, view_args: Mapping[str, str]) -> Response:
    """Execute the route's command with what the request sends, and answer with what came of it."""
    command, actor = route.command, current_actor()
    require(actor, command.permission, command.doing)
    given = bodies.given(route, view_args)
    wanted = inputs.read(command.input, given)
    result = results.of(command)
    kept = commands.answer(
        current_workbench(),
        actor,
        command,
        wanted,
        lambda tx, done: _composed(tx, route, wanted, done),
        key=_key(route, result),
        body=bodies.fingerprint(given),
        recheck=auth.refuse_if_withdrawn,
    )
    return _answer(route, waited.until_over(wanted, json.loads(kept)))


def _key(route: Route, result: Result) -> str | None:
    """Return the key under which the answer is kept; None where the command does that itself.

    Raises:
        BadRequestError: what is answered, or sent, is kept nowhere.
    """
    key = bodies.idempotency_key()
    if key is None or route.has_own_key:
        return None
    if result.is_shown_once:
        raise BadRequestError(
            "What this answers is shown once and kept nowhere, also for no Idempotency-Key. Send it without "
            "one; where the answer was lost, send it again and take back what you have not seen."
        )
    if route.takes_secrets:  # a hash of them would be kept, by which short ones can be found
        raise BadRequestError(
            "What is sent with this is secret and leaves no trace, also for no Idempotency-Key. Send it "
            "without one; where the answer was lost, send it again."
        )
    return key


def _composed(tx: Transaction, route: Route, wanted: Any, done: Done[Any]) -> str:
    """Return the answer as it is kept: what came of the command, and what is said about it.

    Whoever does not see any more what they have changed, as by giving it to others, is told only the second.
    """
    try:
        data = results.described(tx, route.command, wanted, done)
    except NotFoundError:
        data = {}
    if "done" in data:  # of many tasks: how many
        data["changed"] = data.pop("done")
    said = {"message": done.message, "asides": list(done.asides), "act_id": done.act_id}
    return json.dumps({**data, "done": said}, ensure_ascii=False, separators=(",", ":"))


def _answer(route: Route, data: dict[str, Any]) -> Response:
    shape = results.of(route.command).shape
    response = as_json(data, shapes.answered(shape))
    if "revision" in data:
        response.set_etag(str(data["revision"]))
    if route.makes:
        response.status_code = 201
    if (location := _location(route, data)) is not None:
        response.headers["Location"] = location
    return response


def _location(route: Route, data: Mapping[str, Any]) -> str | None:
    """Return the address of what a route has made."""
    made = data.get(RESOURCES[route.collection].key) if route.makes else None
    if not isinstance(made, str):
        return None
    return f"{url_for('api.description').rpartition('/')[0]}/{route.collection}/{made}"


def as_json(data: Any, schema: Mapping[str, Any]) -> Response:
    """Return data as an answer, with its names as the request wants them.

    Raises:
        BadRequestError: ``case`` is neither snake nor camel.
    """
    if wants_camel():
        data = casing.answer(data, schema, shapes.components())
    return as_plain_json(data)


def as_plain_json(data: Any) -> Response:
    """Return data as an answer, as it is."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Response(text, content_type="application/json")


def wants_camel() -> bool:
    """Whether this request wants its answer in camelCase.

    Raises:
        BadRequestError: ``case`` is neither snake nor camel.
    """
    word = request.args.get("case", "snake")
    if word not in ("snake", "camel"):
        raise bad_field("case", f"must be snake or camel, not {word!r}")
    return word == "camel"
