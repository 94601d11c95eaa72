"""Every index is one that a query of the product is answered by; each costs every write to its table (P4).

The plans are SQLite's, which keeps no statistics by itself: it chooses alike however much there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from engine.access import Actor
from engine.accounts.models import Session, SignInLink
from engine.app import Workbench
from engine.artifacts.models import ArtifactLink
from engine.audit.models import Event
from engine.bundles import queries as bundle_queries
from engine.bundles.filters import BundleFilter
from engine.entities import table_specs
from engine.executions import queries as executions
from engine.executions.models import Execution
from engine.notifications.models import Notification
from engine.proposals.drafting import drafts_of
from engine.proposals.queries import open_of
from engine.reference import absences
from engine.reference.models import Absence
from engine.reminders.models import Reminder
from engine.reminders.queries import looking
from engine.schedules.queries import due_ids
from engine.second_factor.models import SignInStep
from engine.store.schema import index_name
from engine.tasks import queries
from engine.tasks.filters import TaskFilter
from engine.tasks.models import Priority, Task
from engine.tokens.models import ApiToken
from engine.transaction import Transaction
from engine.watching.models import Watch
from engine.webhooks import queries as webhook_queries
from engine.webhooks import service as webhooks
from tests.factories import make_bundle, make_people
from tests.statements import Sent, counted
from tests.web.conftest import Visitor
from tests.web.forgetting import forget
from tests.web.populated import populate
from web.context import hold_workbench

Case = Callable[["Reader"], None]


@dataclass
class Reader:
    """Somebody who reads a populated workspace, by pages and by what pages ask."""

    workbench: Workbench
    people: dict[str, Actor]
    visitors: dict[str, Visitor]
    ids: dict[str, str]


def page(who: str, path: str) -> Case:
    """Open a page."""

    def read(reader: Reader) -> None:
        answer = reader.visitors[who].get(path.format(**reader.ids))
        assert answer.status_code == 200, path

    return read


def asks(question: Callable[[Transaction], object], who: str = "mara") -> Case:
    """Ask what a page or a command asks, filled in as people do."""

    def read(reader: Reader) -> None:
        with reader.workbench.reading(reader.people[who]) as tx:
            question(tx)

    return read


def tasks(who: str = "mara", **wanted: object) -> Case:
    """List tasks."""
    return asks(lambda tx: queries.list_tasks(tx, TaskFilter(**wanted)), who)  # type: ignore[arg-type]


def bundles(**wanted: object) -> Case:
    """List bundles."""
    return asks(lambda tx: bundle_queries.list_bundles(tx, BundleFilter(**wanted)))  # type: ignore[arg-type]


#: table -> the columns of each index -> what is answered by it.
QUERIES: dict[str, dict[tuple[str, ...], Case]] = {
    "sessions": {
        ("user_id",): page("mara", "/password"),
        ("workspace_id", "ended_at"): asks(lambda tx: tx.find(Session, ended_at=None)),
    },
    "second_factors": {("user_id",): page("ana", "/password/second-factor")},
    "recovery_codes": {("user_id",): page("ana", "/password/second-factor")},
    "sign_in_steps": {("user_id",): asks(lambda tx: tx.find(SignInStep, user_id="usr_1"))},
    "sign_in_links": {("user_id",): asks(lambda tx: tx.find(SignInLink, user_id="usr_1"))},
    "absences": {
        ("workspace_id", "last_day"): asks(lambda tx: absences.between(tx, tx.today, tx.today)),
        ("employee_id",): asks(lambda tx: tx.find(Absence, employee_id="emp_1")),
    },
    "campaign_attachments": {("workspace_id", "campaign_id"): page("mara", "/bundles/{bundle}/story")},
    "bundles": {
        ("workspace_id", "status", "anchor_date"): page("mara", "/bundles"),
        ("workspace_id", "anchor_date"): bundles(),
        ("workspace_id", "created_at"): bundles(sort="-created_at"),
        ("workspace_id", "search_text"): bundles(sort="title"),
        ("workspace_id", "owner_id", "completed_at", "completed_by", "bundle_id"): page("ana", "/inbox"),
        ("workspace_id", "template_id", "anchor_date"): bundles(template_id="blog_post"),
        ("workspace_id", "template_id", "status", "updated_at", "bundle_id"): page("mara", "/recipes"),
        ("workspace_id", "campaign_id", "anchor_date"): bundles(campaign="spring"),
        ("workspace_id", "partner_id", "anchor_date"): bundles(partner="acme"),
    },
    "tasks": {
        (
            "bundle_id", "is_open", "closed_at", "status", "lane", "priority_rank", "due_date", "deadline",
            "assignee_id", "assigned_to_bot", "scheduled_for", "awaits_review", "created_at", "updated_at",
            "title_key", "task_id",
        ): page("ana", "/board"),
        ("workspace_id", "lane", "due_date", "task_id"): page("mara", "/board"),
        ("workspace_id", "status", "closed_at", "task_id", "follow_up_at"): page("mara", "/stuck"),
        ("workspace_id", "is_open", "due_date", "task_id", "status"): page("mara", "/board?view=list"),
        ("workspace_id", "is_open", "deadline", "task_id", "status"): page("mara", "/stuck"),
        ("workspace_id", "due_date", "task_id", "status"): tasks(),
        ("workspace_id", "deadline", "task_id", "status", "due_date"): tasks(sort="-deadline"),
        ("workspace_id", "scheduled_for", "task_id", "status"): asks(queries.statistics),
        ("workspace_id", "priority_rank", "task_id", "status"): tasks(sort="-priority"),
        ("workspace_id", "title_key", "task_id", "status"): tasks(sort="title"),
        ("workspace_id", "created_at", "task_id", "status"): tasks(sort="-created_at"),
        ("workspace_id", "updated_at", "task_id", "status"): tasks(sort="-updated_at"),
        ("workspace_id", "awaits_review"): page("mara", "/inbox"),
        (
            "workspace_id", "assignee_id", "is_open", "closed_at", "assigned_to_bot", "deadline",
            "assignee_role", "task_id", "turn_at",
        ): page("ana", "/inbox"),
        ("workspace_id", "assignee_id", "bundle_id", "assigned_to_bot", "assignee_role"): page(
            "ana", "/board?view=list"
        ),
        ("workspace_id", "owner_id", "bundle_id"): page("ana", "/bundles"),
        ("workspace_id", "template_id", "is_open"): tasks(template_id="blog_post", priority=(Priority.HIGH,)),
        ("workspace_id", "campaign_id", "is_open"): tasks(campaign_id="cmp_none", open=True),
        ("workspace_id", "partner_id", "is_open"): tasks(partner_id="prt_none", open=True),
        ("workspace_id", "category", "is_open"): tasks(category="blog", sort="title"),
        ("workspace_id", "task_type", "is_open"): tasks(task_type="untyped"),
        ("blocked_by",): page("mara", "/stuck"),
        ("rework_of",): asks(lambda tx: tx.find(Task, rework_of="tsk_1")),
        ("workspace_id", "qa_state", "closed_at"): page("mara", "/qa"),
        ("workspace_id", "ticket_state", "created_at", "task_id", "template_id"): page("mara", "/tickets"),
    },
    "task_steps": {("task_id", "position", "is_completed", "is_left_out"): page("mara", "/tasks/{task}")},
    "task_notes": {
        ("task_id", "created_at"): page("mara", "/tasks/{task}"),
        ("workspace_id", "has_mentions", "created_at", "mention_list", "task_id"): page("ana", "/inbox"),
    },
    "task_executions": {
        ("workspace_id", "is_live", "execution_id"): asks(lambda tx: tx.find(Execution, is_live=True)),
        ("workspace_id", "template_id", "execution_id"): page("mara", "/recipes"),
        ("workspace_id", "has_logs", "execution_id"): asks(
            lambda tx: executions.with_old_logs(tx, tx.now, 10)
        ),
    },
    "task_proofs": {("task_id", "position", "is_missing"): page("mara", "/tasks/{task}")},
    "deliverables": {("task_id", "deliverable_id", "author_list"): page("mara", "/tasks/{judged}")},
    "task_approvals": {
        ("task_id", "decided_at"): page("mara", "/tasks/{judged}"),
        ("deliverable_id", "decided_at"): page("mara", "/deliverables/{version}/story"),
        ("workspace_id", "is_open", "source", "requested_at"): page("mara", "/inbox"),
        ("workspace_id", "partner_id", "requested_at"): page("pat", "/inbox?seen=1"),
        ("workspace_id", "decided_at"): page("mara", "/reports/decisions"),
        (
            "requested_by", "decided_at", "approver_id", "status", "task_id", "task_approval_id",
            "workspace_id",
        ): page("ana", "/inbox"),
    },
    "deliverable_comments": {
        ("deliverable_id", "created_at"): page("mara", "/deliverables/{version}/view"),
        ("workspace_id", "has_mentions", "created_at", "mention_list", "task_id"): page("ana", "/inbox"),
    },
    "task_qa_reviews": {
        ("task_id", "reviewed_at"): page("mara", "/tasks/{to_score}"),
        ("workspace_id", "employee_id", "reviewed_at"): page("ana", "/inbox"),
        ("workspace_id", "reviewed_at"): page("mara", "/reports/qa_scores"),
    },
    "task_artifact_links": {
        ("workspace_id", "task_id"): page("mara", "/tasks/{task}"),
        # To which tasks a file belongs that is given as proof.
        ("workspace_id", "artifact_id"): asks(lambda tx: tx.find(ArtifactLink, artifact_id="art_1")),
    },
    "watches": {
        ("workspace_id", "user_id", "mode", "watched_task_id", "watched_bundle_id", "since"): page(
            "ana", "/inbox"
        ),
        ("watched_task_id",): asks(lambda tx: tx.find(Watch, watched_task_id="tsk_1")),
        ("watched_bundle_id",): asks(lambda tx: tx.find(Watch, watched_bundle_id="bnd_1")),
    },
    "schedules": {
        ("workspace_id", "state", "next_at"): asks(lambda tx: due_ids(tx, everything=True)),
        ("workspace_id", "owner_id", "trouble_at"): page("ana", "/inbox"),
    },
    "proposals": {
        ("workspace_id", "state", "author_id"): asks(drafts_of),
        ("workspace_id", "template_id", "state"): asks(lambda tx: open_of(tx, "blog_post")),
    },
    "scheduled_starts": {
        ("workspace_id", "state", "schedule_id"): asks(lambda tx: due_ids(tx, everything=False)),
    },
    "feeds": {("user_id",): page("ana", "/feeds")},
    "api_tokens": {
        ("user_id",): page("ana", "/tokens"),
        ("workspace_id", "revoked_at"): asks(lambda tx: tx.find(ApiToken, revoked_at=None)),
    },
    "webhook_deliveries": {
        ("webhook_id", "webhook_delivery_id"): asks(lambda tx: webhook_queries.latest(tx, "whk_1", 25)),
        ("webhook_id", "status", "event_seq"): asks(lambda tx: webhooks.first_waiting(tx, "whk_1")),
    },
    "worklogs": {
        ("workspace_id", "week", "worklog_id", "status"): page("mara", "/worklogs?status=draft"),
        ("workspace_id", "partner_id", "status", "week"): page("pat", "/worklogs"),
    },
    "notifications": {
        ("workspace_id", "user_id", "is_listed", "created_at"): page("ana", "/inbox"),
        # What somebody is told together: with the messages of a day, or when their quiet hours end.
        ("user_id", "due_at"): asks(lambda tx: tx.find(Notification, user_id="usr_1", due_at="2026-11-21")),
    },
    "reminders": {
        ("task_id", "send_at"): asks(lambda tx: tx.find(Reminder, task_id="tsk_1")),
        ("workspace_id", "state", "send_at"): asks(lambda tx: looking.coming_back(tx, tx.now)),
        ("workspace_id", "user_id", "state", "sent_at", "task_id", "is_flag"): page("ana", "/reminders"),
    },
    "reminder_clocks": {
        ("workspace_id", "next_at"): asks(lambda tx: looking.over(tx, tx.now)),
    },
    "audit_events": {
        # When the guidance of a campaign was there.
        ("workspace_id", "entity_id", "seq"): asks(lambda tx: tx.find(Event, entity_id=["att_1"])),
        ("workspace_id", "task_id", "seq"): page("mara", "/tasks/{task}/story"),
        ("workspace_id", "bundle_id", "seq"): page("mara", "/bundles/{bundle}"),
    },
}  # fmt: skip
DECLARED = [(spec.name, columns) for spec in table_specs() for columns in spec.indexes]


@pytest.fixture
def reader(app: Flask, workbench: Workbench) -> Reader:
    people = make_people(workbench)
    ids = vars(populate(workbench, people, 2))
    make_bundle(workbench, "podcast_episode", actor=people["mara"])
    hold_workbench(app.extensions, workbench)
    visitors = {name: Visitor.signed_in(app, people[name].user_id) for name in ("mara", "ana", "pat")}
    return Reader(workbench, people, visitors, ids)


def used(workbench: Workbench, sent: list[Sent]) -> set[str]:
    """Name the indexes by which SQLite answers these statements."""
    found: set[str] = set()
    with workbench.database.read() as connection:
        for text in sent:
            if text.startswith(("SELECT", "WITH")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(text.params))
                found.update(re.findall(r"INDEX (\w+)", " ".join(str(row[3]) for row in plan)))
    return found


def test_every_declared_index_has_its_query():
    assert {(table, columns) for table, named in QUERIES.items() for columns in named} == set(DECLARED)


def test_every_index_answers_the_query_it_is_there_for(app: Flask, reader: Reader):
    unused = []
    for table, columns in DECLARED:
        forget(app)
        with counted() as sent:
            QUERIES[table][columns](reader)
        if index_name(table, columns, unique=False) not in used(reader.workbench, sent):
            unused.append((table, columns))
    assert unused == []


@pytest.mark.few(2)
@pytest.mark.parametrize("who", ["mara", "ana"])
@pytest.mark.parametrize("view", ["view=list&", ""], ids=["list", "board"])
@pytest.mark.parametrize(
    "text",
    [
        "work",
        "wor start",
        '"start work"',
        "work or call",
        "(work or call) is:open",
        "work -tag:x",
        "work sort:title",
    ],
)
def test_a_search_for_words_reads_what_they_lead_to_and_no_table_from_end_to_end(
    app: Flask, reader: Reader, who: str, view: str, text: str
):
    forget(app)
    with counted() as sent:
        page(who, f"/board?{view}q={text}")(reader)
    searches = [one for one in sent if "store_piece" in one]
    assert searches != []
    with reader.workbench.database.read() as connection:
        plans = [
            str(row[3])
            for one in searches
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", tuple(one.params))
        ]
    assert any(step.startswith("SCAN store_piece_tokens VIRTUAL TABLE INDEX") for step in plans)
    whole = re.compile(r"SCAN (tasks|store_pieces)\b|SEARCH tasks USING .*INDEX ix_tasks_workspace_id")
    assert [step for step in plans if whole.match(step)] == []


#: How a part of what waits is reached: that of a lane or of a moment, or what is the reader's.
_BY_PLACE = r"jobs_places \(kind=\? AND lane[=>]\?\)|jobs_later \(kind=\? AND not_before>\?\)"
_BY_KEY = r"sqlite_autoindex_jobs_\d \(key=\?\)"


@pytest.mark.parametrize("path", ["/queue", "/queue?executor=api_call", "/queue?filter=pending"])
@pytest.mark.parametrize(("who", "ways"), [("mara", _BY_PLACE), ("ana", _BY_KEY)], ids=["all", "own"])
def test_the_queue_reads_of_what_waits_as_much_as_it_shows(
    app: Flask, reader: Reader, who: str, ways: str, path: str
):
    """Of 100,000 that wait the page costs what it does of 1,000."""
    forget(app)
    with counted() as sent:
        page(who, path)(reader)
    waiting = [one for one in sent if "jobs.status = 'ready'" in one]
    places = [one for one in waiting if one.startswith("SELECT jobs.job_id")]
    plans = {one: steps_of(reader.workbench, one) for one in waiting}
    for one, steps in plans.items():
        reads = [step for step in steps if re.match(r"(SCAN|SEARCH) jobs\b", step)]
        may = f"INDEX ({_BY_PLACE if one in places else ways})"
        assert reads != []
        assert [step for step in reads if not re.search(may, step)] == []
    assert [step for one in places for step in plans[one] if "B-TREE" in step] == []
    assert {"count(*)" in one for one in waiting} == {True, False}
    assert places != []


def steps_of(workbench: Workbench, one: Sent) -> list[str]:
    """Say how SQLite answers a statement."""
    with workbench.database.read() as connection:
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", tuple(one.params))
        return [str(row[3]) for row in found]
