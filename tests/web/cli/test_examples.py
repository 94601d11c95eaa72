"""The example in the help of each command runs, out of that help, on the records of the demo (N9)."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from functools import cache
from pathlib import Path

import click
import pytest

from engine.accounts import sessions
from engine.accounts.models import BegunWith, User
from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from engine.executions import service as executions
from engine.executions.models import ExecutionStatus
from engine.jobs.claims import Claims
from engine.jobs.models import NewJob
from engine.jobs.workers import Workers
from engine.openid import people as openid
from engine.openid.provider import Person
from engine.proposals import drafting
from engine.proposals.models import ProposalState
from engine.proposals.overlay import text_of
from engine.reminders.models import Reminder
from engine.store import DocumentStore
from engine.tasks.models import ExecutionType, Task
from tests.conftest import NOW, ROOT
from tests.factories import set_up_factor
from tests.told import added, saved
from web.cli import hoist, run, server, workbench, worker
from web.cli.examples import EXAMPLES
from web.demo import story

#: Makes a webhook that leads nowhere.
_WEBHOOK = "webhook make mirror https://mirror.invalid/hook --secret-file mirror.txt"
#: What somebody types before, where the demo alone does not have what the example is about.
BEFORE = {
    "act undo": ["task assign 146 --employee ben"],
    "audit verify": ["audit anchor anchors.txt"],
    "bundle complete": [
        "bundle create untyped_work --anchor-date 2027-03-01",
        'task skip 156 --reason "started by mistake" --comment "Nothing was sold."',
    ],
    "campaign activate": ["campaign deactivate acme_spring"],
    "doctor": ["serve"],
    "employee activate": ["employee deactivate ravi"],
    "employee not-away": ["employee away ana 2026-12-21 2027-01-03"],
    "export check": ["export march-2027"],
    "export compare": ["export february-2027", "export march-2027"],
    "export load": ["export march-2027"],
    "partner activate": ["partner deactivate globex"],
    "queue resume": ['queue pause api_call --why "Their server is being moved"'],
    "queue start": ['queue stop --why "Cards are made twice"'],
    "queue undrain": ["queue drain worker-1:4711"],
    "schedule pause": ["schedule start newsletter --partner acme"],
    "schedule run": ["schedule start newsletter --partner acme"],
    "schedule show": ["schedule start newsletter --partner acme"],
    "schedule skip": ["schedule start newsletter --partner acme"],
    "feed revoke": ["feed make"],
    "token rotate": ["token make mirror --token-file mirror.txt"],
    "token revoke": ["token make mirror --token-file mirror.txt"],
    "user invite-again": ["user invite nina@example.com --role member --link-file first.txt"],
    "user uninvite": ["user invite nina@example.com --role member --link-file first.txt"],
    **{f"webhook {verb}": [_WEBHOOK] for verb in ("change", "messages", "pause", "remove", "rotate", "test")},
    "webhook resume": [_WEBHOOK, "webhook pause whk_…"],
    "webhook redeliver": [_WEBHOOK, "webhook test whk_…"],
    "job retry": ["job cancel job_…"],
    "proposal edit-again": ['proposal offer prp_… --title "Letter" --description "Shorter"'],
    "secrets remove": ["secrets set smtp_password"],
    "task drop-step": ['task add-step 146 --title "Ask Ben for one"'],
    "task edit-note": ['task note 75 --text "@mara the page is live." --as mara@example.com'],
    "restore": ["export march-2027"],
    "task approve-file": ["task file 146 --label Shelf --type picture --file screenshot.png"],
    "task correct": ["task complete 146"],
    "task rework": ["task complete 146"],
    "task resubmit": ["task decide apr_… --outcome rejected --feedback Shorter --seen HASH"],
    "worklog edit": ["worklog make acme_spring"],
    "worklog send": ["worklog make acme_spring", 'worklog edit wlg_… --text "We finished it."'],
    "worklog show": ["worklog make acme_spring", 'worklog edit wlg_… --text "We finished it."'],
    "task submit": [
        "task start 146",
        "task add-deliverable 146 --ref examples --type list",
        "task deliverable 146 --ref examples --url https://docs.example.com/examples",
    ],
}
#: Which of several bundles, or jobs, is meant; else the latest made.
TITLES = {
    "bundle blame": "Article%",
    "bundle cancel": "Article%",
    "bundle link": "Article%",
    "bundle stage": "Article%",
    "bundle reanchor": "Article%",
    "bundle migrate": "Article%",
    "bundle add-task": "Article%",
    "bundle update": "Article%",
    "job cancel": "ready",
    "job resolve": "unknown",
}


@pytest.fixture(scope="module")
def demo(shipped_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the demo, with Ana signed in; copied for each example."""
    file = tmp_path_factory.mktemp("demo") / "workbench.db"
    settings = Settings(content=str(shipped_repository), database=f"sqlite:///{file}")
    made = Workbench(settings, clock=FixedClock(NOW))
    try:
        story.tell(made)
        with made.transaction(made.system_actor()) as tx:
            sessions.begin(tx, tx.find_one(User, email="ana@example.com"), BegunWith.PASSWORD)
            ravi = Person(issuer="https://id.example.com", subject="r-1", email=None, name="", groups=None)
            openid.join(tx, tx.find_one(User, email="ravi@example.com"), ravi)
        _put_jobs(Claims(made.database), made.database)
    finally:
        made.close()
    return file.parent


