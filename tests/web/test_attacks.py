"""What somebody hostile tries at the web edge, and what they get."""

from __future__ import annotations

import io
import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.accounts import service as accounts
from engine.accounts import sessions
from engine.accounts.models import BegunWith, User
from engine.bundles.models import Bundle
from engine.errors import UnauthorizedError
from engine.tasks.models import Note, Proof, ProofKind, Task
from engine.throttle import FREE_TRIES
from tests.factories import PASSWORD, make_bundle, make_task
from tests.told import added, saved
from web import auth

pytestmark = pytest.mark.wide

MARKS = ["<script>alert(1)</script>", '"><svg onload=alert(1)>', "{{7*7}}", "'; DROP TABLE tasks; --"]
#: Words of the example data that no partner may read.
INTERNAL = ["Ana Alvarez", "Ben Brandt", "acme_spring", "Acme spring", "podcast_episode", "Podcast"]


def with_proof(workbench, task, kind, label="Evidence"):
    with workbench.transaction(workbench.operator()) as tx:
        added(
            tx,
            Proof(
                task_proof_id=tx.new_id(Proof),
                workspace_id=tx.workspace_id,
                task_id=task.task_id,
                position=1,
                kind=kind,
                label=label,
                required=True,
                created_at=tx.now,
                updated_at=tx.now,
            ),
        )


def files_of(workbench):
    return [name for _, _, names in os.walk(workbench.settings.blob_folder) for name in names]


# -- signing in ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["http://[", "//[", "http://\u2100.com", "///evil.example", "/%0a/x", "/\t/evil"]
)
def test_a_way_back_that_is_no_address_is_no_mistake_of_ours(mara, target):
    answer = mara.get("/sign-in", query_string={"next": target})
    assert answer.status_code == 303
    assert answer.location.startswith("/")
    assert not answer.location.startswith("//")
    assert auth.safe_next("//evil.example/..", "/board") == "/board"


def test_guessing_a_password_is_slowed_down_even_for_the_right_one(visitor, people, workbench, clock):
    for _ in range(FREE_TRIES):
        assert "do not match" in visitor.sign_in("ana", password="a wrong guess").text
    refused = visitor.sign_in("ana")
    assert refused.status_code == 401
    assert "Try again in 3 seconds" in refused.text
    assert PASSWORD not in refused.text
    clock.advance(seconds=3)
    assert visitor.sign_in("ana").location == "/board"


def test_an_address_that_nobody_has_is_slowed_down_in_the_same_words(visitor, people, workbench, clock):
    answers = {}
    for name in ("ana", "nobody"):
        for _ in range(FREE_TRIES):
            visitor.sign_in(name, password="a wrong guess")
        answers[name] = visitor.sign_in(name, password="a wrong guess").text
    assert answers["ana"].replace("ana@", "nobody@") == answers["nobody"]


def test_one_link_signs_in_once_however_many_come_at_once(workbench, people):
    with workbench.transaction(workbench.operator()) as tx:
        token = accounts.make_sign_in_link(tx, tx.get(User, people["ben"].user_id))

    def redeem(_):
        try:
            with workbench.transaction(workbench.system_actor()) as tx:
                user = accounts.redeem(tx, token)
                sessions.begin(tx, user, BegunWith.LINK)
                return user.user_id
        except UnauthorizedError:
            return None

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(redeem, range(8)))
    assert [user_id for user_id in found if user_id] == [people["ben"].user_id]


def test_a_link_is_worth_nothing_after_a_day(visitor, workbench, people, clock):
    with workbench.transaction(workbench.operator()) as tx:
        token = accounts.make_sign_in_link(tx, tx.get(User, people["ben"].user_id))
    clock.advance(hours=24, seconds=1)
    assert visitor.get(f"/sign-in/{token}").status_code == 401
    assert visitor.post(f"/sign-in/{token}").status_code == 401
    assert visitor.get("/board").status_code == 303


# -- who sees what ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/inbox", "/inbox?seen=1", "/help/keys"])
def test_a_partner_reads_no_name_of_a_colleague_a_campaign_or_a_template(as_user, workbench, people, path):
    make_bundle(workbench, actor=people["mara"], campaign="acme_spring")
    page = as_user("pat").get(path)
    assert page.status_code == 200
    assert [word for word in INTERNAL if word in page.text] == []


