"""Calls of the API over HTTP: which request a tool's arguments are, and what came of it."""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from engine.errors import (
    BadRequestError,
    ForbiddenError,
    NotFoundError,
    OutcomeUnknownError,
    UnavailableError,
    UnknownFieldError,
    bad_field,
)
from engine.tokens import service
from web import answers
from web.agents import described
from web.agents.described import FILE, KEY, REVISION, Operation
from web.agents.tools import TOOLS, Tool

Arguments = Mapping[str, Any]
#: More is not told at once: whoever reads it pays for each word.
MOST_CHARACTERS = 200_000
#: Of what is said about a change, or against it, one text has so many characters, and a list so many items.
_LONGEST, _MOST = 2_000, 100
_SECONDS = httpx2.Timeout(60, connect=10)
#: What fails before anything is sent, and what loses the answer to what was.
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
_LOST = (httpx2.NetworkError, httpx2.RemoteProtocolError)
_ON_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
_LONGEST_KEY = 200
#: How every token is written.
_TOKEN = re.compile(rf"{service.PREFIX}[A-Za-z0-9_-]{{43}}")


class RefusedError(Exception):
    """The API refused a call; ``error`` is what it said, in its one shape."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


def check_place(site: str, token: str) -> None:
    """Look at where calls go and by what.

    Raises:
        BadRequestError: there is no token, or it would go over the network for everybody to read.
    """
    if not _TOKEN.fullmatch(token):
        raise BadRequestError(
            "WORKBENCH_TOKEN holds no API token. Set it, in the environment, to the one that an admin made "
            "for this agent: workbench token make."
        )
    parts = urlsplit(site)
    if parts.scheme != "https" and parts.hostname not in _ON_THIS_MACHINE:
        raise BadRequestError(
            f"{site} is not asked with a token, which everybody on the way could read. Set "
            "WORKBENCH_PUBLIC_URL to the address of the board with https."
        )


@dataclass
class Api:
    """The API of one board, asked by one token."""

    client: httpx2.AsyncClient
    #: What keys of calls begin with: the numbers of calls are one process's own.
    name: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def at(cls, site: str, token: str) -> Api:
        """Make what asks the board at an address; a proxy of the environment is not asked on this machine."""
        direct = dict.fromkeys(f"all://{host}" for host in ("127.0.0.1", "[::1]", "localhost"))
        headers = {"Authorization": f"Bearer {token}", "User-Agent": "workbench-mcp"}
        return cls(httpx2.AsyncClient(base_url=site, headers=headers, timeout=_SECONDS, mounts=direct))

    async def call(self, name: str, arguments: Arguments, number: str) -> dict[str, Any]:
        """Call a tool; ``number`` is that of the call among those of this process.

        Raises:
            RefusedError: the API refused it.
            WorkbenchError: it is no call, or nobody answered it.
        """
        tool = TOOLS.get(name)
        if tool is None:
            raise _no_tool(name)
        operation = described.of(tool)
        given = _checked(tool, operation, arguments)
        found = described.cut(
            await self._ask(operation, tool, given, f"{self.name}-{number}"),
            {**tool.told, **({"done": None} if operation.writes else {})},
        )
        if tool.beside is not None:
            beside, more, told = tool.beside
            second = described.operations()[more]
            found[beside] = described.cut(await self._ask(second, tool, given, ""), told)
        if operation.writes and "done" in found:  # what is done is done, and said
            return _done(found)
        _refuse_too_much(found)
        return dict(found)

    async def _ask(self, operation: Operation, tool: Tool, given: Arguments, key: str) -> Any:
        """Send a request, once more where its connection was lost: its key keeps it from being done twice."""
        request = _request(operation, tool, given, key)
        try:
            answer = await self.client.send(self._built(request))
        except _NOT_SENT as error:
            raise self._away() from error
        except _LOST:
            answer = await self._ask_again(operation, request)
        except httpx2.TransportError as error:
            raise self._lost(operation, request) from error
        try:
            return _read(answer, self.client.base_url)
        except UnavailableError as error:
            if operation.writes:  # what stands between may have lost the board's answer
                raise self._lost(operation, request) from error
            raise

    async def _ask_again(self, operation: Operation, request: Mapping[str, Any]) -> httpx2.Response:
        try:
            return await self.client.send(self._built(request))
        except httpx2.TransportError as error:
            raise self._lost(operation, request) from error

    def _built(self, request: Mapping[str, Any]) -> httpx2.Request:
        """Return a request as it is sent.

        Raises:
            BadRequestError: it holds what JSON and addresses cannot say, such as no number.
        """
        try:
            return self.client.build_request(**request)
        except (ValueError, RecursionError) as error:
            raise BadRequestError(
                "An argument holds what cannot be sent. Send texts, whole numbers and plain objects."
            ) from error

    def _away(self) -> UnavailableError:
        return UnavailableError(
            f"Nobody answers at {self.client.base_url}. Try again in a minute; if this goes on, tell whoever "
            "runs the board."
        )

    def _lost(self, operation: Operation, request: Mapping[str, Any]) -> UnavailableError:
        if not operation.writes:
            return self._away()
        key = request["headers"]["Idempotency-Key"]
        message = (
            "The connection was lost before it was known whether this was done. Call it again with the same "
            f"arguments and {KEY} “{key}”: then it is done once."
        )
        return OutcomeUnknownError(message, details=[{"code": "OUTCOME_UNKNOWN", KEY: key}], public=message)


def _no_tool(name: str) -> NotFoundError | ForbiddenError:
    if name in described.operations():
        return ForbiddenError(
            f"“{name}” is nothing that an agent does here: it judges nothing, and changes neither people nor "
            f"settings nor templates. The tools are {', '.join(TOOLS)}."
        )
    return NotFoundError(f"There is no tool “{name}”. The tools are {', '.join(TOOLS)}.")


def _checked(tool: Tool, operation: Operation, arguments: Arguments) -> dict[str, Any]:
    """Return what is sent of a tool's arguments: what is null is not said.

    Raises:
        UnknownFieldError: there is no such argument.
        BadRequestError: one that must be there is not, or stands in an address and is no id.
    """
    known = described.input_schema(tool)
    unknown = [name for name in arguments if name not in known["properties"]]
    if unknown:
        why = f"there is no such field; the fields are {', '.join(known['properties'])}"
        details = [{"code": "UNKNOWN_FIELD", "field": name, "message": why} for name in unknown]
        raise UnknownFieldError(f"{unknown[0]}: {why}.", details=details)
    given = {name: value for name, value in arguments.items() if value is not None}
    for name in known["required"]:
        if name not in given:
            raise bad_field(name, "must be given")
    for name in operation.in_path:
        if name in given:
            given[name] = _id(name, given[name])
    _check_headers(operation, given)
    return {**given, **tool.fixed}


def _check_headers(operation: Operation, given: Arguments) -> None:
    """Refuse what no header can say."""
    key, revision = given.get(KEY, "-"), given.get(REVISION, 1)
    is_key = isinstance(key, str) and key.isascii() and key.isprintable() and 0 < len(key) <= _LONGEST_KEY
    if operation.writes and not is_key:
        raise bad_field(KEY, f"is a word of at most {_LONGEST_KEY} letters, digits and signs")
    if operation.takes_revision and (isinstance(revision, bool) or not isinstance(revision, int)):
        raise bad_field(REVISION, "must be a whole number")


def _id(name: str, value: object) -> str:
    """Return an id as it stands in an address, of which it must be one word."""
    text = str(value).strip() if isinstance(value, str | int) else ""
    if not text or "/" in text or "\\" in text or not text.strip("."):
        raise bad_field(name, "is no id; take it from what another tool told")
    return text


def _request(operation: Operation, tool: Tool, given: Arguments, key: str) -> dict[str, Any]:
    """Return the request of an operation, as the client takes it."""
    path = operation.path
    for name in operation.in_path:
        path = path.replace(f"{{{name}}}", quote(str(given[name]), safe=""))
    request: dict[str, Any] = {"method": operation.method, "url": path}
    if not operation.writes:
        query = {
            name: given[name]
            for name in operation.parameters
            if name in given and name not in operation.in_path
        }
        if "limit" in operation.parameters:
            query.setdefault("limit", described.USUAL_LIMIT)
        return {**request, "params": _in_text(query)}
    headers = {"Idempotency-Key": str(given.get(KEY, key))}
    if operation.takes_revision and REVISION in given:
        headers["If-Match"] = f'"{given[REVISION]}"'
    beside = {*operation.in_path, KEY, *([REVISION] if operation.takes_revision else [])}
    body = {name: value for name, value in given.items() if name not in beside}
    if tool.sends_file:
        return {**request, "headers": headers, "files": {FILE: _file(body.pop(FILE))}, "data": _in_text(body)}
    return {**request, "headers": headers, "json": body}


def _in_text(given: Arguments) -> dict[str, str]:
    """Return values as a query and a form say them."""
    return {
        name: json.dumps(value) if isinstance(value, Mapping | list) else str(value)
        for name, value in given.items()
    }


def _file(given: object) -> tuple[str, bytes]:
    """Return the name of a file, and what it holds.

    Raises:
        BadRequestError: it says neither or both of text and base64, or says it wrongly.
    """
    said = given if isinstance(given, Mapping) else {}
    name, text, coded = (said.get(one) for one in ("file_name", "text", "base64"))
    if not isinstance(name, str) or not name or (text is None) is (coded is None):
        raise bad_field(FILE, "is an object with file_name and either text or base64")
    try:
        return name, str(text).encode() if text is not None else base64.b64decode(str(coded), validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_field(FILE, "holds what is neither text nor base64") from error


def _read(answer: httpx2.Response, site: httpx2.URL) -> Any:
    """Return what was answered.

    Raises:
        RefusedError: the API refused it.
        UnavailableError: it is no answer of the API.
    """
    try:
        data = answer.json()
    except ValueError:
        data = None
    if answer.is_success and isinstance(data, dict):
        return data
    error = data.get("error") if isinstance(data, dict) else None
    if isinstance(error, dict) and error.keys() >= {"code", "message", "details"}:
        raise RefusedError(error)
    raise UnavailableError(
        f"{site} answered with status {answer.status_code}, and not as the API of a board does. Check "
        "WORKBENCH_PUBLIC_URL, and what stands between."
    )


def _done(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what came of a change; where that is too long, only what is said about it."""
    said = found["done"]
    asides = [_cut(one) for one in said["asides"][:_MOST]]
    done = {**said, "message": _cut(said["message"]), "asides": asides}
    if _length(found := {**found, "done": done}) <= MOST_CHARACTERS:
        return dict(found)
    return {
        "done": {**done, "asides": [*asides[:10], "What came of it is too long to be told here: read it."]}
    }


def _refusal(error: Mapping[str, Any]) -> dict[str, Any]:
    """Return as much of a refusal as is read."""
    details = [{name: _cut(said) for name, said in one.items()} for one in error["details"][:_MOST]]
    bounded = {"code": error["code"], "message": _cut(error["message"]), "details": details}
    return bounded if _length(bounded) <= MOST_CHARACTERS else {**bounded, "details": []}


def _cut(said: Any) -> Any:
    return f"{said[: _LONGEST - 1]}…" if isinstance(said, str) and len(said) > _LONGEST else said


def _length(found: Mapping[str, Any]) -> int:
    return len(json.dumps(found, ensure_ascii=False))


def _refuse_too_much(found: Mapping[str, Any]) -> None:
    length = _length(found)
    if length > MOST_CHARACTERS:
        raise BadRequestError(
            f"This answer has {length:,} characters, more than {MOST_CHARACTERS:,}. Ask for fewer with "
            "limit, or for one record."
        )


def as_error(error: Exception) -> dict[str, Any]:
    """Return what a call was refused with, in the API's one shape."""
    if isinstance(error, RefusedError):
        return {"error": _refusal(error.error)}
    return answers.as_json_for_all(error)  # type: ignore[arg-type]  # a WorkbenchError, which is all else here
