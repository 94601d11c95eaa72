"""What `workbench.client` does between a call and its answer: again, in pages, with a key, without an end."""

from __future__ import annotations

import io
import json
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from workbench.client import (
    UNSET,
    Client,
    NotSeenError,
    RefusedError,
    UnreachableError,
    errors,
    models,
    sending,
)

Answering = Callable[[httpx.Request], httpx.Response]
DONE = {"done": {"message": "Done.", "asides": ["But."], "act_id": "evt_1"}}


class Line:
    """A line on which one thing after another happens; it keeps what was sent and how long was waited."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.happens: list[httpx.Response | Exception] = []
        self.sent: list[httpx.Request] = []
        self.waited: list[float] = []
        monkeypatch.setattr(sending.time, "sleep", self.waited.append)
        self.client = self.to("https://work.example.com")

    def to(self, address: str) -> Client:
        return Client(address, "wbt_1", transport=httpx.MockTransport(self._answer))

    def then(self, *happens: Any) -> Client:
        """Say what happens: a status, JSON data that is answered, an answer, or an error."""
        self.happens += [self._told(one) for one in happens]
        return self.client

    @staticmethod
    def _told(one: Any) -> httpx.Response | Exception:
        if isinstance(one, int):
            return refusal(one, "UNAVAILABLE")
        return httpx.Response(200, json=one) if isinstance(one, dict) else one

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.sent.append(request)
        next_one = self.happens.pop(0)
        if isinstance(next_one, Exception):
            raise next_one
        return next_one

    def bodies(self) -> list[Any]:
        return [json.loads(one.content) if one.content else None for one in self.sent]

    def sent_keys(self) -> set[str | None]:
        return {one.headers.get("Idempotency-Key") for one in self.sent}


def refusal(
    status: int, code: str, details: list[dict[str, Any]] | None = None, **headers: str
) -> httpx.Response:
    error = {"code": code, "message": "No.", "details": details or []}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"error": error}, headers=named)


def lost() -> Exception:
    return httpx.ReadError("gone")


@contextmanager
def http_server() -> Iterator[tuple[int, list[str]]]:
    """Listen on this machine while the block lasts; give the port, and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    return Line(monkeypatch)


# -- sent again --------------------------------------------------------------------------------


def test_a_change_whose_answer_was_lost_is_sent_again_with_the_same_key(line: Line):
    answer = line.then(lost(), 503, 502, refusal(504, "OUTCOME_UNKNOWN"), DONE).tasks.start(12)
    assert answer.message == "Done."
    assert len(line.sent) == 5
    assert len(line.sent_keys()) == 1
    assert None not in line.sent_keys()


def test_each_change_has_a_key_of_its_own_and_takes_one_that_is_given(line: Line):
    client = line.then(DONE, DONE, DONE)
    client.tasks.start(12)
    client.tasks.start(12)
    client.tasks.start(12, idempotency_key="start-of-march")
    assert len(line.sent_keys()) == 3
    assert "start-of-march" in line.sent_keys()


def test_it_is_not_tried_for_ever_and_the_key_is_told_with_which_to_go_on(line: Line):
    client = line.then(*[lost() for _ in range(9)])
    with pytest.raises(
        UnreachableError, match=r"POST https://work\.example\.com/api/tasks/12/start: no answer"
    ) as it:
        client.tasks.start(12)
    assert len(line.sent) == 5
    assert {it.value.idempotency_key} == line.sent_keys()
    assert 0 < sum(line.waited) < 10


def test_what_takes_no_key_is_sent_again_only_where_it_did_not_arrive(line: Line):
    client = line.then(httpx.ConnectError("refused"), 503, lost(), DONE)
    with pytest.raises(UnreachableError):
        client.feeds.make()
    assert (len(line.sent), line.sent_keys()) == (3, {None})


def test_whoever_is_told_to_wait_waits_so_long(line: Line):
    line.then(refusal(429, "RATE_LIMITED", Retry_After="7"), {"users": [], "total": 0, "next": None})
    assert list(line.client.users.list()) == []
    assert line.waited == [7.0]


def test_whoever_is_told_to_wait_for_long_is_told_so(line: Line):
    client = line.then(refusal(429, "RATE_LIMITED", Retry_After="3600"))
    with pytest.raises(errors.RateLimitedError) as refused:
        client.tasks.start(12)
    assert (refused.value.retry_after, line.waited) == (3600.0, [])


def test_a_file_is_sent_from_its_beginning_each_time(line: Line):
    file = io.BytesIO(b"a picture")
    line.then(lost(), DONE).tasks.proof(12, label="Photo", file=("shelf.png", file))
    assert [one.content.count(b"a picture") for one in line.sent] == [1, 1]
    assert b'filename="shelf.png"' in line.sent[1].content


