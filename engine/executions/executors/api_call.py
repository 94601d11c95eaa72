"""Calls an HTTP API, and takes what comes out from its answer.

Only hosts of the setting ``call_hosts`` are called, at addresses that were checked, without redirects,
within a time and a size (SEC-08). A call that changes something is keyed where ``idempotency_header`` says
which header the other side takes a key in, and for ``PUT`` and ``DELETE``, which do the same thing once by
what they are.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from ipaddress import ip_address
from typing import Any, ClassVar
from urllib.parse import SplitResult, urljoin

import httpcore

from engine.artifacts import addresses, outside
from engine.artifacts.urls import check_url, place_of, shown
from engine.artifacts.wire import Wire
from engine.catalog.json_schemas import validator
from engine.config import Settings
from engine.errors import PrivateAddressError, UnavailableError, WorkbenchError
from engine.executions.executors.base import (
    Call,
    Effect,
    Executor,
    ExecutorError,
    Json,
    Result,
    Run,
    Step,
    StepError,
)
from engine.plurals import plural

#: So much of an answer is read, and of all pages together.
BYTES_OF_AN_ANSWER, BYTES_OF_ALL_PAGES = 200 * 1024, 1024 * 1024
_MOST_PAGES = 10
_READS = frozenset({"GET", "HEAD"})
_SAME_BY_NATURE = frozenset({"PUT", "DELETE"})
#: By these the other side says that it may be asked again.
_ASK_AGAIN = frozenset({408, 425, 429, 503})
_HEADERS = {
    "User-Agent": "Workbench (automated tasks)",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}
SETTING = "WORKBENCH_PRIVATE_CALLS"


class ApiCall(Executor):
    """One call, or a page after the other of a list."""

    key: ClassVar[str] = "api_call"

    def plan(self, config: Mapping[str, Any]) -> Sequence[Step]:
        """Name the call; further pages of a list are steps of the same kind, as many as there are."""
        return [_step(config, str(config["url"]))]

    def dry_run(self, config: Mapping[str, Any]) -> list[str]:
        """Say what would be sent, and what would be taken from the answer."""
        step = _step(config, str(config["url"]))
        names = ", ".join(config.get("headers", {})) or "none of its own"
        effects = {
            Effect.NONE: "That changes nothing there.",
            Effect.KEYED: "That changes something there, once, however often it is sent.",
            Effect.UNKEYED: "That changes something there each time that it is sent.",
        }
        told = [f"{step.name} is sent, with the headers {names}.", effects[step.effect]]
        if "body" in config:
            told.append(f"Its body is {json.dumps(config['body'], ensure_ascii=False)}.")
        for what in ("outputs", "proof", "links", "deliverables"):
            told += [
                f"{pointer or 'All'} of the answer becomes {name!r} of the {what}."
                for name, pointer in config.get(what, {}).items()
            ]
        return told

    def run(self, run: Run) -> Result:
        """Call, and map the answer."""
        config, url, answers, size = run.config, str(run.config["url"]), list[Json](), 0
        pages = config.get("pages")
        most = pages.get("most", _MOST_PAGES) if pages else 1
        while True:
            asked = url
            came = run.step(_step(config, asked), partial(_call, run, asked, _headers(run, asked)))
            if came is None or came.get("trouble"):
                raise ExecutorError("ANSWER_TOO_LARGE", f"The answer of {shown(asked)} is too large to keep.")
            run.log(f"{shown(asked)} answered with status {came['status']}.")
            answers.append(came["answer"])
            size += len(json.dumps(came["answer"], ensure_ascii=False).encode())
            if size > BYTES_OF_ALL_PAGES:
                raise ExecutorError("ANSWER_TOO_LARGE", "The pages together are too large to keep.")
            following = _at(came["answer"], pages["next"]) if pages else None
            if not isinstance(following, str) or not following or len(answers) >= most:
                break
            url = _following(asked, following)
        return _mapped(config, answers, pages)


def _step(config: Mapping[str, Any], url: str) -> Step:
    method = str(config.get("method", "GET"))
    request = {
        "method": method,
        "url": url,
        "headers": config.get("headers", {}),
        "body": config.get("body"),
    }
    return Step(name=f"{method} {shown(url)}", effect=_effect(config, method), request=request)


def _effect(config: Mapping[str, Any], method: str) -> Effect:
    if method in _READS:
        return Effect.NONE
    return Effect.KEYED if "idempotency_header" in config or method in _SAME_BY_NATURE else Effect.UNKEYED


def _call(run: Run, url: str, headers: Mapping[str, str], call: Call) -> Json:
    """Call once; return the status and the answer, or what trouble there was with keeping it."""
    method, settings = str(run.config.get("method", "GET")), run.settings
    wire = Wire(time.monotonic() + call.seconds)
    try:
        parts, wire.targets = _place(url, settings, wire)
    except PrivateAddressError as error:
        raise StepError("PRIVATE_ADDRESS", error.message, is_undone=True) from error
    except UnavailableError as error:
        raise StepError("UNREACHABLE", error.message, is_undone=True) from error
    except WorkbenchError as error:
        raise StepError("HOST_NOT_ALLOWED", error.message, is_undone=True) from error
    sent, content = _sent(run, headers, call)
    try:
        with outside.ask(wire, method, parts, sent, content) as answer:
            return _judged(answer, run.config, url)
    except UnavailableError as error:
        said = error.message
        if isinstance(error.__cause__, httpcore.ProtocolError):  # its words quote what was sent, or came
            said = f"The call of {shown(url)}, or the answer, is not as HTTP has it."
        raise StepError("UNREACHABLE", said, is_undone=not wire.has_sent) from error


def _place(url: str, settings: Settings, wire: Wire) -> tuple[SplitResult, Sequence[str]]:
    """Return the parts of an address, and the checked addresses behind it.

    Raises:
        WorkbenchError: it is not one that may be called.
    """
    parts = check_url(url, odd_ports=settings.private_calls)
    host, port = place_of(parts)
    allowed = [one.strip().lower() for one in settings.call_hosts.split(",") if one.strip()]
    if not any(fnmatchcase(host.lower(), pattern) for pattern in allowed):
        raise StepError(
            "HOST_NOT_ALLOWED",
            f"{host} is none of the hosts that automated tasks may call. Ask an operator to add it to "
            "`call_hosts`.",
            is_undone=True,
        )
    found = addresses.check(
        host, port, addresses.resolver(wire.left), private_links=settings.private_calls, setting=SETTING
    )
    if parts.scheme == "http" and not all(ip_address(one.partition("%")[0]).is_loopback for one in found):
        raise PrivateAddressError(f"{host} is not this machine, so it is called by https alone.")
    return parts, found


def _headers(run: Run, url: str) -> dict[str, str]:
    """Give the headers, secrets included; whatever is wrong with them is wrong before anything is begun.

    Raises:
        ExecutorError: a secret may not be sent there, or a header holds what none holds.
    """
    try:
        host, _ = place_of(check_url(url, odd_ports=True))
    except WorkbenchError as error:
        raise ExecutorError("CONFIG_INVALID", error.message) from error
    given = run.config.get("headers", {})
    own = {name.lower() for name in given}
    headers = {name: value for name, value in _HEADERS.items() if name.lower() not in own}
    for name, value in given.items():
        is_secret = isinstance(value, Mapping)
        text = f"{value.get('prefix', '')}{run.secret(value['secret'], host)}" if is_secret else str(value)
        if not text.isprintable() or not text.isascii() or text != text.strip():
            raise ExecutorError("CONFIG_INVALID", f"The header {name} holds what no header holds.")
        headers[name] = text
    return headers


def _sent(run: Run, headers: Mapping[str, str], call: Call) -> tuple[list[tuple[bytes, bytes]], bytes | None]:
    """Give the headers as they are sent, with the key, and the body."""
    sent, content = dict(headers), None
    if header := run.config.get("idempotency_header"):
        sent[str(header)] = call.key
    if "body" in run.config:
        content = json.dumps(run.config["body"], ensure_ascii=False).encode()
        if "content-type" not in {name.lower() for name in sent}:
            sent["Content-Type"] = "application/json"
    return [(name.encode(), value.encode()) for name, value in sent.items()], content


def _judged(answer: httpcore.Response, config: Mapping[str, Any], url: str) -> Json:
    """Read an answer, and say whether the other side did what it was asked.

    Raises:
        StepError: it did not, or that is in doubt.
    """
    status, expected = answer.status, config.get("expected_status")
    if status not in expected if expected else not 200 <= status < 300:
        where, said = shown(url), f"{shown(url)} answered with status {status}"
        # What was done may be told by an address (303), and lost on its way (408, 503).
        is_undone = 400 <= status < 500 and status != 408
        if 300 <= status < 400:
            raise StepError("REDIRECTED", f"{where} is elsewhere; give its new address.", is_undone=is_undone)
        if status in _ASK_AGAIN:
            raise StepError("HTTP_BUSY", f"{said}: it asks to be called later.", is_undone=is_undone)
        if 400 <= status < 500:
            raise StepError("HTTP_REFUSED", f"{said}: it does not take the call.", is_undone=is_undone)
        raise StepError("HTTP_STATUS", f"{said}.", is_undone=is_undone)
    read = b""
    for chunk in answer.iter_stream():
        read += chunk
        if len(read) > BYTES_OF_AN_ANSWER:
            return {"status": status, "answer": None, "trouble": "ANSWER_TOO_LARGE"}
    try:
        found: Json = json.loads(read) if read else None
        json.dumps(found, allow_nan=False).encode()
    except (ValueError, RecursionError):
        found = read.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return {"status": status, "answer": found}


def _mapped(config: Mapping[str, Any], answers: Sequence[Json], pages: Mapping[str, Any] | None) -> Result:
    """Take what comes out from the answers; those of several pages are the list of all their items.

    Raises:
        ExecutorError: ``ANSWER_UNFIT``.
    """
    answer: Json = answers[0]
    if pages:
        found = [_at(one, pages["items"]) for one in answers]
        if not all(isinstance(items, list) for items in found):
            raise ExecutorError("ANSWER_UNFIT", f"There is no list at {pages['items']!r} of the answer.")
        answer = [item for items in found for item in items]
    if "answer_schema" in config:
        fault = next(validator(config["answer_schema"]).iter_errors(answer), None)
        if fault is not None:
            place = "/".join(map(str, fault.absolute_path))[:300] or "its whole"
            said = f"The answer does not fit `answer_schema`: at {place}, by `{fault.validator}`."
            raise ExecutorError("ANSWER_UNFIT", said)
    taken = {
        what: {name: _at(answer, pointer) for name, pointer in config.get(what, {}).items()}
        for what in ("outputs", "proof", "links", "deliverables")
    }
    missing = [f"{what}.{name}" for what in taken for name, value in taken[what].items() if value is None]
    if missing:
        raise ExecutorError("ANSWER_UNFIT", f"The answer has nothing for {', '.join(missing)}.")
    texts = {what: {name: str(value) for name, value in taken[what].items()} for what in taken}
    calls = f"{len(answers)} calls" if len(answers) > 1 else "The call"
    return Result(
        summary=f"{calls} came through; {plural(len(taken['outputs']), 'value')} came out.",
        outputs=taken["outputs"],
        proof=texts["proof"],
        links=texts["links"],
        deliverables=texts["deliverables"],
    )


def _at(answer: Json, pointer: str) -> Json:
    """Return what a JSON pointer leads to (RFC 6901); None where there is nothing."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(answer, Mapping):
            answer = answer.get(name)
        elif isinstance(answer, list) and name.isdecimal() and int(name) < len(answer):
            answer = answer[int(name)]
        else:
            return None
    return answer


def _following(url: str, following: str) -> str:
    """Return the address of the next page, which is at the same host.

    Raises:
        ExecutorError: ``ANSWER_UNFIT``, it is at another one, or no address.
    """
    own = check_url(url, odd_ports=True)
    try:
        found = urljoin(url, following)
        other = check_url(found, odd_ports=True)
    except (ValueError, WorkbenchError) as error:
        raise ExecutorError("ANSWER_UNFIT", "What leads to the next page is no address.") from error
    if (own.scheme, own.netloc) != (other.scheme, other.netloc):
        raise ExecutorError("ANSWER_UNFIT", "The next page is at another host, which is not called.")
    return found
