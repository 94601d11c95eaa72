"""How stores of earlier releases become stores of this one: the ordered steps, and the way to open a store.

New tables and indexes follow from the record classes when a store is opened. What a step says is about
columns and documents that were there before; it names them itself, because the classes go on changing and
a released step does not (D12).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from engine.artifacts.blobs import blobs_of
from engine.audit.sealing import find_untrue, seal
from engine.clock import SystemClock
from engine.config import Settings
from engine.entities import table_specs
from engine.errors import ConflictError
from engine.ids import IdSource
from engine.jobs import claims as _claims  # noqa: F401 - its table is one of the store
from engine.store import (
    ColumnType,
    Connection,
    DocumentStore,
    Migration,
    Plan,
    add_column,
    add_system_tables,
    date_heads,
    drop_column,
    drop_field,
    drop_index,
    fill_columns,
    has_table,
    plan,
    raise_positions,
    read_documents,
    read_head,
    rewrite_documents,
)
from engine.tasks.states import TaskStatus, class_of

Document = dict[str, Any]


def open_store(url: str, *, migrate: bool = False, make: bool = True) -> DocumentStore:
    """Open the store of Workbench at a URL, making it if there is none and ``make`` is not false.

    Raises:
        StoreVersionError: it is newer, or older and ``migrate`` is false; nothing is changed.
        UnavailableError: it cannot be opened.
        ConflictError: there is none, and ``make`` is false.
        BadRequestError: the URL is not understood.
    """
    return DocumentStore(url, table_specs(), migrations=MIGRATIONS, migrate=migrate, make=make)


def require_database_of(settings: Settings) -> None:
    """Refuse to begin a new store in a SQLite file where the uploads of one that is lost are (S24).

    Raises:
        ConflictError: says what may have happened; nothing is made.
        BadRequestError: no setting says where the uploads are.
    """
    file, blobs = settings.database_file, blobs_of(settings)
    if file is None or (file.is_file() and file.stat().st_size > 0):
        return
    if not blobs.is_unused():
        raise ConflictError(
            f"There is no store in {file}, but files that people uploaded are in {blobs.place}: the database "
            "was lost, emptied, or is elsewhere. Nothing was made. Restore it from its backup, or name it "
            "with --database. To start over, move the files away first."
        )


def require_store(settings: Settings) -> None:
    """Refuse to make a store where a command only expects one: run in another folder, it would find nothing.

    Raises:
        ConflictError: the SQLite file is not there; says where it was looked for. Nothing is made.
    """
    require_database_of(settings)
    file = settings.database_file
    if file is not None and not file.exists() and (file.parent.is_dir() or not file.parent.exists()):
        beside = sorted(file.absolute().parent.glob(f"*/{file.name}"))  # as that of the demo is
        there = f" There is one in {beside[0]}: --database sqlite:///{beside[0]}." if beside else ""
        raise ConflictError(
            f"There is no store in {file.absolute()}. Go to the folder of your workspace, or name its "
            f"database with --database.{there} `workbench init DIR` makes a new workspace, `workbench serve` "
            "a new store. Nothing was made."
        )


def plan_upgrade(url: str) -> Plan:
    """Say what opening the store of Workbench with ``migrate`` would do; nothing is changed.

    Raises:
        StoreVersionError: it is too new for this program, or lacks columns that no step brings.
        UnavailableError: it cannot be opened.
        BadRequestError: the URL is not understood.
    """
    return plan(url, MIGRATIONS, tables=table_specs())


def require_backup(wanted: Plan, *, backed_up: bool) -> None:
    """Refuse an upgrade that nobody could take back.

    SQLite's file is copied by the upgrade itself. A PostgreSQL server's database cannot be copied from here:
    its operator says that it is done.

    Raises:
        ConflictError: says which command makes the backup.
    """
    if wanted.needs_backup_by_hand and not backed_up:
        raise ConflictError(
            f"The store {wanted.url} has version {wanted.version} and would be brought to {wanted.known}. "
            "An upgrade copies no PostgreSQL database by itself. Back it up: workbench backup "
            f"version-{wanted.version}.backup. Then repeat this with --backed-up. Nothing was changed."
        )


def refuse_to_shut_out(wanted: Plan) -> None:
    """Refuse an upgrade after which the servers that run now could not work with the store any more.

    Raises:
        ConflictError: says that they are to be stopped first.
    """
    if not wanted.older_may_go_on:
        raise ConflictError(
            f"The store {wanted.url} has version {wanted.version} and would be brought to {wanted.known}; the"
            " program that runs now cannot work with that. Stop it, then start it again. Nothing was changed."
        )


def _approvals_and_qa(connection: Connection) -> None:
    """From 0.1.0 to 0.2.0: columns of QA and mentions; what was handed over gets its hash and authors."""
    add_column(connection, "tasks", "qa_state", "text")
    add_column(connection, "task_notes", "has_mentions", "boolean", initial=False)
    hashes = {row["artifact_id"]: row["sha256"] for row in read_documents(connection, "artifacts")}
    authors = _authors(connection)

    def hash_and_authors(row: Document) -> Document:
        if not (row["deliverable_url"] or row["artifact_id"]):
            return {}
        known = authors.get(row["deliverable_id"], [row["created_by"]])
        return {"sha256": hashes.get(row["artifact_id"]), "authors": known}

    rewrite_documents(connection, "deliverables", hash_and_authors)


def _authors(connection: Connection) -> dict[str, list[str]]:
    """Return who edited each deliverable, in the order in which they first did; the events know."""
    found: dict[str, list[str]] = {}
    for event in read_documents(connection, "audit_events"):
        if event["action"] == "deliverable_edited" and event["actor_id"]:
            edited_by = found.setdefault(event["entity_id"], [])
            if event["actor_id"] not in edited_by:
                edited_by.append(event["actor_id"])
    return found


#: What version 3 seals: each table's key, and the fields that events never tell.
_SEALED = {
    "workspaces": ("workspace_id",),
    "employees": ("employee_id",),
    "partners": ("partner_id",),
    "users": ("user_id",),
    "campaigns": ("campaign_id",),
    "campaign_attachments": ("attachment_id",),
    "task_types": ("task_type_id", "content_hash", "workspace_id"),
    "task_templates": ("template_id", "closure_hash", "workspace_id"),
    "bundles": ("bundle_id",),
    "tasks": ("task_id",),
    "bundle_links": ("bundle_link_id",),
    "task_steps": ("task_step_id",),
    "task_notes": ("task_note_id",),
    "artifacts": ("artifact_id",),
    "task_proofs": ("task_proof_id",),
    "deliverables": ("deliverable_id",),
    "task_approvals": ("task_approval_id",),
    "deliverable_comments": ("deliverable_comment_id",),
    "task_qa_reviews": ("task_qa_review_id",),
    "task_artifact_links": ("artifact_link_id",),
}
_SECRET = {"users": frozenset({"password_hash"}), "sign_in_links": frozenset({"token_hash"})}
#: What fields of version 2 are in records that 0.1.0 wrote without them: a hash covers what they are read as.
_FILLED: dict[str, Document] = {
    "tasks": {"qa": {}, "qa_reasons": [], "qa_flagged": False, "worked_seconds": 0},
    "task_notes": {"mentions": []},
    "deliverables": {"post_decision_change": False, "authors": []},
}


def _hashes_and_positions(connection: Connection) -> None:
    """From 0.2.0 to 0.3.0: events tell hashes; topics, and how far an inbox was seen, are positions."""
    add_system_tables(connection)
    # Nothing, unless somebody made a store that was sealed say that it is of the version before.
    untrue = find_untrue(connection, _SEALED, secrets=_SECRET)
    seen = {
        f"{user['workspace_id']}/inbox_seen/{user['user_id']}": _milliseconds(user["inbox_seen_at"])
        for user in read_documents(connection, "users")
        if user.get("inbox_seen_at")
    }
    raise_positions(connection, seen)
    drop_field(connection, "users", "inbox_seen_at")
    for table, filled in _FILLED.items():
        rewrite_documents(connection, table, partial(_missing, filled))
    seal(connection, _SEALED, secrets=_SECRET, untrue=untrue, now=SystemClock().now(), ids=IdSource())
    for workspace in read_documents(connection, "workspaces"):
        workspace_id = workspace["workspace_id"]
        # No page that was open meanwhile may take what it is sent for older than what it shows.
        head = read_head(connection, workspace_id).position
        raise_positions(connection, {f"{workspace_id}/floor": head})


def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def _missing(filled: Document, row: Document) -> Document:
    return {name: filled[name] for name in filled.keys() - row.keys()}


def _required_sources(task: Document) -> str:
    approval = task.get("approval") or {}
    return ",".join(approval.get("sources") or ["internal"]) if approval.get("required") else ""


def _tag_list(task: Document) -> str | None:
    return _listed([tag.lower() for tag in task.get("tags", [])])


def _ticket_state(task: Document) -> str | None:
    return class_of(TaskStatus(task["status"])) if task.get("execution_type") else None


def _mention_list(remark: Document) -> str | None:
    return json.dumps(remark["mentions"]) if remark.get("mentions") else None


def _listed(ids: list[str]) -> str | None:
    return json.dumps(ids) if ids else None


#: What version 4 promotes for cards and inboxes: a column's kind, and its value in a document of before.
_PROMOTED: dict[str, dict[str, tuple[ColumnType, Callable[[Document], Any]]]] = {
    "employees": {"name": ("text", lambda row: row["name"])},
    "bundles": {
        "completed_at": ("text", lambda row: row.get("completed_at")),
        "completed_by": ("text", lambda row: row.get("completed_by")),
    },
    "users": {"former_list": ("text", lambda row: _listed(row["former_employee_ids"]))},
    "tasks": {
        "title": ("text", lambda row: row["title"]),
        "tag_list": ("text", _tag_list),
        "urgency": ("text", lambda row: row.get("urgency", "normal")),
        "milestone": ("boolean", lambda row: row.get("milestone", False)),
        "waiting_for": ("text", lambda row: row.get("waiting_for")),
        "follow_up_at": ("text", lambda row: row.get("follow_up_at")),
        "deferred_until": ("text", lambda row: row.get("deferred_until")),
        "is_skippable": ("boolean", lambda row: row.get("skip") is not None),
        "required_sources": ("text", _required_sources),
        "phase": ("text", lambda row: row.get("phase")),
        "position": ("integer", lambda row: row.get("position", 0)),
        "fills_link": ("text", lambda row: row.get("fills_link")),
        "dependency_list": ("text", lambda row: json.dumps(row.get("depends_on", []))),
        "revision": ("integer", lambda row: row.get("revision", 1)),
        "hand_list": ("text", lambda row: _listed(row["worked_by"])),
        "preparer_list": ("text", lambda _: None),
        "rework_of": ("text", lambda _: None),
        "turn_at": ("text", lambda _: None),
        "turn_reason": ("text", lambda _: None),
        "turn_by": ("text", lambda _: None),
        "ticket_state": ("text", _ticket_state),
    },
    "task_steps": {"is_left_out": ("boolean", lambda _: False)},
    "task_notes": {"mention_list": ("text", _mention_list)},
    "deliverable_comments": {"mention_list": ("text", _mention_list)},
    "deliverables": {"author_list": ("text", lambda row: json.dumps(row["authors"]))},
    "task_approvals": {
        "requested_by": ("text", lambda row: row["requested_by"]),
        "approver_id": ("text", lambda row: row.get("approver_id")),
        "escalated_at": ("text", lambda row: row.get("escalated_at")),
        "status": ("text", lambda row: row["status"]),
    },
}
#: Indexes of version 3 that no query needs, or that others answer for: each costs every write to its table.
_NEEDED_BY_NOBODY = (
    ("artifacts", ("workspace_id", "sha256")),
    ("bundles", ("workspace_id", "owner_id")),
    ("bundles", ("workspace_id", "updated_at")),
    ("bundle_links", ("bundle_id", "position")),
    ("deliverable_comments", ("task_id", "created_at")),
    ("deliverable_comments", ("workspace_id", "has_mentions", "created_at")),
    ("deliverables", ("task_id",)),
    ("task_approvals", ("task_id",)),
    ("task_approvals", ("deliverable_id",)),
    ("task_notes", ("workspace_id", "has_mentions", "created_at")),
    ("task_steps", ("task_id", "position", "is_completed")),
    ("users", ("workspace_id", "employee_id")),
    ("tasks", ("workspace_id", "status", "closed_at", "task_id")),
    ("tasks", ("workspace_id", "deadline", "task_id", "status")),
    ("tasks", ("workspace_id", "assignee_id", "bundle_id", "is_open", "assigned_to_bot", "due_date")),
    ("tasks", ("workspace_id", "assignee_role", "assignee_id", "assigned_to_bot", "bundle_id")),
)


def _columns_and_tries(connection: Connection) -> None:
    """From 0.3.0 to 0.4.0: what cards show and inboxes ask about stands in columns; tries have a table.

    Whose work a task is, who a user was before (S3), and the first deadline of a task (T4) are filled in
    from the events. The head of each chain tells the latest time in it (S10).
    """
    add_system_tables(connection)
    _fill_in_what_events_tell(connection)
    for table, index in _NEEDED_BY_NOBODY:
        if has_table(connection, table):
            drop_index(connection, table, index)
    for table, columns in _PROMOTED.items():
        if has_table(connection, table):  # 0.1.0 knew no approvals: theirs is made anew, as it is now
            for column, (kind, _) in columns.items():
                add_column(connection, table, column, kind)
            fill_columns(connection, table, {column: value for column, (_, value) in columns.items()})
    if has_table(connection, "tasks"):
        # Words and tags are found by indexes of their own.
        drop_column(connection, "tasks", "search_text")
        drop_column(connection, "tasks", "tag_text")
    date_heads(connection, "audit_events", "workspace_id", "occurred_at")


#: What calls people: before version 4 it called employees alone (R21).
_REMARKS = ("task_notes", "deliverable_comments")


def _fill_in_what_events_tell(connection: Connection) -> None:
    """Say who had each task while it was worked on, when it was first due, and which employees a user was."""
    sealed = {name: _SEALED[name] for name in ("tasks", "users", *_REMARKS)}
    untrue = find_untrue(connection, sealed, secrets=_SECRET)
    worked_by, were = _told_of_people(connection)
    first_deadlines = _first_deadlines(connection)
    if has_table(connection, "task_approvals"):
        for approval in read_documents(connection, "task_approvals"):
            worked_by[approval["task_id"]] += approval.get("assignee_ids", [])

    def of_task(row: Document) -> Document:
        found = list(dict.fromkeys(worked_by[row["task_id"]]))
        return {"worked_by": found, "prepared_by": [], **_punctuality(row, first_deadlines)}

    def of_user(row: Document) -> Document:
        return {"former_employee_ids": were.get(row["user_id"], [])}

    rewrite_documents(connection, "tasks", of_task)
    rewrite_documents(connection, "users", of_user)
    for table in _REMARKS:
        if has_table(connection, table):  # of a store of 0.1.0 the comments are made anew, as they are now
            rewrite_documents(connection, table, partial(_missing, {"user_mentions": []}))
    sealed["sign_in_links"] = ("token_hash",)  # of which no event told before
    seal(connection, sealed, secrets=_SECRET, untrue=untrue, now=SystemClock().now(), ids=IdSource())


def _told_of_people(connection: Connection) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the employees who had each task since it was begun, and those that each user was before."""
    worked_by, joins = defaultdict[str, list[str]](list), _Joins()
    assignee: dict[str, str | None] = {}
    begun = set[str]()
    for event in read_documents(connection, "audit_events"):
        joins.take(event)
        after, subject = event["after"] or {}, event["entity_id"]
        if event["entity_type"] == "tasks":
            known = assignee[subject] = after.get("assignee_id", assignee.get(subject))
            if after.get("status") == "in_progress":
                begun.add(subject)
            if subject in begun and known is not None:
                worked_by[subject].append(known)
    return worked_by, joins.told()