def test_what_can_be_read_but_once_is_sent_but_once(line: Line):
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    client = line.then(503)
    with pytest.raises(errors.UnavailableError):
        client.tasks.proof(12, label="Photo", file=("shelf.png", Pipe(b"a picture")))
    assert len(line.sent) == 1


@pytest.mark.parametrize(
    ("answer", "times"),
    [
        (refusal(503, "OUTCOME_UNKNOWN"), 1),
        (httpx.Response(503, text="<html>Nobody behind me answers</html>"), 1),
        (refusal(503, "STORE_UNAVAILABLE"), 2),
        (refusal(429, "RATE_LIMITED"), 2),
    ],
)
def test_what_takes_no_key_is_sent_again_only_where_nothing_was_done(line: Line, answer: Any, times: int):
    client = line.then(answer, {**event("feed"), **DONE})
    with suppress(RefusedError, ValidationError):  # what is answered at last is no feed
        client.feeds.make()
    assert len(line.sent) == times


@pytest.mark.parametrize(
    "token", ["wbt_1\n", "wbt_1 ", "", "wbt_", "Bearer wbt_1", "wbt_1\r\nX-More: 1", "wbt_é"]
)
def test_what_is_no_token_is_refused_without_being_told(token: str):
    with pytest.raises(ValueError, match="This is no API token") as refused:
        Client("https://work.example.com", token)
    assert not token.strip() or token.strip() == "wbt_" or token.strip() not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["http://work.example.com", "http://127.0.0.1.example.com", "work", "ftp://x"]
)
def test_a_token_is_not_sent_for_everybody_to_read(address: str):
    with pytest.raises(ValueError, match="with https"):
        Client(address, "wbt_1")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_this_machine_is_asked_without_tls_and_without_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch):
    """A proxy of the environment would be sent the token as it is."""
    with http_server() as (port, asked):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        client = Client(f"http://{host}:1", "wbt_1", retries=0)
        with pytest.raises(UnreachableError):
            client.tasks.get(12)
    assert asked == []


@pytest.mark.parametrize("kind", [httpx.LocalProtocolError, httpx.UnsupportedProtocol])
def test_what_can_never_be_sent_is_not_tried_again_and_not_told(line: Line, kind: type[httpx.TransportError]):
    events = line.then(kind("Illegal header value b'Bearer wbt_1'")).events("c0")
    with pytest.raises(UnreachableError, match="cannot be sent") as told_so:
        next(events)
    assert (len(line.sent), line.waited) == (1, [])
    assert "wbt_1" not in "".join(traceback.format_exception(told_so.value))


# -- refused -----------------------------------------------------------------------------------


def test_a_refusal_is_an_exception_of_its_code_with_its_details(line: Line):
    detail = {"code": "MISSING_PROOF", "message": "Give the photo.", "field": None}
    client = line.then(refusal(409, "COMPLETION_REFUSED", [detail]))
    with pytest.raises(errors.CompletionRefusedError, match=r"COMPLETION_REFUSED: No\.") as refused:
        client.tasks.complete(12)
    assert (refused.value.status, refused.value.code) == (409, "COMPLETION_REFUSED")
    assert [(one.code, one.message, one.field) for one in refused.value.details] == [
        ("MISSING_PROOF", "Give the photo.", None)
    ]
    assert len(line.sent) == 1


def test_what_belongs_to_the_code_of_a_detail_is_read_as_it_came(line: Line):
    detail = {
        "code": "MISSING_PROOF",
        "message": "Give the photo.",
        "label": "Photo",
        "task_proof_id": "prf_1",
    }
    client = line.then(refusal(409, "COMPLETION_REFUSED", [detail]))
    with pytest.raises(errors.CompletionRefusedError) as refused:
        client.tasks.complete(12)
    [told] = refused.value.details
    assert told.more == {"label": "Photo", "task_proof_id": "prf_1"}


def test_a_code_to_come_is_a_refusal_too(line: Line):
    client = line.then(refusal(409, "WHO_KNOWS"))
    with pytest.raises(RefusedError) as refused:
        client.tasks.get(12)
    assert (type(refused.value), refused.value.code) == (RefusedError, "WHO_KNOWS")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(403, text="<html>Go away</html>"), "HTTP_403"),
        (httpx.Response(301, headers={"Location": "https://other"}), "HTTP_301"),
        (httpx.Response(200, text="<html>Welcome</html>"), "NO_JSON"),
        (httpx.Response(404, json=[1]), "HTTP_404"),
    ],
)
def test_what_is_no_answer_of_a_workbench_says_so(line: Line, answer: httpx.Response, code: str):
    client = line.then(answer)
    with pytest.raises(RefusedError, match=r"https://work\.example\.com/api/tasks/12") as refused:
        client.tasks.get(12)
    assert refused.value.code == code


