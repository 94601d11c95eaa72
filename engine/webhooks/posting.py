"""Sends one message to an address outside: once, without redirects, within a time and a size (SEC-08)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import SplitResult

import httpcore

from engine.artifacts import addresses, outside
from engine.artifacts.urls import place_of
from engine.artifacts.wire import Wire
from engine.budgets import BYTES_OF_A_RECEIPT, CHARACTERS_KEPT_OF_A_RECEIPT, SECONDS_OF_A_WEBHOOK
from engine.errors import PrivateAddressError, WorkbenchError
from engine.record import UNSTORABLE
from engine.webhooks.letters import SETTING, Answer, check_url

_HEADERS = [
    (b"User-Agent", b"Workbench (webhooks)"),
    (b"Content-Type", b"application/json"),
    (b"Accept", b"*/*"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
]


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
    host, port = place_of(parts)
    found = addresses.check(host, port, resolve, private_links=private, setting=SETTING)
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
