"""While the database is away: 503 in our words, no text is lost, nobody is signed out (G1, G3, G6)."""

from __future__ import annotations

import io
import logging
import re
import shutil
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from markupsafe import escape

from engine.accounts import service as accounts
from engine.accounts import sessions
from engine.accounts.models import User
from engine.app import Workbench
from engine.errors import OutcomeUnknownError, StoreUnavailableError
from engine.tasks.models import Note
from tests.factories import PASSWORD, make_task
from tests.web.conftest import Visitor

#: What the operator reads of it; no page shows it.
WHERE = "The database postgresql://board@10.0.0.9/work does not answer."
TEXT = 'Line one <b>"quoted"</b>\nLine two, with an umlaut: ä'


@pytest.fixture
def away(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Take the database away from now on."""

    @contextmanager
    def begin(*_asked: object):
        raise StoreUnavailableError(f"{WHERE} Nothing was changed.", public="The database does not answer.")
        yield

    return lambda: monkeypatch.setattr(workbench.database._transactions, "_begin", begin)


def fields_of(page: str) -> dict[str, str]:
    """Read the form of a page as a browser does."""
    [form] = re.findall(r'<form class="panel stack" method="post".*?</form>', page, re.DOTALL)
    found = dict(re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL))
    return {name: unescape(value) for name, value in found.items()}


def test_a_form_keeps_every_field_and_is_sent_again_as_it_was(ana, people, workbench, away, monkeypatch):
    task = make_task(workbench, assignee="ana")
    path = f"/tasks/{task.task_id}/notes"
    away()
    answer = ana.post(path, {"body": TEXT, "form": "note"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "sign-in" not in answer.text, "nobody was signed out"
    monkeypatch.undo()
    kept = fields_of(answer.text)
    assert kept.pop("csrf_token") == ana.token()
    assert kept == {"body": TEXT, "form": "note"}
    assert f'action="{path}"' in answer.text
    assert ana.post(path, kept).status_code == 303
    assert "Line two, with an umlaut" in ana.get(f"/tasks/{task.task_id}").text


def test_files_are_chosen_anew_and_passwords_typed_anew(ana, away):
    away()
    sent = {"current": PASSWORD, "password": "a new secret", "file": (io.BytesIO(b"x"), "report.pdf")}
    answer = ana.post("/password", sent, content_type="multipart/form-data")
    assert answer.status_code == 503
    assert 'enctype="multipart/form-data"' in answer.text
    assert "choose report.pdf again" in answer.text
    assert PASSWORD not in answer.text
    assert "a new secret" not in answer.text
    assert answer.text.count('type="password"') == 2


def test_a_form_of_somebody_else_gets_no_button(ana, away):
    away()
    for token in ("", "guessed"):
        answer = ana.client.post("/tasks/x/notes", data={"csrf_token": token, "body": "planted"})
        assert answer.status_code == 503
        assert "Send it again" not in answer.text, "another site's form is one click from being sent"
        assert ana.token() not in fields_of(answer.text).values()


@pytest.mark.parametrize("headers", [{"Accept": "application/json"}, {}])
def test_programs_get_json_and_are_not_redirected(ana, away, headers):
    away()
    answer = ana.client.post(
        "/tasks/x/notes", json={"body": TEXT}, headers={"X-CSRF-Token": ana.token(), **headers}
    )
    assert answer.status_code == 503
    assert answer.mimetype == "application/json"
    assert answer.json["error"]["code"] == "STORE_UNAVAILABLE"
    assert answer.headers["Retry-After"]


def test_a_page_says_so_and_offers_to_be_loaded_again(ana, away):
    away()
    answer = ana.get("/board?q=a&assignee=me")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert 'href="/board?q=a&amp;assignee=me">Load the page again' in answer.text


def test_a_page_that_follows_what_happens_keeps_what_it_shows(ana, away):
    away()
    answer = ana.get("/board", headers={"X-Live": "1"})
    assert answer.status_code == 503, "its script goes on showing the page, with its age"


def test_nobody_is_signed_out(ana, workbench, away, monkeypatch):
    away()
    answer = ana.get("/board")
    assert "Set-Cookie" not in answer.headers
    monkeypatch.undo()
    assert ana.get("/board").status_code == 200


def test_what_needs_no_database_is_served_without_it(app: Flask, visitor: Visitor, ana, away):
    address = re.search(r'rel="stylesheet" href="([^"]+)"', visitor.get("/sign-in").text)
    assert address
    away()
    assert visitor.get("/sign-in").status_code == 200
    assert ana.get(address[1]).status_code == 200
    assert visitor.get("/board").status_code == 303


def test_no_answer_tells_where_the_database_is_and_the_log_does(visitor, ana, away, caplog):
    away()
    answers = [
        visitor.get("/healthz"),
        visitor.post("/sign-in", {"email": "ana@example.com", "password": "x"}),
        ana.get("/board"),
        ana.get("/board", headers={"Accept": "application/json"}),
        ana.post("/tasks/x/notes", {"body": "x"}),
    ]
    assert {answer.status_code for answer in answers} == {503}
    for answer in answers:
        assert "10.0.0.9" not in answer.text
        assert "postgresql" not in answer.text
    assert caplog.text.count(WHERE) >= len(answers)


def test_a_part_of_a_page_is_left_as_it_is(ana, away):
    away()
    answer = ana.post("/tasks/x/steps/y", {"title": "kept"}, headers={"HX-Request": "true"})
    assert answer.status_code == 503
    assert answer.headers.get("HX-Reswap") == "none", "what was typed there is replaced"
    assert "does not answer" in answer.headers["HX-Trigger"]


def test_a_write_that_nobody_confirmed_is_not_asked_for_again_at_once(ana, people, workbench, monkeypatch):
    task = make_task(workbench, assignee="ana")

    def lost(_actor: object) -> None:
        raise OutcomeUnknownError(WHERE, public="Whether it was kept is not known.")

    monkeypatch.setattr(workbench, "transaction", lost)
    answer = ana.post(f"/tasks/{task.task_id}/notes", {"body": TEXT})
    assert answer.status_code == 504
    assert "Retry-After" not in answer.headers
    assert "before you send it again" in answer.text
    assert fields_of(answer.text)["body"] == TEXT
    assert "Nothing was changed" not in answer.text


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_what_was_saved_is_not_called_unchanged_when_its_page_cannot_be_read(
    ana, workbench, away, monkeypatch, accept
):
    task = make_task(workbench, assignee="ana")
    real = workbench.transaction

    @contextmanager
    def then_away(actor):
        with real(actor) as tx:
            yield tx
        away()

    monkeypatch.setattr(workbench, "transaction", then_away)
    headers = {"Accept": accept, "X-CSRF-Token": ana.token()}
    path = f"/tasks/{task.task_id}/notes"
    answer = ana.client.post(path, data={"body": TEXT}, headers=headers)
    assert answer.status_code in {200, 303}
    assert "Nothing was changed" not in answer.text
    monkeypatch.undo()
    with workbench.reading(workbench.operator()) as tx:
        assert tx.count(Note, task_id=task.task_id) == 1


def test_whoever_was_signed_out_meanwhile_keeps_what_they_wrote(ana, app):
    with ana.client.session_transaction() as session:
        session.clear()
    answer = ana.client.post("/tasks/x/notes", data={"body": TEXT})
    assert answer.status_code == 401, "a program takes a redirect for success"
    assert fields_of(answer.text)["body"] == TEXT
    assert "Send it again" not in answer.text


def test_an_error_has_a_page_even_where_pages_cannot_be_rendered(ana, monkeypatch, caplog):
    def broken(*_words: object, **_facts: object) -> str:
        raise RuntimeError("the template is broken")

    monkeypatch.setattr("web.errors.render_in", broken)
    with caplog.at_level(logging.ERROR):
        answer = ana.get("/tasks/nowhere")
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text
    assert "the template is broken" in caplog.text


def test_a_mistake_after_the_view_has_our_page_and_a_reference(ana, app, monkeypatch):
    def broken(_response: object) -> None:
        raise ValueError("afterwards")

    monkeypatch.setitem(app.after_request_funcs, None, [broken, *app.after_request_funcs[None]])
    answer = ana.get("/help/keys")
    assert answer.status_code == 500
    assert "The reference is" in answer.text
    assert str(escape("afterwards")) not in answer.text


def test_a_link_stays_secret_whatever_its_address_is_answered(visitor, app, people, workbench, away, caplog):
    """The link is still good: whoever reads the log, or the cache of that browser, could follow it."""
    with workbench.transaction(workbench.operator()) as tx:
        token = accounts.make_sign_in_link(tx, tx.get(User, people["ben"].user_id))
    path, sent = f"/sign-in/{token}", {"csrf_token": visitor.token()}
    away()
    answers = [visitor.get(path), visitor.client.post(path, data=sent), visitor.client.post(path)]
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(accounts, "whose_link", None)
        broken.setattr(accounts, "redeem", None)
        broken.setattr(workbench, "reading", lambda _actor: nullcontext())
        broken.setattr(workbench, "transaction", lambda _actor: nullcontext())
        answers += [visitor.get(path), visitor.client.post(path, data=sent)]
    assert [answer.status_code for answer in answers] == [503, 503, 403, 500, 500]
    assert token not in caplog.text
    assert caplog.text.count("/sign-in/<token>") == 4, "the operator reads what was asked for"
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_every_address_that_says_for_whom_it_is_open_is_a_secret(app: Flask):
    views = [(rule.rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]
    asked = {rule for rule, view in views if "<" in rule and getattr(view, "is_public", False)}
    secret = {rule for rule, view in views if getattr(view, "has_secret_address", False)}
    assert asked == {
        "/sign-in/<token>", "/feeds/<token>.ics", "/messages/stop/<token>", "/invitation/<token>",
        "/invitation/<token>/openid", "/outputs/<token>",
    }  # fmt: skip
    assert secret == asked | {"/openid/back"}  # what comes back stands in its query


def test_an_address_stands_in_one_line_of_the_log(ana, away, caplog):
    away()
    for path in ("/tasks/x%0aERROR%20forged", "/nothing%0aERROR%20forged"):
        assert ana.get(path).status_code == 503
    assert "\nERROR" not in caplog.text


def test_a_form_that_is_refused_by_a_part_that_fails_tells_the_log_where_and_the_page_only_what(
    mara, workbench, caplog
):
    task = make_task(workbench)
    shutil.rmtree(workbench.settings.blob_folder, ignore_errors=True)
    workbench.settings.blob_folder.write_text("not a folder")
    sent = {"label": "Report", "type": "doc", "file": (io.BytesIO(b"some text"), "report.txt")}
    answer = mara.post(f"/tasks/{task.task_id}/files", sent, content_type="multipart/form-data")
    assert answer.status_code == 503
    assert "The files cannot be written to at this moment" in answer.text
    assert str(workbench.settings.blob_folder) not in answer.text
    assert str(workbench.settings.blob_folder) in caplog.text


def test_a_file_that_was_moved_away_is_named_to_the_operator_alone(ana, visitor, workbench, caplog):
    file = Path(workbench.settings.database.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".moved"))
    answers = [ana.get("/board"), ana.get("/board", headers={"Accept": "application/json"})]
    answers += [visitor.get("/healthz"), ana.post("/tasks/x/notes", {"body": TEXT})]
    assert {answer.status_code for answer in answers} == {503}
    for answer in answers:
        assert "The file of the database was moved, deleted or replaced" in answer.text
        assert str(file.parent) not in answer.text
    assert str(file) in caplog.text


def test_no_error_of_the_store_is_public_unless_it_was_written_to_be():
    for kind in (StoreUnavailableError, OutcomeUnknownError):
        assert WHERE not in kind(WHERE).public


def test_who_was_signed_in_just_before_it_went_away_is_told_so(app, people, workbench, away, monkeypatch):
    """The link is used up and the session begun: they need not ask for another."""
    with workbench.transaction(workbench.operator()) as tx:
        token = accounts.make_sign_in_link(tx, tx.get(User, people["ben"].user_id))
    ways = {f"/sign-in/{token}": {}, "/sign-in": {"email": "ana@example.com", "password": PASSWORD}}
    begin = sessions.begin

    def begin_and_lose(tx, *given, **named):
        tx.after_commit(away)
        return begin(tx, *given, **named)

    for path, sent in ways.items():
        visitor = Visitor(app.test_client())
        sent["csrf_token"] = visitor.token()
        monkeypatch.setattr(sessions, "begin", begin_and_lose)
        answer = visitor.client.post(path, data=sent)
        monkeypatch.undo()
        assert answer.status_code == 200
        assert "You are signed in. It was saved" in answer.text
        assert "Nothing was changed" not in answer.text
        assert visitor.get("/board").status_code == 200