@pytest.mark.parametrize("address", ["https://work.example.com/board", "https://work.example.com/board/"])
def test_a_workbench_may_stand_below_an_address(line: Line, address: str):
    line.then(*[lost() for _ in range(5)])
    with pytest.raises(
        UnreachableError, match=r"POST https://work\.example\.com/board/api/tasks/12/start: no"
    ):
        line.to(address).tasks.start(12)
    assert {str(one.url) for one in line.sent} == {"https://work.example.com/board/api/tasks/12/start"}
    assert {one.headers["Authorization"] for one in line.sent} == {"Bearer wbt_1"}


# -- sent --------------------------------------------------------------------------------------


def test_what_is_left_out_is_not_sent_and_none_is(line: Line):
    line.then(DONE, DONE).tasks.update(12, deadline=None, title="Badges", priority=UNSET)
    line.client.tasks.start(12)
    assert line.bodies() == [{"deadline": None, "title": "Badges"}, None]


def test_days_and_moments_are_sent_as_texts(line: Line):
    moment = datetime(2027, 3, 1, 9, tzinfo=UTC)
    line.then(DONE, DONE).tasks.create(title="Fair", task_type="untyped", deadline=moment)
    line.client.bundles.create(template="newsletter", anchor_date=date(2027, 3, 1), parameters={"n": 3})
    assert line.bodies()[0]["deadline"] == "2027-03-01T09:00:00Z"
    assert line.bodies()[1] == {"template": "newsletter", "anchor_date": "2027-03-01", "parameters": {"n": 3}}


def test_an_id_with_a_slash_stays_in_its_place(line: Line):
    line.then(DONE).tasks.start("../users/me?x=")
    assert line.sent[0].url.raw_path == b"/api/tasks/..%2Fusers%2Fme%3Fx%3D/start"


@pytest.mark.parametrize("task_id", ["", ".", ".."])
def test_what_leads_elsewhere_is_no_id(line: Line, task_id: str):
    with pytest.raises(ValueError, match="is no id"):
        line.client.tasks.start(task_id)
    assert line.sent == []


def test_a_record_in_the_place_of_its_id_is_changed_only_as_it_was_read(line: Line):
    read = models.Task.model_construct(task_id="tsk_1", revision=7)
    line.then(DONE, DONE, DONE, DONE).tasks.start(read)
    line.client.tasks.start(read, revision=8)
    line.client.tasks.start("tsk_1")
    line.client.tasks.submit("tsk_1", revision=3)
    assert [one.headers.get("If-Match") for one in line.sent] == ['"7"', '"8"', None, '"3"']
    assert {one.url.path.rpartition("/")[0] for one in line.sent} == {"/api/tasks/tsk_1"}


def test_fields_beside_a_file_are_sent_as_a_form_has_them(line: Line):
    file = io.BytesIO(b"words")
    file.name = "folder/article.md"  # as of a file that was opened
    meta = {"words": 900, "is_paid": True}
    line.then(DONE).tasks.deliverable(12, ref="article", file=file, meta=meta, visible_in_portal=False)
    sent = line.sent[0].content.decode()
    for name, value in {"ref": "article", "meta.words": "900", "meta.is_paid": "true"}.items():
        assert f'name="{name}"\r\n\r\n{value}\r\n' in sent
    assert 'name="visible_in_portal"\r\n\r\nfalse\r\n' in sent
    assert 'filename="article.md"' in sent


def test_a_file_without_a_name_is_refused_before_anything_is_sent(line: Line):
    with pytest.raises(ValueError, match="has no name"):
        line.client.tasks.proof(12, label="Photo", file=io.BytesIO(b"x"))
    assert line.sent == []


# -- answered ----------------------------------------------------------------------------------


def test_what_came_of_a_change_is_told_with_what_is_said_about_it(line: Line):
    answer = line.then({"message": "Sent.", **DONE}).messages.try_()
    assert (answer.result.message, answer.message) == ("Sent.", "Done.")
    assert (answer.asides, answer.act_id) == (("But.",), "evt_1")


def test_what_one_does_not_see_any_more_is_done_all_the_same(line: Line):
    answer = line.then(DONE).tasks.assign(12, assignee="ben")
    assert (answer.seen, answer.message) == (None, "Done.")
    with pytest.raises(NotSeenError, match="It is done"):
        _ = answer.result


