"""What one worker takes from its clients, and what it does not (S6)."""

from __future__ import annotations

import re
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest

from web.serving.http import Bounds, Server
from web.serving.loads import Loads

BOUNDS = Bounds(
    threads=1, body_bytes=1000, connections=8, head_seconds=0.3, linger_seconds=0.5, look_every_seconds=0
)
#: An answer that fills what a system keeps on the way to a client.
LONG = 20_000_000
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Site:
    """A server with a board that says how much it was sent; its loop runs in a thread."""

    def __init__(self, bounds: Bounds, *, aside: Callable[[str, str], bool] | None = None) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        named = {} if aside is None else {"aside": aside}
        self.server = Server(
            self.answer,
            self.listener,
            bounds,
            loads=Loads(1),
            signed_in=lambda headers: {"in=1": "one", "in=2": "other"}.get(headers.get("COOKIE")),
            **named,
        )
        self.gate = threading.Event()
        self.leaving = threading.Event()
        self.linger_seconds = 0.0
        self.thread = threading.Thread(target=self.run)
        self.open = ExitStack()
        self.thread.start()

    def run(self) -> None:
        while not self.leaving.is_set():
            self.server.turn(0.02)
        self.server.leave(linger_seconds=self.linger_seconds, most_seconds=5)

    def answer(self, environ, start_response):
        if environ["PATH_INFO"].startswith("/wait"):
            assert self.gate.wait(timeout=10)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        came = len(environ["wsgi.input"].read())
        status = "200 OK" if came == length else "413 Request Entity Too Large"
        body = b"x" * LONG if environ["PATH_INFO"] == "/long" else f"{came} of {length}".encode()
        start_response(status, [("Content-Length", str(len(body)))])
        return [body]

    def client(self, sends: bytes = b"") -> socket.socket:
        """Connect, and send something."""
        client = self.open.enter_context(socket.create_connection(self.listener.getsockname(), timeout=10))
        client.sendall(sends)
        return client

    def ask(self, sends: bytes = GET) -> bytes:
        """Send something and give what is answered."""
        return answer_to(self.client(sends))

    def close(self) -> None:
        self.gate.set()
        self.leaving.set()
        self.open.close()
        self.thread.join(timeout=20)
        self.listener.close()
        assert not self.thread.is_alive()


@dataclass
class Sites:
    """Makes sites, and closes them."""

    made: list[Site]

    def __call__(self, aside: Callable[[str, str], bool] | None = None, **changed: float) -> Site:
        self.made.append(Site(replace(BOUNDS, **changed), aside=aside))
        return self.made[-1]


@pytest.fixture
def site() -> Iterator[Sites]:
    sites = Sites([])
    yield sites
    for one in sites.made:
        one.close()


def post(length: int, *lines: str, path: str = "/") -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {length}", *lines]
    return ("\r\n".join(head) + "\r\n\r\n").encode()


def answer_to(client: socket.socket) -> bytes:
    """Read one answer whole."""
    came = b""
    while b"\r\n\r\n" not in came:
        came += client.recv(4096) or pytest.fail(f"closed after {came!r}")
    length = re.search(rb"Content-Length: (\d+)", came)
    while length and len(came.partition(b"\r\n\r\n")[2]) < int(length[1]):
        came += client.recv(4096) or pytest.fail(f"closed after {came!r}")
    return came


def is_closed(client: socket.socket) -> bool:
    """Say whether the server closes the connection, within the ten seconds that are waited for anything."""
    try:
        return client.recv(100) == b""
    except ConnectionResetError:
        return True


def send_until_cut_off(client: socket.socket, part: bytes) -> None:
    """Send the same again and again, until the server ends the connection."""
    for _ in range(500):
        time.sleep(0.01)
        try:
            client.sendall(part)
        except OSError:
            return
    pytest.fail("nobody ended it")


def test_a_body_within_the_limit_is_read_whole(site: Sites):
    assert site().ask(post(999) + b"x" * 999).endswith(b"999 of 999")


