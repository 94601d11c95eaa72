"""Tasks and what belongs to them: steps, proof, notes, what they hand over, decisions, files, scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from pydantic import Field

from engine.artifacts import service as artifacts
from engine.artifacts.models import Artifact, ArtifactLink
from engine.audit import topics
from engine.deliverables import describe as describing
from engine.deliverables.models import Approval, Deliverable
from engine.errors import NotFoundError
from engine.executions.models import Execution
from engine.qa import redaction
from engine.qa import service as qa
from engine.qa.models import QaReview
from engine.record import Record, stored
from engine.tasks import files, lookup, queries
from engine.tasks.filters import Place as TaskPlace
from engine.tasks.filters import place_of
from engine.tasks.models import Note, Proof, Step, Task
from engine.tasks.read_models import Statistics
from engine.tasks.search import reading
from engine.tasks.search.fields import FIELDS
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Listing, Page, counted, cut
from web.api.resources.base import Resource, plain

_DAY = "A day, YYYY-MM-DD."
_MOMENT = "A moment in ISO 8601; without an offset one of your time zone."


_SEARCH = 'A search: words, fields, `-`, `or`: `assignee:me is:late "guest bio" -tag:paid`.'


def _words() -> str:
    """Say which fields a search has, and which words of ours they take."""
    told = (
        f"`{name}` ({', '.join(one.words)})" if one.words else f"`{name}`" for name, one in FIELDS.items()
    )
    return f"Its fields: {'; '.join(told)}."


class TaskList(Listing):
    """What a list of tasks is narrowed and sorted by; all that is given must match."""

    q: str | None = Field(None, description=f"{_SEARCH} {_words()}")
    status: str | None = Field(None, description="A status, several with commas, or `open`.")
    priority: str | None = Field(None, description="low, medium, high or critical; several with commas.")
    category: str | None = Field(None, description="A category; several with commas.")
    task_type: str | None = Field(None, description="The key of a task type; several with commas.")
    assignee: str | None = Field(None, description="A key or id of an employee, `me` or `nobody`.")
    assigned_to_bot: str | None = Field(None, description="`yes`: what a program does; `no`.")
    requires_human_review: str | None = Field(None, description="`yes`: what must be permitted first; `no`.")
    bundle: str | None = Field(None, description="The id of a bundle, or `none`.")
    template: str | None = Field(None, description="The key of a template, or `none`.")
    campaign: str | None = Field(None, description="A key or id of a campaign, or `none`.")
    partner: str | None = Field(None, description="A key or id of a partner, or `none`.")
    tag: str | None = Field(None, description="A tag; capitals do not matter.")
    qa: str | None = Field(None, description="`flagged`, `open` (to be scored) or `reviewed` (scored).")
    due_before: str | None = Field(None, description=_DAY)
    due_after: str | None = Field(None, description=_DAY)
    scheduled_before: str | None = Field(None, description=_MOMENT)
    scheduled_after: str | None = Field(None, description=_MOMENT)
    overdue: str | None = Field(None, description="`yes`: active and past the deadline.")
    sort: str | None = Field(
        None,
        description="due_date, deadline, scheduled_for, created_at, updated_at, priority or title; with - in "
        "front the other way round. Without it what fits the words best, else what is due first.",
    )


def _list(tx: Transaction, asked: Asked) -> Page:
    """Return a page of the tasks that match."""
    given = {"text" if name == "q" else name: value for name, value in asked.filters.items()}
    if asked.parent is not None:
        given["bundle"] = asked.parent.bundle_id
    wanted = reading.from_options(tx, given, search_is="q")
    if wanted.is_ranked:
        wanted = replace(wanted, limit=asked.limit, offset=asked.begin)
        found = queries.list_documents(tx, wanted)
        page = counted(found.tasks, found.total, asked)
    else:
        # One more than is shown tells whether anything follows.
        wanted = replace(wanted, limit=asked.limit + 1, offset=asked.offset)
        after = TaskPlace(*asked.after) if asked.after else None
        found = queries.list_documents(tx, wanted, after=after)
        shown = found.tasks[: asked.limit]
        last = place_of(shown[-1], wanted) if shown and found.count > asked.limit else None
        page = Page(items=shown, total=found.total, last=last)
    return replace(page, beside={task_id: {"found": hit.as_json()} for task_id, hit in found.found.items()})


def _find(tx: Transaction, text: str) -> Task:
    """Return a task by any form of its id."""
    return lookup.find(tx, text)


def _topics(task: Task) -> Sequence[str]:
    return (topics.task(task.task_id),)


VERSION_SCHEMA = schemas.of(
    Deliverable, more={"content_hash": schemas.said(schemas.TEXT, "What a decision names.")}
)
_FOUND = schemas.shape(
    "Where the words of a search were found, unless the title shows it.",
    {
        "in": schemas.said(schemas.TEXT, "What the words were found in: a note, a step, a reason."),
        "text": schemas.said(schemas.TEXT, "The sentence with the hit."),
        "marks": schemas.some(schemas.some(schemas.NUMBER), "Where the words begin and end in it."),
    },
)
SCHEMA = schemas.of(
    Task,
    more={
        "is_blocked": schemas.said(schemas.YES_NO, "Whether another task has to be done first."),
        "proof": schemas.some(schemas.of(Proof), "The evidence that it needs, and what was given."),
        "steps": schemas.some(schemas.of(Step), "Its checklist."),
        "deliverables": schemas.some(VERSION_SCHEMA, "What it hands over, version by version."),
        "approvals": schemas.some(schemas.of(Approval), "The decisions that were asked for."),
        "notes": schemas.some(schemas.of(Note), "Its notes, oldest first."),
        "files": schemas.some(schemas.of(Artifact), "Its files and links, oldest first."),
    },
)
_LISTED = {**SCHEMA, "properties": {**SCHEMA["properties"], "found": _FOUND}}

TASKS = Resource(
    name="tasks",
    record=Task,
    help="Tasks with all that belongs to them, as far as you see them.",
    find=_find,
    list=_list,
    describe=describing.describe_all,
    schema=SCHEMA,
    listed_schema=_LISTED,
    filters=TaskList,
    item_topics=_topics,
)

#: What ``GET /api/tasks/stats`` answers (QUE-08 to QUE-15).
STATISTICS = schemas.of(Statistics)


def statistics(tx: Transaction) -> dict[str, Any]:
    """Return the counts of the tasks that the actor sees, zeros included."""
    found = queries.statistics(tx)
    return {field.name: getattr(found, field.name) for field in fields(found)}


# -- what belongs to a task ----------------------------------------------------------------


def _of_task(_: Transaction, parent: Task, record: Any) -> bool:
    return bool(record.task_id == parent.task_id)


def _finder(kind: type[Record], word: str) -> Callable[[Transaction, str], Any]:
    """Make what finds a part of a task that the actor sees."""

    def find(tx: Transaction, text: str) -> Any:
        found: Any = tx.find_by_key(kind, text)
        try:
            if found is not None and lookup.find(tx, found.task_id):
                return found
        except NotFoundError:
            found = None
        raise NotFoundError(f"There is no {word} {text} that you may see. Check the id.")

    return find


def _part(kind: type[Record], name: str, word: str, meaning: str, *order: str) -> Resource:
    def listed(tx: Transaction, asked: Asked) -> Page:
        found: Sequence[Any] = tx.find(kind, task_id=asked.parent.task_id)
        found = sorted(found, key=place)
        return cut(found, asked, place)

    def place(one: Any) -> tuple[Any, ...]:
        return tuple(stored(getattr(one, field)) for field in (*order, kind.spec.id_field))

    return Resource(
        name=name,
        record=kind,
        help=meaning,
        parent="tasks",
        find=_finder(kind, word),
        list=listed,
        describe=plain,
        schema=schemas.of(kind),
        belongs=_of_task,
        item_topics=_topics,
        list_topics=_topics,
    )


STEPS = _part(Step, "steps", "step", "The checklist of a task.", "position")
PROOFS = _part(Proof, "proofs", "proof", "The evidence that a task needs, and what was given.", "position")
NOTES = _part(Note, "notes", "note", "The dated remarks on a task, oldest first.", "created_at")


def _versions(tx: Transaction, asked: Asked) -> Page:
    found = tx.find(Deliverable, task_id=asked.parent.task_id, order_by=("deliverable_id",))
    return cut(found, asked, lambda one: (one.deliverable_id,))


def _approvals(tx: Transaction, asked: Asked) -> Page:
    found = tx.find(Approval, task_id=asked.parent.task_id)
    found.sort(key=_approval_place)
    return cut(found, asked, _approval_place)


def _approval_place(one: Approval) -> tuple[str, str]:
    return stored(one.requested_at), one.task_approval_id


VERSIONS = Resource(
    name="deliverables",
    record=Deliverable,
    help="What a task hands over, version by version.",
    parent="tasks",
    find=lambda tx, text: tx.get(Deliverable, text),
    list=_versions,
    describe=describing.versions,
    schema=VERSION_SCHEMA,
    belongs=_of_task,
    item_topics=_topics,
    list_topics=_topics,
)
APPROVAL_SCHEMA = schemas.of(
    Approval,
    more={
        "deliverable": schemas.said(schemas.TEXT, "What is judged, by its name in the template."),
        "version_number": schemas.said(schemas.NUMBER, "Which version of it."),
        "deliverable_url": schemas.said(schemas.OPTIONAL_TEXT, "Where it is. Null for a file."),
    },
)
APPROVALS = Resource(
    name="approvals",
    record=Approval,
    help="The decisions that were asked for on what a task hands over, oldest first.",
    parent="tasks",
    find=lambda tx, text: tx.get(Approval, text),
    list=_approvals,
    describe=describing.approvals,
    schema=APPROVAL_SCHEMA,
    belongs=_of_task,
    item_topics=_topics,
    list_topics=_topics,
)


def _files(tx: Transaction, asked: Asked) -> Page:
    return cut(artifacts.of_task(tx, asked.parent.task_id), asked, lambda one: (one.artifact_id,))


def _is_file_of(tx: Transaction, parent: Task, record: Artifact) -> bool:
    tie = tx.find_one(ArtifactLink, task_id=parent.task_id, artifact_id=record.artifact_id)
    return tie is not None


def _file(_: Transaction, record: Artifact) -> Artifact:
    """Return the file that is handed out."""
    if record.sha256 is None:
        raise NotFoundError(f"“{record.label}” is no file that is kept here: its address is {record.url}.")
    return record


ARTIFACTS = Resource(
    name="artifacts",
    record=Artifact,
    help="Files and links of tasks that you see; the bytes of a file are under `content`.",
    find=files.find_seen,
    describe=plain,
    schema=schemas.of(Artifact),
    file_of=_file,
    item_topics=lambda _: (topics.REMARKS,),
)
FILES = Resource(
    name="files",
    record=Artifact,
    help="The files and links of a task, oldest first.",
    parent="tasks",
    find=files.find_seen,
    list=_files,
    describe=plain,
    schema=schemas.of(Artifact),
    belongs=_is_file_of,
    file_of=_file,
    item_topics=lambda _: (topics.REMARKS,),
    list_topics=_topics,
)


# -- scores --------------------------------------------------------------------------------


def _find_review(tx: Transaction, text: str) -> QaReview:
    found = tx.find_by_key(QaReview, text)
    if found is not None and redaction.may_read(tx, found.employee_id):
        return found
    raise NotFoundError(f"There is no score {text} that you may see. Check the id.")


def _reviews(tx: Transaction, asked: Asked) -> Page:
    return cut(qa.readable(tx, asked.parent), asked, review_place)


def review_place(one: QaReview) -> tuple[str, str]:
    """Return what scores are ordered by: when they were given."""
    return stored(one.reviewed_at), one.task_qa_review_id


REVIEWS = Resource(
    name="reviews",
    record=QaReview,
    help="The scores that a task got after its completion, as far as you may read them, oldest first.",
    parent="tasks",
    find=_find_review,
    list=_reviews,
    describe=plain,
    schema=schemas.of(QaReview),
    belongs=_of_task,
    list_topics=_topics,
)


def _executions(tx: Transaction, asked: Asked) -> Page:
    found: Sequence[Execution] = tx.find(Execution, task_id=asked.parent.task_id)
    place = _attempt
    return cut(sorted(found, key=place, reverse=True), asked, place, descending=True)


def _attempt(one: Execution) -> tuple[Any, ...]:
    return (one.attempt_number, one.execution_id)


EXECUTIONS = Resource(
    name="executions",
    record=Execution,
    help="The attempts at an automated task, the newest first, with what became of each.",
    parent="tasks",
    find=_finder(Execution, "execution"),
    list=_executions,
    describe=plain,
    schema=schemas.of(Execution),
    belongs=_of_task,
    item_topics=_topics,
    list_topics=_topics,
)
RESOURCES: Mapping[str, Resource] = {
    one.path: one
    for one in (
        TASKS,
        STEPS,
        PROOFS,
        NOTES,
        VERSIONS,
        APPROVALS,
        ARTIFACTS,
        FILES,
        REVIEWS,
        EXECUTIONS,
    )
}
