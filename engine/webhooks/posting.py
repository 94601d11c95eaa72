"""Sends one message to an address outside: once, without redirects, within a time and a size (SEC-08)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult

import httpcore

from engine.artifacts import addresses, outside
from engine.artifacts.wire import Wire
from engine.budgets import BYTES_OF_A_RECEIPT, CHARACTERS_KEPT_OF_A_RECEIPT, SECONDS_OF_A_WEBHOOK
from engine.errors import BadRequestError, PrivateAddressError, WorkbenchError, bad_field
from engine.record import UNSTORABLE

_SETTING = "WORKBENCH_PRIVATE_WEBHOOKS"
#: What a receiver answers that wants nothing any more.
GONE = 410
_HEADERS = [
    (b"User-Agent", b"Workbench (webhooks)"),
    (b"Content-Type", b"application/json"),
    (b"Accept", b"*/*"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of sending a message."""

    #: None where nothing was answered.
    status: int | None
    #: The beginning of its text; None where nothing was answered, or that broke off.
    text: str | None
    #: Why the message was not taken, in words; None where it was.
    failure: str | None
    milliseconds: int


def check_url(url: str, *, private: bool) -> SplitResult:
    """Give the parts of an address that messages may be sent to, as far as the address itself says so.

    What its name leads to is looked at each time that something is sent.

    Raises:
        BadRequestError: it is no address of the web, not https, or names a private address; says what to do.
    """
    try:
        parts = outside.check_url(url, odd_ports=private)
        host, _ = outside.place_of(parts)
    except BadRequestError as error:
        raise bad_field("url", error.message) from error
    if parts.scheme != "https" and not private:
        raise bad_field("url", f"must begin with https; http to this machine itself needs {_SETTING}")
    try:
        literal = ip_address(host)
    except ValueError:
        return parts
    if addresses.is_closed(literal, private_links=private):
        raise bad_field("url", f"{host} is no public address; where that is meant, set {_SETTING}")
    return parts


def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    private: bool = False,
    seconds: float = SECONDS_OF_A_WEBHOOK,
    resolve: addresses.Resolver | None = None,
) -> Answer:
    """Send a message, and say what came of it; nothing is raised for what the other side does.

    ``private`` opens an intranet; metadata and link-local addresses stay closed.
    """
    began = time.monotonic()
    status, text, failure = None, None, None
    try:
        parts = check_url(url, private=private)
        wire = Wire(began + seconds)
        wire.targets = _targets(parts, resolve or addresses.resolver(wire.left), private=private)
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        with outside.ask(wire, "POST", parts, [*_HEADERS, *sent], body) as answer:
            status = answer.status
            text = _beginning(answer)
    except WorkbenchError as error:
        failure = error.message
    if status is not None:  # it has said whether the message was taken, however its answer goes on
        failure = None if 200 <= status < 300 else f"It answered with status {status}."
    return Answer(
        status=status,
        text=text,
        failure=failure,
        milliseconds=round((time.monotonic() - began) * 1000),
    )


def _targets(parts: SplitResult, resolve: addresses.Resolver, *, private: bool) -> Sequence[str]:
    """Return the addresses that a message may be sent to.

    Raises:
        PrivateAddressError: one of them is not public, or is not this machine and is asked without TLS.
        UnavailableError: there is none.
    """
    host, port = outside.place_of(parts)
    found = addresses.check(host, port, resolve, private_links=private, setting=_SETTING)
    if parts.scheme == "http" and not all(ip_address(one.partition("%")[0]).is_loopback for one in found):
        raise PrivateAddressError(f"{host} is not this machine, so it is asked by https alone.")
    return found


def _beginning(answer: httpcore.Response) -> str:
    """Read the beginning of an answer, as text that can be kept; the rest is not read."""
    read = b""
    for chunk in answer.iter_stream():
        read += chunk
        if len(read) >= BYTES_OF_A_RECEIPT:
            break
    text = UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", read[:BYTES_OF_A_RECEIPT].decode("utf-8", "replace"))
    return text[:CHARACTERS_KEPT_OF_A_RECEIPT]