@pytest.mark.parametrize("lines", [(), ("Expect: 100-continue",)], ids=["sent", "announced"])
def test_a_body_over_the_limit_is_refused_before_it_is_sent(site: Sites, lines: tuple[str, ...]):
    answer = site().ask(post(1_000_000_000, *lines))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b"0 of 1000000000"), "the board says it, and has read nothing"
    assert b"Connection: close" in answer


def test_the_refusal_arrives_although_the_client_goes_on_sending(site: Sites):
    client = site(body_bytes=1_000_000).client(post(3_000_000))
    for _ in range(29):
        client.sendall(b"GET / HTTP/1.1\r\n\r\n" + b"x" * 100_000)
    answer = answer_to(client)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert is_closed(client), "nothing of the body was taken for a request"


@pytest.mark.parametrize(("seconds", "part"), [(0.1, 10), (60.0, 1000)], ids=["long", "much"])
def test_a_client_that_sends_on_for_ever_is_cut_off(site: Sites, seconds: float, part: int):
    client = site(linger_seconds=seconds).client(post(10**12))
    send_until_cut_off(client, b"x" * part)


def test_a_body_in_chunks_is_cut_off_where_it_passes_the_limit(site: Sites):
    client = site().client(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    client.sendall(b"".join(b"64\r\n" + b"x" * 100 + b"\r\n" for _ in range(20)))
    assert client.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("arrives", ["half", "whole"])
def test_bodies_of_strangers_have_a_bound_together_and_whoever_is_signed_in_comes_in_beside_them(
    site: Sites, arrives: str
):
    here = site(head_seconds=10, threads=3)
    body = b"x" * (900 if arrives == "whole" else 1)
    held = [here.client(post(900, path="/wait")) for _ in range(2)]
    wait_for(lambda: here.server.kept_for(None) == 1800)
    for client in held:
        client.sendall(body)
    answer = here.ask(post(900))
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"Try again later" in answer
    assert b"Connection: close" in answer
    chunks = here.ask(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert chunks.startswith(b"HTTP/1.1 503 ")
    known = here.client(post(900, "Cookie: in=1"))
    small = here.client(post(100))
    for client in held:
        client.sendall(b"x" * (900 - len(body)))
    here.gate.set()
    known.sendall(b"x" * 900)
    small.sendall(b"x" * 100)
    assert all(answer_to(client).endswith(b"900 of 900") for client in [*held, known])
    assert answer_to(small).endswith(b"100 of 100")
    wait_for(lambda: here.server.kept_for(None) == 0)


@pytest.mark.parametrize("in_chunks", [False, True])
def test_bodies_of_whoever_is_signed_in_have_a_bound_together_and_others_come_in_beside_them(
    site: Sites, *, in_chunks: bool
):
    here = site(head_seconds=10, connections=20)
    head = post(999, "Cookie: in=1")
    if in_chunks:
        head = head.replace(b"Content-Length: 999", b"Transfer-Encoding: chunked")
    held = [here.client(head) for _ in range(8)]
    wait_for(lambda: here.server.kept_for("one") >= 8 * 999)
    answer = here.ask(post(10, "Cookie: in=1"))
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"You send too much at this moment. Try again later." in answer
    assert here.ask(GET.replace(b"\r\n\r\n", b"\r\nCookie: in=1\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    assert here.ask(post(900, "Cookie: in=2") + b"x" * 900).endswith(b"900 of 900")
    assert here.ask(post(900) + b"x" * 900).endswith(b"900 of 900")
    for client in held:
        client.close()
    wait_for(lambda: here.server.kept_for("one") == 0)
    assert here.ask(post(900, "Cookie: in=1") + b"x" * 900).endswith(b"900 of 900")


def test_bodies_that_are_not_whole_yet_take_little_memory(site: Sites):
    here = site(body_bytes=600_000, head_seconds=10)
    body = b"x" * 500_000

    def arrived() -> int:
        channels = list(here.server.active_channels.values())
        return sum(len(one.request.body_rcv) for one in channels if one.request and one.request.body_rcv)

    tracemalloc.start()
    try:
        held = [here.client(post(len(body) + 1, "Cookie: in=1") + body) for _ in range(8)]
        wait_for(lambda: arrived() == len(held) * len(body))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < len(held) * len(body) / 2
    channels = list(here.server.active_channels.values())
    kept = [one.request.body_rcv.getbuf() for one in channels]
    for client in held:
        client.close()
    wait_for(lambda: all(body.getfile().closed for body in kept))


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_head_over_its_limit_is_refused(site: Sites):
    assert b" 431 " in site().ask(b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000)[:20]


@pytest.mark.parametrize(
    "sends", [b"", b"GET / HTT", post(100) + b"x"], ids=["nothing", "half a head", "half a body"]
)
def test_who_sends_half_a_request_is_cut_off_and_stops_nobody(site: Sites, sends: bytes):
    here = site()
    slow = [here.client(sends) for _ in range(5)]
    assert here.ask().startswith(b"HTTP/1.1 200 ")
    assert all(map(is_closed, slow))


@pytest.mark.parametrize(
    "head",
    ["POST / HTTP/1.1\r\nContent-Length: " + "9" * 5000, "GET http://[::/ HTTP/1.1\r\nHost: x"],
    ids=["a number of 5,000 digits", "no address"],
)
def test_what_cannot_be_read_in_a_head_is_answered_400_and_fills_no_log(site: Sites, head: str, caplog):
    assert site().ask(f"{head}\r\n\r\n".encode()).startswith(b"HTTP/1.1 400 ")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_client_is_answered_no_further_than_it_reads_and_in_the_end_all_that_it_asked(site: Sites):
    here = site(body_bytes=10 * LONG)
    client = here.client(GET.replace(b"/ ", b"/long ") * 5)
    came = client.recv(1000).count(b"x")
    time.sleep(0.5)
    [channel] = here.server.active_channels.values()
    assert channel.total_outbufs_len < LONG
    assert len(channel.requests) == 4
    while came < 5 * LONG:
        came += client.recv(LONG).count(b"x")
    assert came == 5 * LONG


@pytest.mark.parametrize("requests", [1, 5])
def test_who_does_not_read_is_cut_off(site: Sites, requests: int):
    here = site(body_bytes=10 * LONG, idle_seconds=1)
    client = here.client(GET.replace(b"/ ", b"/long ") * requests)
    assert client.recv(12) == b"HTTP/1.1 200"
    deadline = time.monotonic() + 10
    while here.server.active_channels and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not here.server.active_channels


def test_a_byte_now_and_then_does_not_keep_a_connection(site: Sites):
    client = site().client()
    client.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
    send_until_cut_off(client, b"x")


def test_a_body_may_take_its_time_as_long_as_it_comes_at_a_pace(site: Sites):
    client = site(body_bytes_per_second=100).client(post(100))
    for _ in range(10):
        time.sleep(0.08)
        client.sendall(b"x" * 10)
    assert answer_to(client).endswith(b"100 of 100")


def test_whoever_opens_too_many_connections_loses_their_own_first_and_others_come_in(site: Sites):
    here = site(head_seconds=60.0)
    other = here.client(GET)
    assert answer_to(other).startswith(b"HTTP/1.1 200 ")
    here.server.active_channels[next(iter(here.server.active_channels))].addr = ("192.0.2.1", 1)
    flood = [here.client(b"GET / HTT") for _ in range(30)]
    assert here.ask().startswith(b"HTTP/1.1 200 ")
    other.sendall(GET)
    assert answer_to(other).startswith(b"HTTP/1.1 200 "), "it was there first, and silent for longest"
    assert is_closed(flood[0])
    assert len(here.server.active_channels) <= BOUNDS.connections


def test_what_goes_aside_keeps_no_thread_from_the_others(site: Sites):
    here = site(lambda method, path: (method, path) == ("GET", "/wait"))
    waiting = [here.client(GET.replace(b"/ ", b"/wait ")) for _ in range(4)]
    assert here.ask().startswith(b"HTTP/1.1 200 ")
    here.gate.set()
    assert all(answer_to(client).startswith(b"HTTP/1.1 200 ") for client in waiting)


def test_where_too_many_wait_aside_the_next_is_told_so_at_once(site: Sites):
    here = site(lambda _, path: path == "/wait", waiting_aside=2)
    first = here.client(GET.replace(b"/ ", b"/wait "))
    while not here.server._aside.active_count:
        time.sleep(0.01)
    queued = [here.client(GET.replace(b"/ ", b"/wait ")) for _ in range(3)]
    answer = answer_to(queued[-1])
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"Try again in a few seconds" in answer
    here.gate.set()
    assert answer_to(first).startswith(b"HTTP/1.1 200 ")


def test_a_server_that_leaves_answers_what_is_under_way_and_says_that_it_is_the_last(site: Sites):
    here = site()
    here.linger_seconds = 1.0
    idle, under_way = here.client(GET), here.client(GET.replace(b"/ ", b"/wait "))
    assert b"Connection: close" not in answer_to(idle)
    while not here.server.task_dispatcher.active_count:
        time.sleep(0.01)
    here.leaving.set()
    while not here.server.is_leaving:
        time.sleep(0.01)
    idle.sendall(GET)
    here.gate.set()
    for client in (idle, under_way):
        answer = answer_to(client)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"Connection: close" in answer
    here.thread.join(timeout=10)
    assert not here.thread.is_alive(), "with nobody left it does not wait"


def nothing(_environ, start_response):
    start_response("204 No Content", [])
    return []


def test_a_worker_leaves_a_new_connection_to_one_that_holds_fewer_but_not_for_long():
    loads = Loads(2)
    assert loads.is_least(0), "nobody waits for a worker that is not there"
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(nothing, listener, BOUNDS, loads=loads)
    first, second = (socket.create_connection(listener.getsockname(), timeout=10) for _ in range(2))
    with first, second:
        server.turn(1)
        loads.tell(1, 0)
        server.turn(1)
        assert len(server.active_channels) == 1, "the second one is the other worker's"
        assert not loads.is_least(0)
        second.sendall(GET)
        for _ in range(40):
            server.turn(0.01)
        assert second.recv(100).startswith(b"HTTP/1.1 204 "), "the other one hangs"
    server.leave(linger_seconds=0, most_seconds=5)
    listener.close()


def test_who_waits_outside_over_many_connections_keeps_a_thread_free_for_others(site):
    here = site(threads=2)
    waiting = [here.client(b"GET /wait HTTP/1.1\r\nHost: x\r\nCookie: in=1\r\n\r\n") for _ in range(4)]
    time.sleep(0.2)
    other = here.client(b"GET / HTTP/1.1\r\nHost: x\r\nCookie: in=2\r\n\r\n")
    other.settimeout(3)
    assert b"200 OK" in answer_to(other)
    here.gate.set()
    assert all(b"200 OK" in answer_to(client) for client in waiting)


@pytest.mark.parametrize("in_chunks", [False, True])
def test_what_is_large_never_has_all_threads_however_it_is_sent(site: Sites, *, in_chunks: bool):
    here = site(threads=2, turn_seconds=0.05, body_bytes=40_000, head_seconds=10)
    body, line = b"x" * 20_000, "Content-Length: 20000"
    if in_chunks:
        body, line = b"4e20\r\n" + body + b"\r\n0\r\n\r\n", "Transfer-Encoding: chunked"
    heads = [f"POST /wait HTTP/1.1\r\nHost: x\r\nCookie: in={name}\r\n{line}\r\n\r\n" for name in (1, 2)]
    large = [here.client(head.encode() + body) for head in heads]
    time.sleep(0.2)
    other = here.client(GET)
    other.settimeout(3)
    assert b"200 OK" in answer_to(other)
    here.gate.set()
    assert all(answer_to(client).endswith(b"20000 of 20000") for client in large)