def _put_jobs(claims: Claims, store: DocumentStore) -> None:
    """Put a job whose worker was lost in the middle of it, and one that waits."""
    for job_id in ("job_1", "job_2"):
        with store.write() as connection:
            claims.put(connection, NewJob(job_id=job_id, kind="export", args={}))
        if job_id == "job_1":
            claim = claims.begin("lost", ["export"], now=0, lease=-1)
            assert claim is not None
            claims.mark_effect(claim, "mail")
            claims.reap()


def commands(group: click.Group = workbench, path: str = "") -> dict[str, click.Command]:
    """Give what a person may type, by its words; a group that is also a command is one of them."""
    found: dict[str, click.Command] = {}
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        here = f"{path} {name}".strip()
        found |= commands(command, here) if isinstance(command, click.Group) else {}
        if here == "export" or not (isinstance(command, click.Group) or command.hidden):
            found[here] = command
    return found


@cache
def known() -> dict[str, click.Command]:
    """Give them, made once for all examples."""
    return commands()


def test_every_command_has_an_example_and_no_example_is_of_none():
    assert known().keys() == EXAMPLES.keys(), "web/cli/examples.py has one for each command"


@pytest.fixture
def folder(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped_repository: Path) -> Path:
    """A folder to type in, with the demo's store and the files of examples; an hour after its story."""
    (tmp_path / "var").mkdir()
    shutil.copy(demo / "workbench.db", tmp_path / "var")
    shutil.copytree(demo / "blobs", tmp_path / "var" / "blobs")
    shutil.copy(ROOT / "web" / "demo" / "reference.yaml", tmp_path / "people.yaml")
    (tmp_path / "screenshot.png").write_bytes(b"\x89PNG")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_CONTENT", str(shipped_repository))
    monkeypatch.setattr("engine.clock.SystemClock.now", lambda _: NOW + timedelta(hours=1))
    monkeypatch.setattr(server, "_serve", lambda *_, **__: None)
    ended = threading.Event()
    ended.set()
    monkeypatch.setenv("WORKBENCH_SMTP_HOST", "mail.example.com")
    monkeypatch.setenv("WORKBENCH_SMTP_FROM", "board@example.com")
    monkeypatch.setenv("WORKBENCH_PUBLIC_URL", "https://board.example.com")
    monkeypatch.setattr("engine.outbox.smtp.send", lambda *_: "250 OK")
    monkeypatch.setattr("sys.stdin", io.StringIO("what nobody reads\n"))
    monkeypatch.setattr(worker, "_stop_on_signals", lambda: ended)
    monkeypatch.setenv("WORKBENCH_TOKEN", f"wbt_{'a' * 43}")
    monkeypatch.setattr("anyio.run", lambda *_: None)
    return tmp_path