@pytest.mark.parametrize(
    "path",
    [
        "/board",
        "/board?view=list",
        "/my-work",
        "/bundles",
        "/recipes",
        "/templates",
        "/recipes/podcast_episode/new",
    ],
)
def test_a_partner_is_kept_out_of_the_rooms_of_the_team(as_user, path):
    assert as_user("pat").get(path).status_code == 403


@pytest.mark.parametrize("name", ["pat", "ana", "bot"])
def test_what_is_not_theirs_to_see_is_not_there_whatever_they_send(as_user, workbench, people, name):
    task = make_task(workbench, actor=people["mara"])
    stranger = as_user(name)
    for path in ("start", "cancel", "proof", "notes", "steps", "steps/x", "links", "deliverables/x"):
        answer = stranger.post(
            f"/tasks/{task.task_id}/{path}", {"body": "x", "title": "x", "revision": "999"}
        )
        assert answer.status_code == 404, path
    assert stranger.get(f"/tasks/{task.task_number}").status_code == 404


def test_nobody_fills_the_disk_with_files_for_tasks_that_they_may_not_work(as_user, workbench, people):
    task = make_task(workbench, actor=people["mara"])
    with_proof(workbench, task, ProofKind.FILE)
    for name, status in (("pat", 404), ("ana", 404), ("sam", 403)):
        sent = {"label": "Evidence", "file": (io.BytesIO(b"x" * 100), "a.txt")}
        assert as_user(name).post(f"/tasks/{task.task_id}/proof", sent).status_code == status
    assert files_of(workbench) == []


# -- what is sent ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "named"),
    [("a\x1b]0;owned\x07b", "control character U+00"), ("a\x1b]0;owned\x07b\x00", "control character NUL")],
    ids=["of a terminal", "NUL"],
)
def test_control_characters_in_a_form_are_refused_at_their_field(mara, workbench, people, body, named):
    task = make_task(workbench, actor=people["mara"])
    answer = mara.post(f"/tasks/{task.task_id}/notes", {"form": "note", "body": body})
    assert answer.status_code == 400
    assert named in answer.text
    assert re.search(r'<textarea[^>]* name="body"[^>]* aria-invalid="true"[^>]*>a[^<]*owned', answer.text), (
        "what was typed is kept"
    )
    with workbench.reading(people["mara"]) as tx:
        assert tx.find(Note, task_id=task.task_id) == []


def test_a_reason_as_long_as_a_book_is_refused(mara, workbench, people):
    task = make_task(workbench, actor=people["mara"])
    sent = {"until": "2026-12-01", "reason": "x" * 400_000}
    assert mara.post(f"/tasks/{task.task_id}/defer", sent).status_code == 400


@pytest.mark.parametrize("text", MARKS)
def test_markup_is_shown_as_the_text_it_is(mara, workbench, people, text):
    task = make_task(
        workbench, actor=people["mara"], title=text, description=text, category=text, tags=[text]
    )
    mara.post(f"/tasks/{task.task_id}/notes", {"body": text})
    pages = [
        f"/tasks/{task.task_id}",
        "/board",
        "/board?view=list",
        "/my-work",
        f"/board?q={text}",
        f"/board?tag={text}",
    ]
    for path in [
        *pages,
        f"/board?assignee={text}",
        f"/bundles?status={text}",
        f"/{text}",
        f"/sign-in/{text}",
    ]:
        page = mara.get(path)
        assert page.status_code != 500, path
        for harm in ("<script>alert", "<svg onload", "<img"):
            assert harm not in page.text, path
        assert "script-src 'self';" in page.headers["Content-Security-Policy"], path


