"""A real server on a loopback port, for as long as a test needs it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import waitress
from flask import Flask
from waitress import wasyncore

from engine.access import Actor
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from tests.web.conftest import Visitor
from web import create_app, live
from web.context import hold_workbench


@dataclass(frozen=True)
class Site:
    """A workspace that answers at an address."""

    workbench: Workbench
    address: str
    app: Flask

    def actor(self, name: str) -> Actor:
        """Return the user with this e-mail name."""
        return self.workbench.actor_by_email(f"{name}@example.com")

    def sign_in_link(self, name: str) -> str:
        """Return the one-time link that signs somebody in."""
        with self.workbench.transaction(self.workbench.operator()) as tx:
            token = accounts.make_sign_in_link(tx, tx.get(User, self.actor(name).user_id))
        return f"{self.address}/sign-in/{token}"

    def session_cookie(self, name: str) -> dict[str, str]:
        """Return the cookie of somebody who has just signed in."""
        visitor = Visitor.signed_in(self.app, self.actor(name).user_id)
        cookie = visitor.client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        return {"name": cookie.key, "value": cookie.value, "url": self.address}


#: Applications without a site: making one and loading its templates takes as long as a test.
_idle: list[Flask] = []


def _application(workbench: Workbench) -> Flask:
    """Give an application around this engine that remembers nothing of another."""
    if not _idle:
        return create_app(workbench, secret_key="only for tests")
    app = _idle.pop()
    hold_workbench(app.extensions, workbench)
    live.forget(app)
    return app


@contextmanager
def serving(workbench: Workbench) -> Iterator[Site]:
    """Serve a Workbench as ``workbench serve`` does; on leaving, every thread and socket is gone."""
    app = _application(workbench)
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, name="site")
    thread.start()
    try:
        yield Site(workbench, f"http://127.0.0.1:{server.effective_port}", app)
    finally:
        server.task_dispatcher.shutdown()
        # Sockets belong to the loop's thread: it closes them itself, and ends because none is left.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(timeout=10)
        assert not thread.is_alive(), "the server did not stop"
        _idle.append(app)