@pytest.mark.few(20)
@pytest.mark.parametrize("command", EXAMPLES)
def test_the_example_of_a_command_runs(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
):
    made = known()[command]
    shown = made.get_help(click.Context(made, info_name="workbench"))
    (example,) = re.findall(r"\n\s*Example:\n\s*workbench (.+)\Z", shown)
    assert example == EXAMPLES[command]
    store = folder / "var" / "workbench.db"
    if command in {"serve", "doctor"}:
        shutil.rmtree(store.parent)  # real work is not served from the demo's store, and a doctor says so
    if command in {"reminders dismiss", "reminders snooze"}:
        _remind_operator(store)
    if command == "user reset-factors":
        _give_factor(store)
    if command in {"task execute", "task track", "queue advance"} or command.startswith("execution "):
        _automate(store, command)
    if command in {"queue drain", "queue undrain"}:
        _employ(store)
    if command.startswith("proposal "):
        _propose(store, request.getfixturevalue("shipped_repository"), is_merged=command == "proposal revert")
    if command == "content fetch":
        patch = request.getfixturevalue("monkeypatch")
        patch.setenv("WORKBENCH_CONTENT_REMOTE", str(request.getfixturevalue("shipped_repository")))
    seen, all_typed = "", [*BEFORE.get(command, ()), example]
    if any("HASH" in typed for typed in all_typed):
        run(["--json", "task", "approvals", "143"], as_json=True)
        (seen,) = re.findall(r"\b[0-9a-f]{64}\b", capsys.readouterr().out)
    if "postgresql://" in example:
        database = request.getfixturevalue("postgres_url_factory")()
        all_typed = [re.sub(r"postgresql://\S+", shlex.quote(database), typed) for typed in all_typed]
    for typed in all_typed:
        code = run(hoist([meant(word, command, store, seen) for word in shlex.split(typed)]), as_json=False)
        said = capsys.readouterr()
        assert code == 0, f"workbench {typed}\n{said.out}{said.err}"


def _automate(store: Path, command: str) -> None:
    """Let a task be one that a program does, and have an attempt at it that the command is about."""
    became = {
        "execution retry": ExecutionStatus.FAILED,
        "execution settle": ExecutionStatus.UNKNOWN,
        "task track": ExecutionStatus.COMPLETED,
    }
    workbench = Workbench(Settings(database=f"sqlite:///{store}", blobs=str(store.parent / "blobs")))
    with workbench.transaction(workbench.operator()) as tx:
        task = tx.find_one(Task, task_number=146)
        task.execution_type = ExecutionType.MANUAL_TRIGGER
        task.execution_config = {"executor": "api_call", "url": "https://api.example.com/cards"}
        saved(tx, task)
        if command != "task execute":
            attempt = executions.execute_task(tx, task.task_id)
            attempt.status = became.get(command, attempt.status)
            saved(tx, attempt)
    workbench.close()


def _employ(store: Path) -> None:
    """Let a worker be listed."""
    workbench = Workbench(Settings(database=f"sqlite:///{store}", blobs=str(store.parent / "blobs")))
    Workers(workbench.database).enter("worker-1:4711", "token", release="0.4.0", threads=2, does=[])
    workbench.close()


def _give_factor(store: Path) -> None:
    """Let Ravi have an authenticator app."""
    workbench = Workbench(Settings(database=f"sqlite:///{store}", blobs=str(store.parent / "blobs")))
    set_up_factor(workbench, workbench.actor_by_email("ravi@example.com"))
    workbench.close()


