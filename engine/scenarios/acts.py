"""What somebody did at once, read from its events, as the steps of a scenario that do it again.

Events tell what became of records, and no command; so each kind of event says here what it is the work of.
What only follows from something else in the same act is left out: it follows again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.access import Role
from engine.artifacts.models import Artifact
from engine.audit.models import Action, Event
from engine.bundles.models import BundleLink
from engine.catalog.resolved import ResolvedTemplate
from engine.deliverables.models import Approval, Deliverable
from engine.scenarios.anonymous import Cast, Words
from engine.tasks.models import ItemSource, NoteKind, Proof, ProofKind, Step, Task, TaskStatus
from engine.transaction import Transaction

_A = Action
Made = dict[str, Any]
#: What an act with one of these is about as a whole: all else in it follows.
_WHOLE = (_A.BUNDLE_CREATED, _A.CHANGE_UNDONE, _A.TASK_CORRECTED, _A.BUNDLE_CANCELLED, _A.BUNDLE_REANCHORED)
#: Kind of event -> what it follows from, where that is in the same act and about the same task.
_FOLLOWS: Mapping[Action, frozenset[Action]] = {
    _A.STEP_COMPLETED: frozenset({_A.DELIVERABLE_CREATED}),
    _A.STEP_ADDED: frozenset({_A.APPROVAL_DECIDED}),
    _A.TASK_STATUS_CHANGED: frozenset(
        {
            _A.APPROVAL_DECIDED,
            _A.DELIVERABLE_CREATED,
            _A.HUMAN_REVIEW_APPROVED,
            _A.HUMAN_REVIEW_REJECTED,
            _A.HUMAN_REVIEW_VOIDED,
        }
    ),
    _A.TASK_ASSIGNED: frozenset({_A.TASK_CREATED}),
    _A.TASK_UPDATED: frozenset({_A.HUMAN_REVIEW_APPROVED, _A.TASK_CREATED}),
}
#: What changes a bundle when a task of it moves.
_FOLLOW_MOVES = frozenset({_A.BUNDLE_STAGE_CHANGED, _A.BUNDLE_COMPLETED, _A.TASK_UPDATED})
_MOVE = frozenset({_A.TASK_STATUS_CHANGED, _A.APPROVAL_DECIDED})
_REST = frozenset({TaskStatus.WAITING, TaskStatus.BLOCKED, TaskStatus.HELP_NEEDED})
#: What of an update a scenario says again as it is.
_KEPT_FIELDS = ("priority", "urgency", "planned_minutes", "assigned_to_bot", "requires_human_review")
#: What says nothing that anything depends on; how they are called among what was left out.
REMARKS = {
    _A.NOTE_EDITED: "edited remarks",
    _A.DELIVERABLE_COMMENTED: "remarks on deliverables",
    _A.ARTIFACT_ADDED: "files",
    _A.ARTIFACT_APPROVED: "approvals of files",
    _A.WATCH_CHANGED: "watched tasks",
    _A.QA_REVIEWED: "QA scores",
    _A.QA_FLAGGED: "tasks chosen for QA",
    _A.BUNDLE_HANDED_OVER: "handovers of the bundle",
}


@dataclass
class Reader:
    """Reads acts of one bundle."""

    tx: Transaction
    resolved: ResolvedTemplate
    cast: Cast
    words: Words
    #: Ref, or the name that a step has given, by the id of the task.
    refs: dict[str, str]
    #: How many of what were left out.
    left_out: dict[str, int] = field(default_factory=dict)
    #: (task, ref) of a deliverable that somebody added -> what it is called.
    _added: dict[tuple[str, str], str] = field(default_factory=dict)

    def steps(self, act: Sequence[Event]) -> list[Made]:
        """Return the steps that do again what an act did; none where it was the work of nobody."""
        if not act[0].actor_id:
            return []
        who = self.cast.user(act[0].actor_id)
        return [{**made, "by": who} for made in self._of_act(act)]

    def _of_act(self, act: Sequence[Event]) -> list[Made]:
        whole = next((event for event in act if event.action in _WHOLE), None)
        if whole is not None:
            return self._of_whole(whole, act)
        found: list[Made] = []
        last = {event.task_id: event for event in act if event.action is _A.TASK_STATUS_CHANGED}
        for event in act:
            if event.action in REMARKS:
                name = REMARKS[event.action]
                self.left_out[name] = self.left_out.get(name, 0) + 1
            if event.action is _A.TASK_STATUS_CHANGED and last[event.task_id] is not event:
                continue
            if not _follows(event, act) and (read := _READ.get(event.action)) is not None:
                made = read(self, event, act)
                found += [made] if made else []
        return found

    def _of_whole(self, whole: Event, act: Sequence[Event]) -> list[Made]:
        if whole.action is _A.BUNDLE_CREATED:
            return []
        if whole.action is _A.CHANGE_UNDONE:
            return [{"act undo": "last"}]
        if whole.action is _A.BUNDLE_CANCELLED:
            return [{"bundle cancel": None, **_said("reason", whole.reason)}]
        if whole.action is _A.TASK_CORRECTED:
            of_task = (one for one in act if one.entity_type == "tasks" and "status" in (one.before or {}))
            task = next(of_task, whole)
            return [{"correct": self.ref(task), "reason": "It was a mistake."}]
        after = whole.after or {}
        days = after.get("parameters") or {}
        made: Made = {"bundle reanchor": self.words.day(after["anchor_date"])}
        if days:
            made["parameters"] = {
                name: {"day": self.words.day(day)} if day else day for name, day in days.items()
            }
        return [made]

    # -- words for records -----------------------------------------------------------------

    def ref(self, event: Event) -> str:
        """Return what the task of an event is called."""
        return self.refs[event.task_id or event.entity_id]

    def waiting_for(self, event: Event) -> str:
        """Return whom a task waits for: the words of the template, else somebody."""
        said = (event.after or {}).get("waiting_for")
        task = next((one for one in self.resolved.template.tasks if one.ref == self.ref(event)), None)
        return str(said) if task and task.waiting and said == task.waiting.waiting_for else "somebody"

    def part(self, row: Deliverable) -> str:
        """Return what a deliverable is called: by its ref in the template, else a number."""
        if row.source is ItemSource.TEMPLATE:
            return row.ref
        return self._added.setdefault((row.task_id, row.ref), f"more_{len(self._added) + 1}")

    def content_of(self, row: Deliverable, after: Mapping[str, Any]) -> Made:
        """Return what an event says was handed over."""
        made: Made = {}
        if after.get("artifact_id"):
            sha256 = self.tx.get(Artifact, after["artifact_id"]).sha256
            made["file"] = self.words.file(sha256 or "")
        if "deliverable_url" in after:
            address = after["deliverable_url"]
            made["url"] = self.words.address(address) if address else ""
        facts = {name: value for name, value in (after.get("meta") or {}).items() if name in row.meta_schema}
        if facts:
            made["meta"] = {name: self.words.fact(value) for name, value in facts.items()}
        if "visible_in_portal" in after and row.source is not ItemSource.TEMPLATE:
            made["visible_in_portal"] = after["visible_in_portal"]
        return made


def _follows(event: Event, act: Sequence[Event]) -> bool:
    """Whether an event only follows from another of its act."""
    same = {one.action for one in act if one.task_id == event.task_id}
    if same & _FOLLOWS.get(event.action, frozenset()):
        return True
    return event.action in _FOLLOW_MOVES and any(one.action in _MOVE for one in act[: act.index(event)])


def _said(name: str, value: object, words: str = "A reason.") -> Made:
    return {name: words} if value else {}


# -- one event each ----------------------------------------------------------------------------


def _status(reader: Reader, event: Event, act: Sequence[Event]) -> Made:
    after, before = event.after or {}, event.before or {}
    status, ref = TaskStatus(after["status"]), reader.ref(event)
    has_note = any(one.action is _A.NOTE_ADDED and one.task_id == event.task_id for one in act)
    comment = {"comment": "A comment."} if has_note else {}
    if status is TaskStatus.PENDING and before["status"] == TaskStatus.DEFERRED:
        return {"resume": ref}
    if status is TaskStatus.IN_PROGRESS:
        if any(one.action is _A.APPROVAL_WITHDRAWN and one.task_id == event.task_id for one in act):
            return {"withdraw": ref}
        return {"resume" if TaskStatus(before["status"]) in _REST else "start": ref}
    if status is TaskStatus.WAITING:
        return {"wait": ref, "waiting_for": reader.waiting_for(event), **_follow_up(reader, after), **comment}
    if status is TaskStatus.DEFERRED:
        until = reader.words.day(after["deferred_until"])
        return {"defer": ref, "until": until, **_said("reason", event.reason)}
    if status is TaskStatus.SKIPPED:
        return {"skip": ref, "reason": after["skip_reason"], **comment}
    plain: dict[TaskStatus, Made] = {
        TaskStatus.COMPLETED: {"complete": ref},
        TaskStatus.PENDING_APPROVAL: {"submit": ref},
        TaskStatus.PENDING: {"put-back": ref},
        TaskStatus.QUEUED: {"update": ref, "status": "queued"},
        TaskStatus.BLOCKED: {"block": ref, "reason": "An obstacle."},
        TaskStatus.HELP_NEEDED: {"help": ref, "question": "A question."},
        TaskStatus.CANCELLED: {"cancel": ref, **_said("reason", event.reason)},
        TaskStatus.FAILED: {"update": ref, "status": "failed"},
    }
    return plain[status]


def _follow_up(reader: Reader, after: Mapping[str, Any]) -> Made:
    follow_up = after.get("follow_up_at")
    return {"follow_up_at": reader.words.moment(follow_up)} if follow_up else {}


def _step(verb: str, **more: Any) -> Callable[[Reader, Event, Sequence[Event]], Made]:
    def read(reader: Reader, event: Event, _: Sequence[Event]) -> Made:
        step = reader.tx.get(Step, event.entity_id)
        return {verb: f"{reader.ref(event)}.{step.ref}", **more}

    return read


def _left_out(reader: Reader, event: Event, act: Sequence[Event]) -> Made:
    if event.reason is None:
        return _step("drop-step")(reader, event, act)
    return _step("step", not_applicable="It does not apply.")(reader, event, act)


def _added(reader: Reader, event: Event, _: Sequence[Event]) -> Made:
    required = {"required": True} if (event.after or {}).get("required") else {}
    return {"add-step": reader.ref(event), "title": "A step", **required}


def _proof(reader: Reader, event: Event, _: Sequence[Event]) -> Made:
    proof = reader.tx.get(Proof, event.entity_id)
    made: Made = {"proof": f"{reader.ref(event)}.{proof.label}"}
    if proof.kind is ProofKind.EXTERNAL_STATUS:
        return {**made, "system": "elsewhere", "reference": "1", "status": "done"}
    if proof.kind is ProofKind.FILE:
        return {**made, "value": {"file_name": "file.pdf", "size_bytes": 1}}
    value = (event.after or {}).get("value") or proof.value or ""
    return {**made, "value": reader.words.address(value) if proof.kind is ProofKind.URL else "It is so."}


def _edited(reader: Reader, event: Event, _: Sequence[Event]) -> Made | None:
    row = reader.tx.get(Deliverable, event.entity_id)
    content = reader.content_of(row, event.after or {})
    return {"deliverable": f"{reader.ref(event)}.{reader.part(row)}", **content} if content else None


def _next_version(reader: Reader, event: Event, act: Sequence[Event]) -> Made:
    row, ref = reader.tx.get(Deliverable, event.entity_id), reader.ref(event)
    if row.version_number == 1:
        sees = {"visible_in_portal": True} if row.visible_in_portal else {}
        return {"add-deliverable": f"{ref}.{reader.part(row)}", "type": "text", **sees}
    first = {"deliverable_url": row.deliverable_url, "artifact_id": row.artifact_id, "meta": row.meta}
    content = reader.content_of(row, {name: value for name, value in first.items() if value})
    is_asked = any(one.action is _A.APPROVAL_REQUESTED and one.task_id == event.task_id for one in act)
    return {"resubmit": f"{ref}.{reader.part(row)}", **content, **({"then": "resubmit"} if is_asked else {})}


def _decided(reader: Reader, event: Event, _: Sequence[Event]) -> Made:
    approval = reader.tx.get(Approval, event.entity_id)
    row = reader.tx.get(Deliverable, approval.deliverable_id)
    feedback = _said("feedback", event.reason, "What is to be better.")
    return {"decide": f"{reader.ref(event)}.{reader.part(row)}", "outcome": str(approval.status), **feedback}


def _reviewed(verdict: str) -> Callable[[Reader, Event, Sequence[Event]], Made]:
    def read(reader: Reader, event: Event, _: Sequence[Event]) -> Made:
        why = {"reason": "A reason."} if verdict == "reject" else {}
        return {"review": reader.ref(event), "verdict": verdict, **why}

    return read


def _assigned(reader: Reader, event: Event, _: Sequence[Event]) -> Made:
    after, ref = event.after or {}, reader.ref(event)
    if after.get("assigned_to_bot"):
        return {"update": ref, "assigned_to_bot": True}
    if not after.get("assignee_id"):
        return {"assign": ref, "assignee": ""}
    name = reader.cast.employee(after["assignee_id"])
    is_own = name == reader.cast.user(event.actor_id or "")
    role = Role(reader.cast.actors[name]["role"])
    leads = role in (Role.ADMIN, Role.MANAGER)
    was_free = not (event.before or {}).get("assignee_id")
    return {"claim": ref} if is_own and was_free and not leads else {"assign": ref, "assignee": name}


def _updated(reader: Reader, event: Event, _: Sequence[Event]) -> Made | None:
    after, ref = event.after or {}, reader.ref(event)
    if "waiting_for" in after or "follow_up_at" in after:
        return {"wait": ref, "waiting_for": reader.waiting_for(event), **_follow_up(reader, after)}
    made: Made = {name: after[name] for name in _KEPT_FIELDS if name in after}
    if "assignee_id" in after:
        who = after["assignee_id"]
        made["assignee_id"] = reader.cast.employee(who) if who else None
    if "due_date" in after:
        made["due_date"] = reader.words.day(after["due_date"]) if after["due_date"] else None
    elif after.get("deadline"):
        made["deadline"] = reader.words.moment(after["deadline"])
    if "scheduled_for" in after:
        at = after["scheduled_for"]
        made["scheduled_for"] = reader.words.moment(at) if at else None
    if "depends_on" in after:
        made |= {"depends_on": [reader.refs[one] for one in after["depends_on"]], "reason": "A reason."}
    if "title" in after:
        made["title"] = "Another title"
    return {"update": ref, **made} if made else None


def _created(reader: Reader, event: Event, _: Sequence[Event]) -> Made:
    task = reader.tx.get(Task, event.entity_id)
    name = f"task_{sum(one.startswith('task_') for one in reader.refs.values()) + 1}"
    origin = task.rework_of or task.cloned_from
    reader.refs[task.task_id] = name
    if task.rework_of:
        return {"rework": reader.refs[task.rework_of], "reason": "Once more.", "as": name}
    if task.template_task_ref and origin:
        return {"bundle add-task": None, "ref": task.template_task_ref, "as": name}
    if origin:
        return {"clone": reader.refs[origin], "as": name}
    due = (event.after or {}).get("due_date")
    made: Made = {"bundle add-task": None, "line": "One more task", "as": name}
    return made | ({"due_date": reader.words.day(due)} if due else {})


def _filled(reader: Reader, event: Event, _: Sequence[Event]) -> Made | None:
    if event.task_id is not None:
        return None
    link = reader.tx.get(BundleLink, event.entity_id)
    url = (event.after or {}).get("url") or link.url or ""
    return {"bundle link": link.name, "url": reader.words.address(url)}


def _staged(reader: Reader, event: Event, _: Sequence[Event]) -> Made:
    stage = str((event.after or {}).get("stage"))
    template = reader.resolved.template
    known = {phase.stage for phase in template.phases} | {task.stage_on_complete for task in template.tasks}
    return {"bundle stage": stage if stage in known else "another_stage"}


def _note(reader: Reader, event: Event, _: Sequence[Event]) -> Made | None:
    kind = (event.after or {}).get("kind")
    if kind == NoteKind.HELP_ANSWER:
        return {"answer": reader.ref(event), "body": "An answer."}
    if kind == NoteKind.NOTE:
        reader.left_out["remarks"] = reader.left_out.get("remarks", 0) + 1
    return None


_READ: Mapping[Action, Callable[[Reader, Event, Sequence[Event]], Made | None]] = {
    _A.TASK_STATUS_CHANGED: _status,
    _A.STEP_COMPLETED: _step("step"),
    _A.STEP_REOPENED: _step("step", undo=True),
    _A.STEP_LEFT_OUT: _left_out,
    _A.STEP_ADDED: _added,
    _A.PROOF_GIVEN: _proof,
    _A.DELIVERABLE_EDITED: _edited,
    _A.DELIVERABLE_CREATED: _next_version,
    _A.APPROVAL_DECIDED: _decided,
    _A.HUMAN_REVIEW_APPROVED: _reviewed("approve"),
    _A.HUMAN_REVIEW_REJECTED: _reviewed("reject"),
    _A.TASK_ASSIGNED: _assigned,
    _A.TASK_UPDATED: _updated,
    _A.TASK_CREATED: _created,
    _A.LINK_FILLED: _filled,
    _A.BUNDLE_STAGE_CHANGED: _staged,
    _A.BUNDLE_UPDATED: lambda *_: {"bundle update": "Another title"},
    _A.BUNDLE_COMPLETED: lambda *_: {"bundle complete": None},
    _A.NOTE_ADDED: _note,
}
