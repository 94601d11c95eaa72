"""Messages to a chat, through Apprise, to a real receiver on loopback."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from engine.errors import BadRequestError
from engine.jobs.models import JobStatus
from engine.notifications.models import NotificationKind
from engine.notifications.service import notify
from engine.secrets import sealing
from engine.secrets import service as secrets
from engine.secrets.chats import place_of
from tests.engine.outbox.conftest import Post
from tests.factories import do


class Receiver:
    """A chat that takes JSON, and what it answers."""

    def __init__(self) -> None:
        self.taken: list[dict[str, str]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.status == 200:
                    receiver.taken.append(json.loads(body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"json://bot:s3cret-word@127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()


def told_by_chat(post: Post, address: str, *, key: str = "due:1", then: str | None = None) -> None:
    """Have Ana told in her chat; ``then`` is what stands there in place of her address by that time."""
    workbench, ana = post.desk.workbench, post.desk.people["ana"]
    do(workbench, workbench.operator(), "secrets set", name="chat:ana@example.com", value=address)
    do(workbench, ana, "message settings", chat=True, mail=False)
    if then is not None:
        with workbench.transaction(workbench.operator()) as tx:
            secrets.keep(tx, "chat:ana@example.com", sealing.seal(workbench, then))
    with workbench.transaction(post.desk.people["mara"]) as tx:
        given = {"kind": NotificationKind.REMINDER, "title": "It is due", "lines": ["Tomorrow."], "key": key}
        notify(tx, user_ids=[ana.user_id], **given)
    post.deliver()


def jobs(post: Post) -> list[tuple[JobStatus, str]]:
    return [(job.status, job.outcome or "") for job in post.jobs() if job.kind == "send_chat"]


def test_whoever_wants_it_is_told_in_their_chat_and_not_by_mail(post: Post, receiver: Receiver):
    told_by_chat(post, receiver.address)
    [message] = receiver.taken
    assert message["title"] == "It is due"
    assert "Tomorrow." in message["message"]
    assert "https://board.example.com/inbox?item=due%3A1" in message["message"]
    assert jobs(post) == [(JobStatus.DONE, "To the chat of Ana.")]
    assert post.to("ana") == []


def test_a_chat_that_refuses_is_tried_again_and_told_once(post: Post, receiver: Receiver):
    receiver.status = 500
    told_by_chat(post, receiver.address)
    assert jobs(post) == [(JobStatus.READY, "The chat of Ana did not take it.")]
    receiver.status = 200
    post.desk.workbench.clock.advance(minutes=5)
    post.deliver()
    post.deliver()
    assert len(receiver.taken) == 1


def test_what_is_no_address_says_so_without_telling_it(post: Post, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    told_by_chat(post, "json://127.0.0.1:1/", then="nothing://bot:s3cret-word@there")
    [(status, outcome)] = jobs(post)
    assert status is JobStatus.FAILED
    assert "workbench secrets set chat:ana@example.com" in outcome
    assert "s3cret-word" not in outcome + caplog.text


def test_no_log_tells_the_address(receiver: Receiver, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    receiver.status = 500
    assert not place_of(receiver.address).notify(title="Title", body="Body")
    assert "s3cret-word" not in caplog.text
    assert [record for record in caplog.records if record.name.startswith("apprise")] == []


def test_whoever_has_no_chat_is_told_nothing_there(post: Post):
    workbench = post.desk.workbench
    do(
        workbench,
        workbench.operator(),
        "secrets set",
        name="chat:ana@example.com",
        value="json://127.0.0.1:1/",
    )
    do(workbench, post.desk.people["ana"], "message settings", chat=True, mail=False)
    do(workbench, workbench.operator(), "secrets remove", name="chat:ana@example.com")
    with workbench.transaction(post.desk.people["mara"]) as tx:
        ana = post.desk.people["ana"].user_id
        notify(tx, user_ids=[ana], kind=NotificationKind.REMINDER, title="It is due", key="due:1")
    post.deliver()
    assert jobs(post) == [(JobStatus.DONE, "Nobody keeps a chat address for Ana.")]


def test_nobody_chooses_a_chat_for_which_no_address_is_kept(post: Post):
    ana = post.desk.people["ana"]
    with pytest.raises(BadRequestError, match="no chat address is kept for you") as refused:
        do(post.desk.workbench, ana, "message settings", chat=True)
    assert "workbench secrets set chat:ana@example.com" in str(refused.value)
    do(post.desk.workbench, ana, "message settings", chat=False)