def _remind_operator(store: Path) -> None:
    """Have a reminder stand in the operator's inbox; the demo's have not been switched on."""
    workbench = Workbench(Settings(database=f"sqlite:///{store}", blobs=str(store.parent / "blobs")))
    with workbench.transaction(workbench.operator()) as tx:
        given = {
            "type": "overdue",
            "step": "at once",
            "state": "sent",
            "text": "It is late.",
            "reason": "A test.",
        }
        moments = dict.fromkeys(("due_at", "send_at", "sent_at", "created_at", "updated_at"), tx.now)
        whose = {"workspace_id": tx.workspace_id, "user_id": tx.actor.user_id}
        added(tx, Reminder(reminder_id=tx.new_id(Reminder), key="test", **whose, **given, **moments))
    workbench.close()


def _propose(store: Path, content: Path, *, is_merged: bool) -> None:
    """Have the operator write a draft, or have what they proposed be what is live."""
    settings = Settings(
        content=str(content), database=f"sqlite:///{store}", blobs=str(store.parent / "blobs")
    )
    with closing(Workbench(settings)) as workbench:
        path, live = "content/task_templates/newsletter.yaml", workbench.content()
        now = str(text_of(live, path))
        other = now.replace("name: Weekly newsletter", "name: Letter", 1)
        before, text = (other, now) if is_merged else (now, other)
        with workbench.transaction(workbench.operator()) as tx:
            given = {"before": before, "text": text, "base_commit": live.commit}
            one = drafting.begin(tx, template="newsletter", path=path, **given)
            if is_merged:
                one.state, one.proposed_at = ProposalState.MERGED, tx.now
                saved(tx, one)


def meant(word: str, command: str, store: Path, seen: str) -> str:
    """Give what a word of an example stands for: an id of the store, or the hash of what was ``seen``."""
    asked = {
        "bnd_…": "SELECT bundle_id FROM bundles WHERE title LIKE ? ORDER BY doc_id",
        "art_…": "SELECT artifact_id FROM artifacts WHERE ? <> '' ORDER BY doc_id",
        "dlv_…": "SELECT deliverable_id FROM deliverables WHERE ? <> '' ORDER BY doc_id",
        "abs_…": "SELECT absence_id FROM absences WHERE ? <> ''",
        "att_…": "SELECT attachment_id FROM campaign_attachments JOIN campaigns USING (campaign_id)"
        " WHERE ? <> '' AND campaigns.key = 'acme_spring'",
        "usr_…": "SELECT user_id FROM users WHERE ? <> '' AND email = 'ravi@example.com'",
        "ses_…": "SELECT session_id FROM sessions WHERE ? <> '' ORDER BY doc_id",
        "exe_…": "SELECT execution_id FROM task_executions WHERE ? <> '' ORDER BY doc_id",
        "evt_…": "SELECT audit_event_id FROM audit_events WHERE ? <> '' ORDER BY seq",
        "nte_…": "SELECT task_note_id FROM task_notes WHERE ? <> '' ORDER BY doc_id",
        "rem_…": "SELECT reminder_id FROM reminders WHERE ? <> ''",
        "sch_…": "SELECT schedule_id FROM schedules WHERE ? <> '' ORDER BY doc_id",
        "fed_…": "SELECT feed_id FROM feeds WHERE ? <> '' ORDER BY doc_id",
        "whk_…": "SELECT webhook_id FROM outgoing_webhooks WHERE ? <> '' ORDER BY doc_id",
        "msg_…": "SELECT webhook_delivery_id FROM webhook_deliveries WHERE ? <> '' ORDER BY doc_id",
        "tok_…": "SELECT api_token_id FROM api_tokens WHERE ? <> '' ORDER BY doc_id",
        "job_…": "SELECT job_id FROM jobs WHERE status LIKE ?",
        "prp_…": "SELECT proposal_id FROM proposals WHERE ? <> ''",
        "wlg_…": "SELECT worklog_id FROM worklogs WHERE ? <> ''",
        "apr_…": "SELECT task_approval_id FROM task_approvals WHERE ? <> '' AND is_open "
        "AND source = 'internal'",
    }
    if word == "HASH":
        return seen
    if word not in asked:
        return word
    with closing(sqlite3.connect(store)) as connection:
        rows = connection.execute(asked[word], [TITLES.get(command, "%")]).fetchall()
    return str(rows[-1][0])