@pytest.mark.parametrize(
    "body",
    [
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "<javascript:alert(1)>",
        "[x](&#106;avascript:alert(1))",
        "[a]\n\n[a]: vbscript:x",
        "![x](https://evil.example/pixel.png)",
    ],
)
def test_markdown_makes_no_link_that_runs_and_loads_nothing(mara, workbench, people, body):
    task = make_task(workbench, actor=people["mara"])
    mara.post(f"/tasks/{task.task_id}/notes", {"body": body})
    page = mara.get(f"/tasks/{task.task_id}").text
    assert re.findall(r'<[^>]+(?:href|src)="\s*(?:javascript|data|vbscript)', page, re.IGNORECASE) == []
    assert "<img" not in page


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", " JaVaScRiPt:x", "//evil", "https://["]
)
def test_proof_takes_no_address_that_runs(mara, workbench, people, url):
    task = make_task(workbench, actor=people["mara"])
    with_proof(workbench, task, ProofKind.URL)
    answer = mara.post(f"/tasks/{task.task_id}/proof", {"label": "Evidence", "value": url})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "x.svg", "page.html", "日本\u202egpj.exe", "a" * 5000, "odd.bin"]
)
def test_an_upload_that_would_run_or_leads_elsewhere_is_not_taken_in(mara, workbench, people, name):
    task = make_task(workbench, actor=people["mara"])
    with_proof(workbench, task, ProofKind.FILE)
    sent = {"label": "Evidence", "file": (io.BytesIO(b"<svg onload=alert(1)>"), name)}
    assert mara.post(f"/tasks/{task.task_id}/proof", sent).status_code == 400
    assert files_of(workbench) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("page.html", b"<p>Hello</p>"),
        ("日本.txt", b"words"),
        ("a" * 251 + ".txt", b"words"),
        ("tool.exe", b"MZ\x90\x00"),
    ],
)
def test_an_upload_comes_back_as_a_download_that_no_browser_runs(mara, ana, workbench, people, name, data):
    task = make_task(workbench, actor=people["mara"])
    with_proof(workbench, task, ProofKind.FILE)
    sent = {"label": "Evidence", "file": (io.BytesIO(data), name)}
    assert mara.post(f"/tasks/{task.task_id}/proof", sent).status_code == 303
    found = re.search(r"/artifacts/art_\w+", mara.get(f"/tasks/{task.task_id}").text)
    assert found is not None
    answer = mara.get(found[0])
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert not re.search(r"[\r\n/]|\.\.", answer.headers["Content-Disposition"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert ana.get(found[0]).status_code == 404
    assert {bool(re.fullmatch("[0-9a-f]{64}", file)) for file in files_of(workbench)} == {True}


@pytest.mark.parametrize(
    "path",
    [
        "/tasks/%00", "/tasks/99999999999999999999", "/bundles/%00", "/artifacts/..%2f..%2fetc%2fpasswd",
        "/static/..%2fauth.py", "/templates/..%2f..", "/recipes/%00/new", "/board?view=list&offset=-1",
        "/board?view=list&limit=99999999999999999999", "/bundles?offset=99999999999999999999",
        "/board?view=list&sort=due_date;--", "/board?assignee=%00",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused_and_never_a_mistake_of_ours(mara, path):
    assert mara.get(path).status_code in {400, 404}


@pytest.mark.parametrize("revision", ["9" * 5000, "1e3", "²", "0x1", "-1", "٣"])
def test_an_odd_revision_changes_nothing(mara, workbench, people, revision):
    task = make_task(workbench, actor=people["mara"])
    assert mara.post(f"/tasks/{task.task_id}/start", {"revision": revision}).status_code in {400, 409}


def test_a_form_without_end_is_refused_before_it_is_read(visitor):
    fields = "&".join(f"a{number}=1" for number in range(100_000))
    form = "application/x-www-form-urlencoded"
    assert visitor.client.post("/sign-in", data=fields, content_type=form).status_code == 413


def test_an_address_from_content_is_a_link_only_if_it_runs_nothing(mara, workbench, people):
    bundle = make_bundle(workbench, "untyped_work", actor=people["mara"], title="Work")
    addresses = ["javascript:alert(1)", "data:text/html,x", "/\\evil", "https://fine.example/"]
    with workbench.transaction(people["mara"]) as tx:
        kept = tx.get(Bundle, bundle.bundle_id)
        kept.references = [{"name": f"Reference {url}", "url": url} for url in addresses]
        saved(tx, kept)
        (task, *_) = tx.find(Task, bundle_id=bundle.bundle_id)
    for path in (f"/bundles/{bundle.bundle_id}", f"/tasks/{task.task_id}"):
        page = mara.get(path).text
        assert re.findall(r'href="(?:javascript|data|/\\\\)[^"]*"', page) == [], path
        assert 'href="https://fine.example/"' in page, path
