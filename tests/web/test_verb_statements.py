"""How many statements each verb takes: pinned, and the same in a workspace with ten times as much (G16)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from engine.app import Workbench
from engine.audit.models import Event
from engine.deliverables import approvals
from engine.deliverables.models import Deliverable
from engine.tasks import clone
from engine.tasks.models import Step, Task
from tests.factories import make_bundle, make_people, make_task
from tests.statements import counted
from tests.web.conftest import Visitor
from tests.web.populated import populate
from web.context import hold_workbench


@dataclass(frozen=True)
class Verb:
    """One form that is sent."""

    who: str
    path: str
    form: dict[str, Any]
    #: How many statements it takes, finding out who sends it included; it leads on to a page of its own.
    statements: int


#: One after the other, as they are done to the records of ``populated``. What is said, or no longer so, is
#: put into the index of words: one statement more (LST-10).
VERBS = (
    Verb("ana", "/tasks/{pending}/start", {}, 7),
    Verb("ana", "/tasks/{pending}/wait", {"waiting_for": "the editor"}, 8),
    Verb("ana", "/tasks/{pending}/resume", {}, 8),
    Verb("ana", "/tasks/{pending}/block", {"reason": "no access"}, 8),
    Verb("ana", "/tasks/{pending}/resume", {}, 8),
    Verb("ana", "/tasks/{pending}/put_back", {}, 7),
    Verb("ana", "/tasks/{pending}/defer", {"until": "2026-12-24"}, 7),
    Verb("ana", "/tasks/{pending}/resume", {}, 7),
    Verb("ana", "/tasks/{pending}/help", {"question": "How?"}, 9),
    Verb("mara", "/tasks/{pending}/answer", {"body": "So."}, 8),
    Verb("ana", "/tasks/{pending}/notes", {"body": "Well, @mara"}, 13),  # who hears of it, watchers too
    Verb("ana", "/tasks/{pending}/steps", {"title": "And this"}, 9),
    Verb("ana", "/tasks/{pending}/steps/{step}", {}, 8),
    Verb("ana", "/tasks/{pending}/steps/{step}", {}, 8),
    Verb("ana", "/tasks/{pending}/complete", {}, 11),
    Verb("ana", "/tasks/{pending}/correct", {"reason": "It is half done."}, 10),
    Verb("ana", "/tasks/{pending}/complete", {}, 11),
    Verb("ana", "/tasks/{pending}/rework", {"reason": "Again."}, 18),  # with its first note
    Verb("mara", "/qa/{pending}/flag", {"reason": "complaint"}, 7),
    Verb("mara", "/qa/{to_score}/review", {"passed": "true"}, 13),
    Verb("ana", "/tasks/{pending}/clone", {"title": "Once more"}, 15),
    # Whoever gives work to somebody is told whether they are away: one statement more.
    Verb(
        "ana", "/tasks/new", {"line": "call Ana tomorrow 15:00 !high #tax @ben", "idempotency_key": "k"}, 13
    ),
    Verb("mara", "/tasks/{lost}/assign", {"assignee": "ben"}, 11),  # who watches is asked for their inboxes
    Verb("mara", "/acts/{act}/undo", {}, 12),
    Verb("mara", "/tasks/{lost}/assign", {"assignee": "ben"}, 11),  # who watches is asked for their inboxes
    Verb("ana", "/tasks/{claimable}/claim", {}, 8),
    Verb("mara", "/tasks/{permitted}/review_approve", {}, 9),
    Verb("mara", "/tasks/{refused}/review_reject", {"reason": "No."}, 10),
    Verb("ana", "/tasks/{skippable}/skip", {"reason": "not needed"}, 9),
    Verb("ana", "/tasks/{waiting}/cancel", {}, 9),
    Verb("ana", "/tasks/{judged}/withdraw", {}, 11),
    Verb("ana", "/tasks/{judged}/request_approval", {}, 11),
    Verb("mara", "/approvals/{internal}/decide", {"outcome": "approved", "seen": "{seen}"}, 20),
    Verb(
        "pat", "/approvals/{portal}/decide", {"outcome": "rejected", "feedback": "No.", "seen": "{seen}"}, 13
    ),
    Verb("ana", "/tasks/{shown_task}/deliverables/{shown}/next", {"url": "https://x.example/2"}, 11),
    Verb("ana", "/tasks/{task}/proof", {"label": "Proof 0", "value": "https://x.example"}, 9),
    Verb("ana", "/tasks/{task}/deliverables", {"ref": "more", "type": "text"}, 9),
    Verb("ana", "/tasks/{task}/deliverables/{version}", {"url": "https://x.example/3"}, 9),
    Verb("ana", "/deliverables/{version}/comments", {"body": "See @mara"}, 14),  # likewise
    Verb("ana", "/tasks/{task}/files", {"type": "t", "label": "New"}, 12),
    Verb("mara", "/bundles/{bundle}/stage", {"stage": "announced"}, 7),
    Verb("mara", "/bundles/{bundle}/links", {"name": "Brief", "url": "https://x.example/4"}, 8),
    # Who is away on the new days, and who stands in.
    Verb("mara", "/bundles/{bundle}/reanchor", {"anchor_date": "2026-12-24"}, 12),
    Verb("mara", "/bundles/{bundle}/add-task", {"line": "call Ana fri", "idempotency_key": "in"}, 13),
    Verb("mara", "/bundles/{bundle}/add-task", {"ref": "brief", "idempotency_key": "of"}, 18),
    Verb("mara", "/recipes/blog_post/new", {"anchor_date": "2026-12-24", "param.topic": "Tents"}, 15),
    Verb("mara", "/worklogs", {"campaign": "acme_spring", "week": "2025-08-05"}, 9),
    Verb("mara", "/worklogs/{worklog}/edit", {"body": "Other words."}, 7),
    Verb("mara", "/worklogs/{worklog}/make", {"discard_edits": "true"}, 10),
    Verb("mara", "/worklogs/{worklog}/edit", {"body": "Other words."}, 7),
    # With whether all that it tells may be told still.
    Verb("mara", "/worklogs/{worklog}/send", {}, 8),
    Verb("mara", "/inbox/seen", {}, 3),
)


class Doing:
    """A populated workspace in which the verbs are done one after the other."""

    def __init__(self, app: Flask, workbench: Workbench, size: int) -> None:
        self.workbench, self.people = workbench, make_people(workbench)
        self.ids = asdict(populate(workbench, self.people, size))
        hold_workbench(app.extensions, workbench)
        self.visitors = {
            name: Visitor.signed_in(app, self.people[name].user_id) for name in ("mara", "ana", "ben", "pat")
        }
        for visitor in self.visitors.values():
            visitor.get("/help/keys")  # the process knows them from now on

    def do(self, verb: Verb) -> int:
        """Send a form and return how many statements it took."""
        names = {**self.ids, **self._judged("internal", "judged"), **self._step(), **self._act(verb.path)}
        if "{portal}" in verb.path:
            names |= self._judged("portal", "shown_task")
        path = verb.path.format(**names)
        form = {name: value.format(**names) for name, value in verb.form.items()}
        if path.endswith("/files"):
            form["file"] = (BytesIO(b"a,b"), "new.csv")
        with counted() as statements:
            answer = self.visitors[verb.who].post(path, form)
        assert answer.status_code == 303, (path, answer.status_code, answer.text)
        return len(statements)

    def _judged(self, name: str, task: str) -> dict[str, str]:
        """Return the open approval of a task, and the hash of what it judges."""
        with self.workbench.reading(self.people["mara"]) as tx:
            waiting = [item for item in approvals.of_task(tx, self.ids[task]) if item.is_open]
            if not waiting:
                return {name: "apr_none", "seen": ""}
            row = tx.get(Deliverable, waiting[0].deliverable_id)
            return {name: waiting[0].task_approval_id, "seen": row.content_hash}

    def _act(self, path: str) -> dict[str, str]:
        """Return the act that was done last, where it is asked for."""
        if "{act}" not in path:
            return {}
        with self.workbench.reading(self.people["mara"]) as tx:
            [last] = tx.find(Event, order_by=("-seq",), limit=1)
        return {"act": str(last.act_id)}

    def _step(self) -> dict[str, str]:
        with self.workbench.reading(self.people["mara"]) as tx:
            open_ones = [item for item in tx.find(Step, task_id=self.ids["pending"]) if not item.is_completed]
        return {"step": open_ones[0].ref if open_ones else "none"}


@pytest.fixture(params=[2, pytest.param(22, marks=pytest.mark.wide)], ids=["few", "many"])
def doing(request: pytest.FixtureRequest, app: Flask, either_workbench: Workbench) -> Doing:
    either_workbench.claim_blob_folder()  # as ``serve`` has done
    return Doing(app, either_workbench, request.param)


def test_every_verb_takes_its_statements_and_no_more_where_there_is_more(doing: Doing):
    taken = [(verb.path, doing.do(verb)) for verb in VERBS]
    assert taken == [(verb.path, verb.statements) for verb in VERBS]


def test_cancelling_a_bundle_takes_the_same_however_many_its_tasks(app: Flask, either_workbench: Workbench):
    people = make_people(either_workbench)
    hold_workbench(app.extensions, either_workbench)
    mara, content = Visitor.signed_in(app, people["mara"].user_id), either_workbench.content()
    mara.get("/help/keys")  # the process knows her from now on
    taken = set()
    for further in (0, 5, 15):
        bundle = make_bundle(
            either_workbench, "blog_post", actor=people["mara"], parameters={"topic": "Tents"}
        )
        with either_workbench.transaction(people["mara"]) as tx:
            last = tx.find(Task, bundle_id=bundle.bundle_id)[-1]
            for place in range(further):
                clone.clone(tx, content, last.task_id, {"title": f"Once more {place}"})
        with counted() as statements:
            assert mara.post(f"/bundles/{bundle.bundle_id}/cancel").status_code == 303
        taken.add(len(statements))
    assert taken == {11}


@dataclass(frozen=True)
class Many:
    """One form that is sent for many tasks at once."""

    form: dict[str, Any]
    #: How many statements it takes, however many tasks there are.
    statements: int
    #: How many its Undo takes; None where it has none.
    undo: int | None = None


MANY = (
    Many({"do": "assign", "assignee_id": "ben"}, 11, undo=12),
    Many({"do": "priority", "priority": "high"}, 9, undo=10),
    Many({"do": "due", "days": "3"}, 9, undo=10),
    Many({"do": "due", "due_date": "2026-12-24"}, 9, undo=10),
    Many({"do": "due", "working_days": "-1"}, 9, undo=10),
    Many({"do": "defer", "deferred_days": "3"}, 9, undo=10),
    Many({"do": "watch", "mode": "watching"}, 8),
    Many({"do": "tags", "tag": "tax"}, 9, undo=10),
    Many({"do": "status", "status": "blocked", "reason": "No access"}, 10, undo=11),
    Many({"do": "status", "status": "in_progress"}, 9),
    Many({"do": "status", "status": "cancelled"}, 9),
)


@pytest.mark.few(1)
@pytest.mark.parametrize("size", [3, 30])
def test_a_change_of_many_tasks_takes_no_more_statements_than_of_a_few(
    app: Flask, either_workbench: Workbench, size: int
):
    either_workbench.claim_blob_folder()
    people = make_people(either_workbench)
    hold_workbench(app.extensions, either_workbench)
    mara = Visitor.signed_in(app, people["mara"].user_id)
    mara.get("/help/keys")
    tasks = [make_task(either_workbench, assignee="ana", due_date="2026-12-01").task_id for _ in range(size)]
    for many in MANY:
        form = {**many.form, "tasks": tasks, "confirmed": "1"}
        with counted() as statements:
            assert mara.post("/board/bulk", form).status_code == 303
        assert len(statements) == many.statements, many.form
        with either_workbench.reading(people["mara"]) as tx:
            [last] = tx.find(Event, order_by=("-seq",), limit=1)
        if many.undo is not None:
            with counted() as statements:
                assert mara.post(f"/acts/{last.act_id}/undo").status_code == 303
            assert len(statements) == many.undo, many.form