def test_fields_and_words_to_come_are_kept(line: Line):
    data = {"job_id": "job_1", "status": "asleep", "colour": "blue", **DONE}
    job = line.then(data).jobs.retry("job_1").result
    assert (job.status, job.model_extra) == ("asleep", {"colour": "blue"})


# -- lists -------------------------------------------------------------------------------------


def page(*names: str, total: int, following: str | None) -> dict[str, Any]:
    rows = [{"name": name, "title": name, "description": "", "filters": [], "by": []} for name in names]
    return {"reports": rows, "total": total, "next": following}


def test_a_list_reads_its_pages_as_they_are_asked_for(line: Line):
    found = line.then(
        page("a", "b", total=3, following="c1"), page("c", total=3, following=None)
    ).reports.list()
    assert (found.total, len(line.sent)) == (3, 1)
    assert [one.name for one in islice(found, 2)] == ["a", "b"]
    assert len(line.sent) == 1
    assert [one.name for one in found] == ["c"]
    assert [dict(one.url.params) for one in line.sent] == [{"limit": "100"}, {"limit": "100", "cursor": "c1"}]


def test_a_list_gives_no_more_than_is_asked_for(line: Line):
    line.then(page("a", "b", total=9, following="c1"), page("c", total=9, following="c2"))
    assert [one.name for one in line.client.reports.list(limit=3)] == ["a", "b", "c"]
    assert [one.url.params["limit"] for one in line.sent] == ["3", "1"]
    assert list(line.client.reports.list(limit=0)) == []


def test_a_page_that_is_lost_is_read_again(line: Line):
    line.then(page("a", total=2, following="c1"), lost(), page("b", total=2, following=None))
    assert [one.name for one in line.client.reports.list()] == ["a", "b"]


def test_filters_are_sent_with_every_page_and_none_is_not(line: Line):
    empty = {"tasks": [], "total": 0, "next": "c1"}
    line.then(empty, {**empty, "next": None})
    assert list(line.client.tasks.list(q="is:late", status=None)) == []
    assert [one.url.params["q"] for one in line.sent] == ["is:late"] * 2
    assert "status" not in line.sent[0].url.params


# -- events ------------------------------------------------------------------------------------


def told(following: str, *kinds: str) -> dict[str, Any]:
    return {"events": [event(kind) for kind in kinds], "next": following}


def event(kind: str) -> dict[str, Any]:
    fields = dict.fromkeys(models.Event.model_fields)
    return {
        **fields,
        "change_id": f"chg_{kind}",
        "kind": kind,
        "at": "2027-03-01T09:00:00Z",
        "by": {"kind": "user", "user_id": "usr_1", "name": "Mara"},
        "fields": [],
        "subject": {"type": "task", "id": "tsk_1"},
        "changes": [],
    }


def test_events_go_on_over_lost_connections_without_skip_or_repeat(line: Line):
    events = line.then(
        told("c0"),
        lost(),
        told("c1", "a", "b"),
        *[lost() for _ in range(12)],
        refusal(503, "STORE_UNAVAILABLE"),
        told("c1"),
        refusal(429, "RATE_LIMITED", Retry_After="60"),
        told("c2", "c"),
    ).events()
    assert [one.kind for one in islice(events, 3)] == ["a", "b", "c"]
    asked = [one.url.params.get("after") for one in line.sent]
    assert asked == [None, "c0", "c0", *["c1"] * 16]
    assert max(line.waited) == 60.0


def test_the_cursor_moves_on_once_all_of_an_answer_was_given_out(line: Line):
    events = line.then(told("c1", "a", "b"), told("c2"), told("c3", "c")).events("c0")
    kept = [(one.kind, events.cursor) for one in islice(events, 3)]
    assert kept == [("a", "c0"), ("b", "c1"), ("c", "c3")]


def test_whoever_finds_no_place_to_wait_in_asks_again_when_told(line: Line):
    crowded = httpx.Response(200, json=told("c0"), headers={"Retry-After": "5"})
    assert next(line.then(crowded, told("c1", "a")).events("c0")).kind == "a"
    assert line.waited == [5.0]


def test_a_cursor_that_is_none_is_no_reason_to_go_on(line: Line):
    events = line.then(refusal(400, "BAD_CURSOR")).events("c0")
    with pytest.raises(errors.BadCursorError):
        next(events)


def test_an_answer_may_take_as_long_as_it_is_waited_for(line: Line):
    next(line.then(told("c1", "a")).events("c0", wait=25))
    assert line.sent[0].extensions["timeout"]["read"] == 55.0
    assert line.sent[0].url.params["wait"] == "25"
