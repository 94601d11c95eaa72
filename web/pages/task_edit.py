"""Which fields of a task its page lets somebody change where they stand, and what the open one offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.access import Permission, may
from engine.catalog.content import Content
from engine.reference.models import Campaign
from engine.tasks import dependencies, queries, visibility
from engine.tasks.filters import TaskFilter
from engine.tasks.models import ExecutionType, Priority, Task, Urgency
from engine.tasks.search.reading import search
from engine.transaction import Transaction
from web.pages.choices import Choices

#: What is changed on its own, in the order of the page; settings and what programs read have no form.
FIELDS = (
    "title", "due_date", "priority", "urgency", "assignee_id", "description", "depends_on", "deadline",
    "tags", "category", "task_type", "campaign_id", "planned_minutes", "assigned_to_bot", "execution_type",
    "requires_human_review",
)  # fmt: skip
#: As many tasks as a search for what comes before shows.
_MOST_FOUND = 20


@dataclass(frozen=True)
class Edit:
    """The field whose form is open; without a name none is."""

    name: str = ""
    #: What it may be, where that is a choice of what the workspace has.
    options: tuple[tuple[str, str], ...] = ()
    #: What was looked for among tasks.
    find: str = ""
    #: Where its form leads once it is saved, and whoever leaves it; empty for the task's page.
    back: str = ""


#: No form is open.
NO_EDIT = Edit()


def editable(tx: Transaction, content: Content, task: Task, *, may_work: bool) -> frozenset[str]:
    """Return the fields that the actor may change now, as far as the task tells; the rest is only shown."""
    if not may_work or not visibility.works(tx, task):
        return frozenset()
    if task.is_terminal:
        return frozenset({"tags"})
    return frozenset(FIELDS) - _fixed(tx, content, task)


def _fixed(tx: Transaction, content: Content, task: Task) -> set[str]:
    """Return what stays as it is."""
    found: set[str] = set()
    decides = may(tx.actor, Permission.DECIDE)
    if not dependencies.is_editable(task):
        found.add("depends_on")
    if task.bundle_id is not None:
        found.add("campaign_id")
    kind = content.task_types.get(task.task_type)
    is_owing = kind is not None and bool(kind.deliverables)
    is_theirs = decides or task.owner_id == tx.actor.user_id
    if task.bundle_id is not None or task.first_started_at is not None or is_owing or not is_theirs:
        found.add("task_type")
    if not decides if task.requires_human_review else task.started_at is not None:
        found.add("requires_human_review")
    return found


def read(tx: Transaction, content: Content, task: Task, asked: Edit) -> Edit:
    """Return the field that was asked for with what its form offers."""
    return replace(asked, options=tuple(_options(tx, content, task, asked)))


def _options(tx: Transaction, content: Content, task: Task, asked: Edit) -> Sequence[tuple[str, str]]:
    if asked.name == "task_type":
        return _types(content)
    if asked.name == "campaign_id":
        campaigns = tx.find(Campaign, order_by=("key",))
        return [("", "none"), *((item.campaign_id, item.name) for item in campaigns)]
    if asked.name == "depends_on" and asked.find.strip():
        return _found(tx, task, asked.find)
    return _WORDS.get(asked.name, ())


def _types(content: Content) -> Choices:
    """List the types that a task can change to: those that say nothing of what is handed over."""
    kinds = [kind for kind in content.task_types.values() if kind.is_active and not kind.deliverables]
    return [(kind.key, kind.name) for kind in sorted(kinds, key=lambda kind: kind.name)]


def _found(tx: Transaction, task: Task, find: str) -> Choices:
    """List the open tasks with these words that it does not come after already."""
    wanted = replace(search(tx, find).wanted, limit=_MOST_FOUND).and_also(TaskFilter(open=True))
    known = {task.task_id, *task.depends_on}
    return [
        (row.task_id, f"#{row.task_number} {row.title}")
        for row in queries.list_tasks(tx, wanted).items
        if row.task_id not in known
    ]


_WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "priority": tuple((item.value, item.value) for item in Priority),
    "urgency": tuple((item.value, item.value) for item in Urgency),
    "execution_type": (
        ("", "nobody runs it"),
        *((item.value, item.value.replace("_", " ")) for item in ExecutionType),
    ),
}
