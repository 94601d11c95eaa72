"""HTTP for one worker: waitress, which reads and writes beside the threads, with bounds of our own (S6).

waitress gives a thread only requests that have arrived whole, so nobody who sends slowly keeps one. What it
lacks is added here: a request has to arrive within a time, whoever opens many connections loses their own
first, what is too large is refused before it is read, and a server that leaves says so with each answer.
"""

from __future__ import annotations

import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

from web.serving.dispatching import InTurns
from web.serving.loads import Loads

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_log = logging.getLogger("workbench.serve")
_KIBIBYTE = 1024
#: How long a worker that holds more connections than another leaves a new one to that, in milliseconds.
_LEAVE_IT_FOR = 20
#: What needs no database goes on while all other threads wait for it; one that asks how it is may wait too.
_THREADS_AT_ONCE = 2
#: How much of what is refused is taken off the wire, in bodies as large as allowed.
_DRAINED_BODIES = 4


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What one worker takes from its clients, at most."""

    #: Requests that are answered at one time.
    threads: int
    #: How long one of them keeps the others waiting; None where they need not wait.
    turn_seconds: float | None = None
    #: The largest body; a larger one is answered 413 unread.
    body_bytes: int
    header_bytes: int = 32 * _KIBIBYTE
    connections: int = 1000
    #: How long a connection may stay open without a request, or with answers that nobody takes.
    idle_seconds: int = 60
    #: How much of its answers a client may leave unread before its next request is answered.
    unsent_bytes: int = 64 * _KIBIBYTE
    #: How long the head of a request may take, from the connection or its first byte on ...
    head_seconds: float = 20.0
    #: ... and the body besides, whose bytes must come at this pace.
    body_bytes_per_second: int = 16 * _KIBIBYTE
    #: How long what is refused is still taken off the wire, unread, so that the refusal arrives.
    linger_seconds: float = 5.0
    #: Requests that may wait for their turn aside; more are answered 503.
    waiting_aside: int = 64
    #: What bodies of strangers may take together of memory and files, in bodies as large as allowed.
    bodies_of_strangers: int = 2
    #: ... and those of anybody who is signed in.
    bodies_of_one: int = 8
    #: What is kept of a body in memory; a longer one lies in a file until it is answered.
    body_bytes_in_memory: int = 64 * _KIBIBYTE
    #: How often connections are looked through for those that are late.
    look_every_seconds: int = 1


#: Whether a request takes its turn aside, by method and path: what keeps a processor busy for long on behalf
#: of strangers must not keep the threads from those who are in. The same tells what is answered at once: it
#: needs no database and must not wait behind what does (G2).
Aside = Callable[[str, str], bool]


#: Names whoever sends these headers, always alike; None for strangers. Only what was signed or is known
#: counts: who chose their own name would be somebody new with each request, or somebody else.
SignedIn = Callable[[Mapping[str, str]], str | None]


class _BusyError(Error):  # type: ignore[misc]
    code = 503
    reason = "Service Unavailable"


class _Request(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A request as it arrives."""

    error: Error | None
    #: Its body is larger than allowed, or there is no room for it, and is not read.
    is_refused = False
    #: How much of its body may be kept; None until its head is read.
    keeps: int | None = None
    #: On behalf of whom; None for strangers.
    keeps_for: str | None = None

    def __init__(self, adjustments: Adjustments, server: Server) -> None:
        super().__init__(adjustments)
        self._server = server

    @property
    def body_bytes(self) -> int:
        """How long its body is: as its head says, or, where it comes in chunks, as much as came."""
        return len(self.body_rcv) if self.chunked else self.content_length

    def received(self, data: bytes) -> int:
        """Take what came; give how much of it belongs to this request."""
        consumed = self._parsed(data)
        if self.headers_finished and self.keeps is None and not self.completed:
            self._ask_for_room()
        return consumed

    def _ask_for_room(self) -> None:
        """Let a body come while those of its sender have room, or, of a stranger, those of all strangers."""
        self.keeps, bounds = 0, self._server.bounds
        self.keeps_for = self._server.signed_in(self.headers)
        is_stranger = self.keeps_for is None
        bodies = bounds.bodies_of_strangers if is_stranger else bounds.bodies_of_one
        wanted = bounds.body_bytes if self.chunked else self.content_length
        if self._server.kept_for(self.keeps_for) + wanted <= bodies * bounds.body_bytes:
            self.keeps = wanted
            return
        who = "Others who are not signed in send" if is_stranger else "You send"
        self.error = _BusyError(f"{who} too much at this moment. Try again later.")
        self._refuse()

    def _refuse(self) -> None:
        self.is_refused = self.completed = True
        self.expect_continue = False  # else the body would be asked for
        self.headers["CONNECTION"] = "close"  # what comes after it is body, and no next request

    def _parsed(self, data: bytes) -> int:
        try:
            consumed: int = super().received(data)
        except ValueError:  # numbers and addresses that waitress does not expect, and Python refuses
            self.error, self.completed = BadRequest("Header invalid"), True
            return len(data)
        if not isinstance(self.error, RequestEntityTooLarge):
            return consumed
        self._refuse()
        if not self.chunked:
            # The board says it in its own words: it sees the length, and refuses before it reads.
            self.error = None
        return consumed