def _first_deadlines(connection: Connection) -> dict[str, str]:
    """Return the first deadline of each task of whose deadlines events tell: of those that were moved."""
    found: dict[str, str] = {}
    for event in read_documents(connection, "audit_events"):
        if event["entity_type"] == "tasks" and event["entity_id"] not in found:
            told = ((event[when] or {}).get("deadline") for when in ("before", "after"))
            if first := next(filter(None, told), None):
                found[event["entity_id"]] = first
    return found


def _punctuality(task: Document, first_deadlines: dict[str, str]) -> Document:
    first = first_deadlines.get(task["task_id"], task.get("deadline"))
    return {
        "first_deadline": first,
        "late_seconds": _seconds_late(task, task.get("deadline")),
        "first_late_seconds": _seconds_late(task, first),
    }


def _seconds_late(task: Document, deadline: str | None) -> int | None:
    completed_at = task.get("completed_at")
    if completed_at is None or deadline is None:
        return None
    return -((_milliseconds(deadline) - _milliseconds(completed_at)) // 1000)


class _Joins:
    """Whom each user was, as events tell it: by their join, else by the e-mail that one employee had.

    A transaction's events have one time, and what stands between them was never so.
    """

    def __init__(self) -> None:
        """Begin before the first event."""
        self._addresses: dict[str, dict[str, str]] = {"employees": {}, "users": {}}
        self._joined: dict[str, str | None] = {}
        self._found = defaultdict[str, dict[str, None]](dict)
        self._changed_at: str | None = None

    def take(self, event: Document) -> None:
        """Take the next event."""
        if event["entity_type"] not in self._addresses:
            return
        if self._changed_at not in (None, event["occurred_at"]):
            self._note()
        after, subject = event["after"] or {}, event["entity_id"]
        if "email" in after:
            self._addresses[event["entity_type"]][subject] = (after["email"] or "").strip().lower()
        if event["entity_type"] == "users":
            self._joined[subject] = after.get("employee_id", self._joined.get(subject))
            if was := (event["before"] or {}).get("employee_id"):
                self._found[subject][was] = None
        self._changed_at = event["occurred_at"]

    def told(self) -> dict[str, list[str]]:
        """Return the employees that each user was, but for the one that they are now."""
        self._note()
        now = self._stand_for()
        return {
            user_id: [one for one in ever if one != now.get(user_id)] for user_id, ever in self._found.items()
        }

    def _note(self) -> None:
        for user_id, employee_id in self._stand_for().items():
            self._found[user_id][employee_id] = None

    def _stand_for(self) -> dict[str, str]:
        holders = defaultdict[str, list[str]](list)
        for employee_id, address in self._addresses["employees"].items():
            holders[address].append(employee_id)
        found: dict[str, str] = {}
        for user_id in self._joined:
            held = self._addresses["users"].get(user_id)
            same = holders[held] if held else []
            if one := self._joined[user_id] or (same[0] if len(same) == 1 else None):
                found[user_id] = one
        return found


#: The steps from version 2 on, oldest first. Released steps are never changed.
#:
#: A release brings one step at most: a program works with a store that is one version ahead of it. A step
#: closes the door when it renames or drops something that the release before needs, or gives it another
#: meaning (``closes_door=True``). Programs before 0.3.0 work with no newer store at all.
MIGRATIONS: tuple[Migration, ...] = (
    Migration(2, "approvals, QA", _approvals_and_qa, release="0.2.0", closes_door=True),
    Migration(3, "hashes in events, positions", _hashes_and_positions, release="0.3.0", closes_door=True),
    # Rows of a release before lack what cards show.
    Migration(4, "columns of cards, tries", _columns_and_tries, release="0.4.0", closes_door=True),
)
