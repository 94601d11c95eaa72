# ruff: noqa: E501 - the table is read row by row
"""A template of which one task may change in every way, with each change, and a bundle of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.bundles.models import Bundle, BundleLink
from engine.deliverables.models import Deliverable
from engine.migration.matrix import Kind, State
from engine.tasks.models import Note, Proof, Step, Task, TaskStatus
from tests.factories import do

ONE = {
    "task_types/work.yaml": "key: work\nname: Work\n",
    "task_types/other.yaml": "key: other\nname: Other\n",
    "task_templates/one.yaml": """
        key: one
        name: One
        task_type: work
        links: [{name: Page, required: false}]
        parameters: {type: object, properties: {quick: {type: boolean, default: false}}}
        tasks:
          - {ref: first, title: First, offset_days: -9}
          - {ref: zero, title: Zero, offset_days: -9}
          - ref: main
            title: Main
            offset_days: 0
            depends_on: [first]
            assignee: {role: writer}
            steps: [{ref: plan, title: Plan}, {ref: look, title: Look, required: false}]
            deliverables: [{ref: text, type: text}, {ref: draft, type: text}]
            proof: [{kind: url, label: Page}, {kind: comment, label: Why, required: false}]
            fills_link: Page
          - {ref: last, title: Last, offset_days: 9}
    """,
}


@dataclass(frozen=True)
class Case:
    """A change of the template, and how it shows in the bundle once it is taken."""

    #: Old and new text.
    change: list[tuple[str, str]]
    #: The key of the item that tells of it.
    key: str
    #: Tells whether the bundle has the new value.
    taken: Any
    #: Changes of what is not this cell's, such as a link that only a task fills.
    besides: list[str] = field(default_factory=list)


def _task(name: str, value: object) -> Any:
    return lambda bundle: getattr(bundle.task("main"), name) == value


_GONE = """  - ref: main
    title: Main
    offset_days: 0
    depends_on: [first]
    assignee: {role: writer}
    steps: [{ref: plan, title: Plan}, {ref: look, title: Look, required: false}]
    deliverables: [{ref: text, type: text}, {ref: draft, type: text}]
    proof: [{kind: url, label: Page}, {kind: comment, label: Why, required: false}]
    fills_link: Page
"""
CASES = {
    Kind.TASK_ADDED: Case(
        [("depends_on: [first]", "depends_on: [first, extra]"), ("  - {ref: last,", "  - {ref: extra, title: Extra, offset_days: -1}\n  - {ref: last,")],
        "extra.task",
        lambda bundle: "extra" in bundle.refs(),
        ["main.depends_on"],
    ),
    Kind.TASK_REMOVED: Case([(_GONE, "")], "main.task", lambda bundle: bundle.task("main").status is TaskStatus.CANCELLED),
    Kind.CONDITION: Case([("    fills_link: Page", "    fills_link: Page\n    when: {properties: {quick: {const: true}}}")], "main.task", lambda bundle: bundle.task("main").status is TaskStatus.CANCELLED),
    Kind.TASK_RENAMED: Case([("ref: main\n", "ref: core\n")], "core.task", lambda bundle: "core" in bundle.refs()),
    Kind.RETYPED: Case([("    title: Main\n", "    title: Main\n    task_type: other\n")], "main.task_type", _task("task_type", "other")),
    Kind.MADE_REQUIRED: Case([("{ref: look, title: Look, required: false}", "{ref: look, title: Look}")], "main.steps", lambda bundle: bundle.part(Step, ref="look").required),
    Kind.LESS_OWED: Case([("{ref: plan, title: Plan}", "{ref: plan, title: Plan, required: false}")], "main.steps", lambda bundle: not bundle.part(Step, ref="plan").required),
    Kind.DELIVERABLE_REMOVED: Case([(", {ref: draft, type: text}", "")], "main.deliverables", lambda bundle: not bundle.part(Deliverable, ref="draft").required),
    Kind.LINK_MADE_REQUIRED: Case([("{name: Page, required: false}", "{name: Page}")], "links", lambda bundle: bundle.link("Page").required),
    Kind.DUE: Case([("offset_days: 0\n", "offset_days: -2\n")], "main.due_date", lambda bundle: str(bundle.task("main").due_date) == "2027-02-27"),
    Kind.ASSIGNEE: Case([("assignee: {role: writer}", "assignee: {employee: ben}")], "main.assignee", lambda bundle: bundle.task("main").assignee_id is not None),
    Kind.PROOF: Case([("{kind: comment, label: Why, required: false}", "{kind: comment, label: Why}")], "main.proof", lambda bundle: bundle.part(Proof, label="Why").required),
    Kind.APPROVAL: Case([("    fills_link: Page", "    fills_link: Page\n    approval: {required: true}")], "main.approval", lambda bundle: bundle.task("main").approval["required"]),
    Kind.ORDER: Case([("depends_on: [first]", "depends_on: [zero]")], "main.depends_on", lambda bundle: bundle.task("main").depends_on == [bundle.task("zero").task_id]),
    Kind.WORDS: Case([("title: Main", "title: The main thing")], "main.title", _task("title", "The main thing")),
    Kind.SETTINGS: Case([("    fills_link: Page", "    fills_link: Page\n    priority: high")], "main.priority", lambda bundle: bundle.task("main").priority == "high"),
}  # fmt: skip
_STAND = {
    State.NOT_STARTED: TaskStatus.PENDING,
    State.ACTIVE: TaskStatus.IN_PROGRESS,
    State.WAITING: TaskStatus.WAITING,
    State.PENDING_APPROVAL: TaskStatus.PENDING_APPROVAL,
    State.COMPLETED: TaskStatus.COMPLETED,
    State.CLOSED: TaskStatus.SKIPPED,
}


class One:
    """One bundle of the template above, and what it has."""

    def __init__(self, running) -> None:
        self.running, self.bundle_id = running, running.start("one")

    def find(self, kind, **where):
        with self.running.workbench.reading(self.running.people["mara"]) as tx:
            return tx.find(kind, **where)

    def refs(self):
        return [*self.running.tasks(self.bundle_id)]

    def task(self, ref) -> Task:
        return self.running.tasks(self.bundle_id)[ref]

    def part(self, kind, ref_of="main", **named):
        (name, value), *_ = named.items()
        found = self.find(kind, task_id=self.task(ref_of).task_id)
        return next(one for one in found if getattr(one, name) == value)

    def link(self, name) -> BundleLink:
        return self.find(BundleLink, bundle_id=self.bundle_id, name=name)[0]

    def bundle(self) -> Bundle:
        return self.find(Bundle, bundle_id=self.bundle_id)[0]

    def everything(self):
        """Return all that is kept of the work, but for what every write changes."""
        ids = [task.task_id for task in self.find(Task, bundle_id=self.bundle_id)]
        rows = [one for kind in (Step, Proof, Deliverable, Note) for one in self.find(kind, task_id=ids)]
        rows += [*self.find(Task, bundle_id=self.bundle_id), *self.find(BundleLink, bundle_id=self.bundle_id)]
        silent = {"updated_at", "revision", "template_hash", "position"}
        return {row.record_id: row.model_dump(exclude=silent) for row in rows}

    def migrate(self, actor="mara", to="change", **given):
        people = self.running.people
        return do(
            self.running.workbench, people[actor], "bundle migrate", bundle_id=self.bundle_id, to=to, **given
        )


def stand(one, kind, state):
    one.running.stand(one.bundle_id, "main", _STAND[state])


def undo(one, actor="mara"):
    return one.migrate(actor, to=None, undo=True)
