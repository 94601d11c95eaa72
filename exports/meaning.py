"""What records must mean together: completed implies proof, waiting its fields (EXP-06, PRF-05)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from engine.audit.times import Times
from engine.bundles.models import BundleStatus, LinkState
from engine.entities import RECORD_TYPES
from engine.tasks.punctuality import seconds_late
from engine.tasks.states import TERMINAL, TaskStatus
from exports.records import TableShape
from exports.violation import Violation

_TERMINAL = frozenset(str(status) for status in TERMINAL)
_SECRET = frozenset(name for record_type in RECORD_TYPES for name in record_type.spec.secret)
#: Line and status of what the export does not hold, which the links tell.
_ABSENT = (0, "")
Document = dict[str, Any]
Faults = Iterator[tuple[str, str]]


class MeaningRules:
    """Sees every valid record once, tables in their order; holds little about each task."""

    def __init__(self) -> None:
        #: The workspace of the export, once its line was read.
        self.workspace: Document | None = None
        self.times = Times()
        self._workspaces: list[Any] = []
        #: task_id -> its line and status.
        self._tasks: dict[str, tuple[int, str]] = {}
        self._last_status: dict[str, Any] = {}
        #: bundle_id -> its line and status, closed ones only.
        self._closed: dict[str, tuple[int, str]] = {}
        self._open_tasks: Counter[str] = Counter()
        #: Steps that are not to be done; what they would hand over is not owed.
        self._left_out: set[str] = set()
        self._by_table = {
            "workspaces": self._workspace,
            "bundles": self._bundle,
            "tasks": self._task,
            "bundle_links": self._link,
            "task_steps": self._step,
            "task_proofs": self._proof,
            "deliverables": self._deliverable,
            "artifacts": self._artifact,
            "audit_events": self._event,
        }

    def see(self, table: TableShape, number: int, document: Document) -> Iterator[Violation]:
        """Yield whatever the engine could never have written."""
        rule = self._by_table.get(table.name)
        for name, message in rule(number, document) if rule else ():
            yield Violation(name, table.file_name, number, message)
        if document["workspace_id"] not in self._workspaces:
            yield Violation("workspace", table.file_name, number, "belongs to another workspace")

    def finish(self) -> Iterator[Violation]:
        """Yield what only shows once everything was seen."""
        if len(self._workspaces) != 1:
            message = f"holds {len(self._workspaces)} workspaces; an export is of one"
            yield Violation("workspace", "workspaces.jsonl", 0, message)
        for bundle_id, (number, status) in self._closed.items():
            if left := self._open_tasks[bundle_id]:
                yield Violation(
                    "bundle_closed", "bundles.jsonl", number, f"is {status}, but has {left} open tasks"
                )
        for task_id, told in self._last_status.items():
            number, status = self._tasks.get(task_id, (0, told))
            if status != told:
                message = f"is {status}, but its last event says {told}"
                yield Violation("status_without_event", "tasks.jsonl", number, message)

    # -- one rule per table ----------------------------------------------------------------

    def _workspace(self, _: int, workspace: Document) -> Faults:
        self.workspace = workspace
        self._workspaces.append(workspace["workspace_id"])
        yield from ()

    def _bundle(self, number: int, bundle: Document) -> Faults:
        status = bundle["status"]
        if status in (BundleStatus.COMPLETED, BundleStatus.CANCELLED):
            self._closed[bundle["bundle_id"]] = number, status
        if (status == BundleStatus.COMPLETED) > _given(bundle, "completed_at"):
            yield "completed_without_time", "is completed, but completed_at is empty"

    def _task(self, number: int, task: Document) -> Faults:
        status = task["status"]
        self._tasks[task["task_id"]] = number, status
        if task["bundle_id"] in self._closed and status not in _TERMINAL:
            self._open_tasks[task["bundle_id"]] += 1
        if task["task_number"] < 1:
            yield "task_number", f"{task['task_number']} is not positive"
        if (status == TaskStatus.COMPLETED) != _given(task, "completed_at"):
            yield "completed_without_time", f"is {status}, but completed_at is {task['completed_at']}"
        if _given(task, "completed_by") and status != TaskStatus.COMPLETED:
            yield "completed_without_time", f"is {status}, but has completed_by"
        if (status in _TERMINAL) != _given(task, "closed_at"):
            yield "closed_without_time", f"is {status}, but closed_at is {task['closed_at']}"
        waits = [name for name in ("waiting_for", "follow_up_at", "waiting_since") if _given(task, name)]
        if status == TaskStatus.WAITING and len(waits) < 3:
            yield (
                "waiting_without_fields",
                "is waiting: waiting_for, follow_up_at and waiting_since must be given",
            )
        elif status != TaskStatus.WAITING and waits:
            yield "waiting_without_status", f"is {status}, but has {', '.join(waits)}"
        if (status == TaskStatus.SKIPPED) != _given(task, "skip_reason"):
            yield "skipped_without_reason", f"is {status}, but skip_reason is {task['skip_reason']}"
        yield from _punctuality(task)

    def _link(self, _: int, link: Document) -> Faults:
        state = link["state"]
        if (state == LinkState.FILLED) != (_given(link, "url") and _given(link, "filled_at")):
            yield "link_state", f"is {state}, but its url is {link['url']}, filled_at {link['filled_at']}"
        if (state == LinkState.WAIVED) != (_given(link, "waived_at") and _given(link, "waived_by_task_id")):
            yield "link_state", f"is {state}, but waived_at is {link['waived_at']}"
        _, bundle = self._closed.get(link["bundle_id"], _ABSENT)
        if bundle == BundleStatus.COMPLETED and link["required"] and state == LinkState.EMPTY:
            yield "bundle_closed", f"the link “{link['name']}” is empty, but its bundle is completed"

    def _step(self, _: int, step: Document) -> Faults:
        _, task = self._tasks.get(step["task_id"], _ABSENT)
        if step["is_completed"] != _given(step, "completed_at"):
            yield "step_state", f"is_completed is {step['is_completed']}, completed_at {step['completed_at']}"
        is_left_out = _given(step, "left_out_at")
        if is_left_out:
            self._left_out.add(step["task_step_id"])
        if is_left_out < _given(step, "left_out_reason") or (is_left_out and step["is_completed"]):
            yield (
                "step_state",
                f"left_out_at is {step['left_out_at']}, but left_out_reason or is_completed say otherwise",
            )
        if task == TaskStatus.COMPLETED and step["required"] and not (step["is_completed"] or is_left_out):
            yield "completed_with_open_step", f"the step “{step['title']}” is open, but its task is completed"

    def _proof(self, _: int, proof: Document) -> Faults:
        _, task = self._tasks.get(proof["task_id"], _ABSENT)
        given = _given(proof, "given_at")
        if task == TaskStatus.COMPLETED and proof["required"] and not given:
            yield "completed_without_proof", f"the task is completed without its proof “{proof['label']}”"
        if given != _given(proof, "value") or given != _given(proof, "given_by"):
            yield "proof_state", f"given_at is {proof['given_at']}, but value or given_by say otherwise"

    def _deliverable(self, _: int, row: Document) -> Faults:
        _, task = self._tasks.get(row["task_id"], _ABSENT)
        handed_over = row["deliverable_url"] or row["artifact_id"]
        is_owed = row["required"] and row["task_step_id"] not in self._left_out
        if task == TaskStatus.COMPLETED and is_owed and not handed_over:
            yield "completed_without_deliverable", f"“{row['ref']}” is empty, but its task is completed"

    def _artifact(self, _: int, artifact: Document) -> Faults:
        if _given(artifact, "sha256") != _given(artifact, "size_bytes"):
            yield "artifact_state", "sha256 and size_bytes go together"
        if not _given(artifact, "sha256") and not _given(artifact, "url"):
            yield "artifact_state", "has neither sha256 nor url"

    def _event(self, _: int, event: Document) -> Faults:
        self.times.hear(event)
        after = event["after"] or {}
        if event["entity_type"] == "tasks" and "status" in after:
            self._last_status[event["entity_id"]] = after["status"]
        for name in sorted(_SECRET.intersection(after) | _SECRET.intersection(event["before"] or {})):
            yield "secret", f"tells {name}, which is secret"


def _punctuality(task: Document) -> Faults:
    if _given(task, "deadline") > _given(task, "first_deadline"):
        yield "lateness", "has a deadline, but first_deadline is empty"
    for late, deadline in (("late_seconds", "deadline"), ("first_late_seconds", "first_deadline")):
        expected = None
        if _given(task, "completed_at") and _given(task, deadline):
            moments = (datetime.fromisoformat(task[name]) for name in (deadline, "completed_at"))
            expected = seconds_late(*moments)
        if task[late] != expected:
            yield "lateness", f"{late} is {task[late]}, but {deadline} and completed_at give {expected}"


def _given(document: Document, name: str) -> bool:
    return document[name] is not None
