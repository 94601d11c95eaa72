"""A database that goes away as networks and servers do: silent, cut off, held by another, and back again."""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url


class Wire:
    """What lies between a program and its PostgreSQL: it forwards, holds everything back, or is cut."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self._server = next(Path(str(address.query["host"])).glob(".s.PGSQL.*[0-9]"))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._flows = threading.Event()
        self._flows.set()
        host, port = self._listener.getsockname()
        query = {name: value for name, value in address.query.items() if name != "host"}
        self.url = address.set(host=host, port=port, query=query).render_as_string(hide_password=False)
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self) -> None:
        """Forward nothing any more; connections stay open, and new ones are accepted by the system."""
        self._flows.clear()

    def let_go(self) -> None:
        """Forward again, also what was held back."""
        self._flows.set()

    def cut(self) -> None:
        """Close all connections."""
        for end in self._open:
            end.close()
        self._open.clear()

    def close(self) -> None:
        """Be no more."""
        self._listener.close()
        self._flows.set()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(str(self._server))
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(source, target), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self._flows.wait()
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            end.close()


@contextmanager
def wire_to(url: str) -> Iterator[Wire]:
    """Give a wire to a PostgreSQL that listens on a socket in a folder."""
    wire = Wire(url)
    try:
        yield wire
    finally:
        wire.close()


@contextmanager
def held_lock(url: str, statement: str = "SELECT * FROM store_heads FOR UPDATE") -> Iterator[int]:
    """Hold what writes need, as another program that begins one and stands still; give its process.

    SQLite's lock is the file's; of PostgreSQL's each is somebody's own, taken by ``statement``.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(address.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield os.getpid()
        return
    with psycopg.connect(url.replace("+psycopg", ""), application_name="left open") as other:
        other.execute(statement)
        yield other.info.backend_pid
