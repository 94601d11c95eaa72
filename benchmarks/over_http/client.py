"""The client: a process that asks over kept connections and says how it went. Its orders are lines of JSON.

It costs little: one thread, requests made of bytes beforehand, answers read and counted, never parsed.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
import time
from collections import Counter
from itertools import count
from typing import Any

_WAIT_SECONDS = 60
#: What makes an address one that was never asked for before.
_fresh = count(time.time_ns())


class Connection:
    """One connection that is kept, and opened again where the server closed it."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Return the status, the head and the body of an answer."""
        is_old = self._streams is not None
        try:
            return await self._exchange(request)
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            if not is_old:
                raise
            return await self._exchange(request)  # the server had closed what nobody used

    def close(self) -> None:
        """Let the connection go."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, request: bytes) -> tuple[int, bytes, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._address, limit=1 << 20)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status, low = int(head[9:12]), head.lower()
        body = b""
        if status not in (204, 304):
            body = await _body(reader, low)
        if b"\r\nconnection: close" in low:
            self.close()
        return status, head, body


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    _, found, rest = head.partition(b"\r\ncontent-length:")
    body: bytes
    if found:
        body = await reader.readexactly(int(rest.partition(b"\r\n")[0]))
        return body
    if b"\r\ntransfer-encoding: chunked" not in head:
        body = await reader.read()
        return body
    parts: list[bytes] = []
    while size := int((await reader.readline()).partition(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    body = b"".join(parts)
    return body


def request_bytes(host: str, target: dict[str, Any]) -> bytes:
    """Write a request; an address with ``{fresh}`` in it is never the same twice."""
    body = str(target.get("body", "")).encode()
    path = str(target["path"]).replace("{fresh}", str(next(_fresh)))
    lines = [f"{target.get('method', 'GET')} {path} HTTP/1.1", f"Host: {host}", "Connection: keep-alive"]
    lines += [f"{name}: {value}" for name, value in target.get("headers", {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Notes:
    """What a run noted of its answers."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.size = 0
        self.sample = ""
        #: How many answers had come when a client first had nothing more to ask, and after how many seconds.
        self.together: tuple[int, float] | None = None

    async def ask(self, connection: Connection, request: bytes) -> tuple[int, bytes]:
        """Ask, note how it went, return status and head."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                status, head, body = await connection.ask(request)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            connection.close()
            self.statuses[type(error).__name__] += 1
            return 0, b""
        self.times.append(time.perf_counter() - began)
        self.statuses[str(status)] += 1
        if body:
            self.size = len(body)
            self.sample = head.decode("latin-1") + body.decode("utf-8", "replace")
        return status, head


async def load(order: dict[str, Any]) -> Notes:
    """Send a number of requests over some connections at once, as fast as they are answered."""
    notes, host, port = Notes(), order["host"], order["port"]
    targets, left, began = order["targets"], iter(range(order["requests"])), time.perf_counter()

    async def one() -> None:
        connection = Connection(host, port)
        for place in left:
            await notes.ask(connection, request_bytes(host, targets[place % len(targets)]))
        if notes.together is None:
            notes.together = len(notes.times), time.perf_counter() - began
        connection.close()

    await asyncio.gather(*(one() for _ in range(order["clients"])))
    return notes


async def view(order: dict[str, Any]) -> Notes:
    """Keep pages open for some seconds: each is opened once, then polled as the page's script polls."""
    notes, host, port = Notes(), order["host"], order["port"]
    chance, end = random.Random(order.get("seed", 7)), time.perf_counter() + order["seconds"]
    least, most = order["every"]

    async def one(target: dict[str, Any]) -> None:
        connection, tag = Connection(host, port), b""
        await asyncio.sleep(chance.uniform(0, most))
        while time.perf_counter() < end:
            headers = {
                **target.get("headers", {}),
                **({"X-Live": "1", "If-None-Match": tag.decode()} if tag else {}),
            }
            _, head = await notes.ask(connection, request_bytes(host, {**target, "headers": headers}))
            low = head.lower()
            if b"\r\netag:" in low:
                start = low.index(b"\r\netag:") + 7
                tag = head[start : head.index(b"\r\n", start)].strip()
            await asyncio.sleep(chance.uniform(least, most))
        connection.close()

    await asyncio.gather(*(one(target) for target in order["targets"]))
    return notes


async def pace(order: dict[str, Any]) -> Notes:
    """Send requests for some seconds, each sender one after another with a pause between them.

    ``requests`` are how many each sends at least, and at most; ``until_told`` goes on until a line comes.
    """
    notes, host, port = Notes(), order["host"], order["port"]
    chance, end = random.Random(order.get("seed", 11)), time.perf_counter() + order.get("seconds", math.inf)
    (least, most), (fewest, enough) = order["every"], order.get("requests", (0, math.inf))
    told = asyncio.Event()

    async def one(own: list[dict[str, Any]]) -> None:
        connection = Connection(host, port)
        for place in count():
            await asyncio.sleep(chance.uniform(least, most))
            if told.is_set() or place >= enough or (place >= fewest and time.perf_counter() >= end):
                break
            await notes.ask(connection, request_bytes(host, own[place % len(own)]))
        connection.close()

    async def listen() -> None:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        told.set()

    listening = [listen()] if order.get("until_told") else []
    await asyncio.gather(*listening, *(one(own) for own in order["senders"]))
    return notes


_ORDERS = {"load": load, "view": view, "pace": pace}


def main() -> None:
    """Do one order after another until there are none."""
    for line in sys.stdin:
        order = json.loads(line)
        began, busy = time.perf_counter(), time.process_time()
        notes = asyncio.run(_ORDERS[order["do"]](order))
        answer = {
            "times": notes.times,
            "statuses": notes.statuses,
            "size": notes.size,
            "sample": notes.sample if order.get("sample") else "",
            "seconds": time.perf_counter() - began,
            "busy": time.process_time() - busy,
            "together": notes.together,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