class _Answer(WSGITask):  # type: ignore[misc]
    """The board's answer to one request."""

    def build_response_header(self) -> bytes:
        """Say besides that the connection ends, when this worker leaves."""
        if self.channel.server.is_leaving:
            self.request.headers["CONNECTION"] = "close"
        header: bytes = super().build_response_header()
        return header


class _Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    close_when_flushed: bool
    request: _Request | None
    task_class = _Answer

    def __init__(
        self, server: Server, connection: socket.socket, address: Any, *rest: Any, **named: Any
    ) -> None:
        super().__init__(server, connection, address, *rest, **named)
        #: When the request that is not whole yet began; None between requests.
        self.began: float | None = self.creation_time
        #: Until when the rest of what was refused is taken off the wire; None otherwise.
        self.draining_until: float | None = None
        self._drained = 0
        #: Whether its next request waits until the client has read the answers before.
        self._is_behind = False

    def parser_class(self, adjustments: Adjustments) -> _Request:
        """Begin a request."""
        return _Request(adjustments, self.server)

    def kept_for(self, sender: str | None) -> int:
        """How much of memory or files bodies of somebody, or of strangers, may take here, in bytes."""
        under_way = [] if self.request is None else [self.request]
        there = [*under_way, *self.requests]
        return sum(request.keeps or 0 for request in there if request.keeps_for == sender)

    def sender(self) -> str:
        """Name whoever sent the next request: by their session, strangers by their address."""
        headers: dict[str, str] = getattr(self.requests[0], "headers", {})
        name: str | None = self.server.signed_in(headers)
        if name is not None:
            return f"user {name}"
        return str(self.addr[0] if isinstance(self.addr, tuple) else self.addr)

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way and no answer is being sent."""
        return not (self.requests or self.total_outbufs_len or self.close_when_flushed)

    def received(self, data: bytes) -> bool:
        """Take what came from the client."""
        if self.draining_until is not None:
            self._drained += len(data)
            self.will_close = self._drained > _DRAINED_BODIES * self.server.bounds.body_bytes
            return True
        is_first = self.request is None
        taken: bool = super().received(data)
        if self.request is None:
            self.began = None
        elif is_first:
            self.began = time.time()
        return taken

    def handle_close(self) -> None:
        """Close the connection, and give back at once what was kept of a body that is not whole."""
        super().handle_close()
        if self.request is not None:
            self.request.close()

    def readable(self) -> bool:
        """Whether anything is to be read; while draining, to be thrown away."""
        return self.draining_until is not None or bool(super().readable())

    def service(self) -> None:
        """Answer one request."""
        if getattr(self.requests[0], "is_refused", False):
            self.draining_until = time.time() + self.server.bounds.linger_seconds
        super().service()

    def is_behind(self) -> bool:
        """Whether its answers are unread; then ``handle_write`` has the next request answered later.

        Somebody who sends many requests and reads nothing would else have all answers kept for them.
        """
        with self.outbuf_lock:
            self._is_behind = self.total_outbufs_len > self.server.bounds.unsent_bytes
            return self._is_behind

    def handle_write(self) -> None:
        """Send what there is; after a refusal, say that nothing more comes and let the client end it."""
        if self.draining_until is None or self.will_close:
            super().handle_write()
            self._catch_up()
            return
        self._flush_exception(self._flush_some_if_lockable)
        if self.close_when_flushed and not self.total_outbufs_len:
            self.close_when_flushed = False
            self.socket.shutdown(socket.SHUT_WR)

    def _catch_up(self) -> None:
        if self._is_behind:
            with self.requests_lock:
                if self.requests and not self.is_behind():
                    self.server.add_task(self)

    def is_late(self, now: float) -> bool:
        """Whether its request takes longer to arrive than it may, or nobody reads its answers."""
        bounds = self.server.bounds
        is_silent: bool = now - self.last_activity > bounds.idle_seconds
        if self.requests:
            return self._is_behind and is_silent
        if self.draining_until is not None:
            return now > self.draining_until
        if self.total_outbufs_len:
            return is_silent
        if self.began is None:
            return False
        body = self.request.content_length if self.request is not None else 0
        if self.request is not None and self.request.chunked:
            body = bounds.body_bytes
        return bool(now - self.began > bounds.head_seconds + body / bounds.body_bytes_per_second)


class Server(TcpWSGIServer):  # type: ignore[misc]
    """One worker's side of a listening socket."""

    channel_class = _Channel

    def __init__(
        self,
        board: WSGIApplication,
        listener: socket.socket,
        bounds: Bounds,
        *,
        loads: Loads,
        place: int = 0,
        aside: Aside = lambda method, path: False,  # noqa: ARG005 - nothing is
        at_once: Aside = lambda method, path: False,  # noqa: ARG005 - as above
        signed_in: SignedIn = lambda headers: None,  # noqa: ARG005 - nobody is
        database: Callable[[], tuple[int, int]] = lambda: (0, 0),
        on_refused: Callable[[int], None] = lambda status: None,  # noqa: ARG005 - nobody counts them
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        """Serve ``board`` at ``listener`` once ``turn`` is called; ``loads`` are those of all workers.

        ``database`` tells how many connections to it are in use, and kept; ``on_refused`` is told the status
        of each request that the board does not see, ``on_end`` is called when the server begins to end.
        """
        self.bounds, self._loads, self._place = bounds, loads, place
        self._goes_aside, self._goes_at_once = aside, at_once
        self.on_end = on_end
        self.signed_in, self._database, self._on_refused = signed_in, database, on_refused
        self.is_leaving = False
        self._late: list[_Channel] = []
        self._left_for = 0
        self._warned_at = 0.0
        threads, self._aside = InTurns(bounds.turn_seconds, bounds.threads), ThreadedTaskDispatcher()
        threads.set_thread_count(bounds.threads)
        self._aside.set_thread_count(1)
        self._at_once = ThreadedTaskDispatcher()
        self._at_once.set_thread_count(_THREADS_AT_ONCE)
        adjustments = Adjustments(
            sockets=[listener],
            ident=None,
            # Bodies arrive in few pieces: each is a round of the loop, beside the threads that answer.
            recv_bytes=64 * _KIBIBYTE,
            max_request_body_size=bounds.body_bytes,
            inbuf_overflow=bounds.body_bytes_in_memory,
            max_request_header_size=bounds.header_bytes,
            connection_limit=2 * bounds.connections,  # waitress would accept nobody beyond it
            channel_timeout=bounds.idle_seconds,
            cleanup_interval=bounds.look_every_seconds,
            # A file that is downloaded slowly must not keep its thread.
            outbuf_high_watermark=4 * bounds.body_bytes,
            log_socket_errors=False,
            # Who asks by way of a proxy is for the settings to say (``web.devices``).
            clear_untrusted_proxy_headers=False,
        )
        where = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            board, {}, True, listener, dispatcher=threads, adj=adjustments, bind_socket=False, sockinfo=where
        )

    def turn(self, seconds: float = 1.0) -> None:
        """Go round the loop once; wait ``seconds`` at most for something to happen."""
        self._tell()
        self.asyncore.loop(timeout=seconds, map=self._map, use_poll=True, count=1)
        while self._late:
            # Not when it can be written to next: where nobody reads, that is never.
            self._late.pop().handle_close()

    def add_task(self, channel: _Channel) -> None:
        """Let a request be answered: in its turn, or aside, or once the client has read what came before.

        A refusal needs no store, and waits for nobody.
        """
        if channel.is_behind():
            return
        request = channel.requests[0]
        if not request.error and self._goes_aside(request.command, request.path):
            if len(self._aside.queue) < self.bounds.waiting_aside:
                self._aside.add_task(channel)
                return
            request.error = _BusyError("Too many people sign in at this moment. Try again in a few seconds.")
        if request.error:
            self._on_refused(request.error.code)
        if request.error or self._goes_at_once(request.command, request.path):
            self._at_once.add_task(channel)
            return
        super().add_task(channel)

    def _tell(self) -> None:
        """Tell what this worker does now."""
        waiting = self.task_dispatcher.queue.waiting + len(self._aside.queue) + len(self._at_once.queue)
        threads = (self.task_dispatcher, self._aside, self._at_once)
        answering = sum(one.active_count for one in threads)
        connections = len(self.active_channels)
        self._loads.tell(self._place, connections, waiting, max(0, answering), *self._database())

    def kept_for(self, sender: str | None) -> int:
        """How much of memory or files bodies of somebody, or of strangers, may take together, in bytes."""
        return sum(channel.kept_for(sender) for channel in list(self.active_channels.values()))

    def handle_accept(self) -> None:
        """Take a new connection, unless a worker with fewer is there to take it."""
        if not self._loads.is_least(self._place) and self._left_for < _LEAVE_IT_FOR:
            self._left_for += 1
            time.sleep(0.001)
            return
        self._left_for = 0
        super().handle_accept()
        if len(self.active_channels) > self.bounds.connections:
            self._make_room()
        self._tell()

    def maintenance(self, now: float) -> None:
        """Close connections that are idle for too long, or whose request takes too long to arrive."""
        super().maintenance(now)
        self._late = [channel for channel in self.active_channels.values() if channel.is_late(now)]

    def _make_room(self) -> None:
        """Close one connection: of the address with most of them, the one that was silent for longest."""
        channels = self.active_channels.values()
        idle = [channel for channel in channels if channel.is_idle] or list(channels)
        held = Counter(channel.addr[0] for channel in idle)
        (address, _), *_ = held.most_common(1)
        min(
            (channel for channel in idle if channel.addr[0] == address),
            key=lambda channel: channel.last_activity,
        ).handle_close()
        if time.monotonic() - self._warned_at > 60:
            self._warned_at = time.monotonic()
            _log.warning(
                "more than %d connections; closing those of %s that are silent for longest",
                self.bounds.connections,
                address,
            )

    # --- the end ---------------------------------------------------------------------------------

    def leave(self, *, linger_seconds: float, most_seconds: float) -> None:
        """Accept nobody any more, answer what is under way, and close.

        Connections between two requests stay open for ``linger_seconds``: their next answer says that it is
        the last. Whatever is not done after ``most_seconds`` is given up.
        """
        self.is_leaving, self.accepting = True, False
        self.del_channel()
        began = time.monotonic()
        self.turn(0)  # takes what has arrived already
        while self.active_channels and (spent := time.monotonic() - began) < most_seconds:
            if spent >= linger_seconds:
                self._close_idle()
            self.turn(0.05)
        for dispatcher in (self.task_dispatcher, self._aside, self._at_once):
            dispatcher.shutdown(timeout=max(0.0, most_seconds - (time.monotonic() - began)))
        self.asyncore.close_all(self._map)

    def _close_idle(self) -> None:
        for channel in list(self.active_channels.values()):
            if channel.is_idle and channel.request is None:
                channel.handle_close()
