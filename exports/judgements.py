"""What was judged, by whom, and on which content: versions, approvals and QA must agree (EXP-06, D5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from engine.access import ApprovalSource
from engine.audit.models import Action
from engine.deliverables.models import ApprovalStatus
from engine.record import canonical
from engine.tasks.states import TaskStatus
from exports.grants import POSITIVE, Decision, Grants, Version
from exports.records import TableShape
from exports.violation import Violation

Document = dict[str, Any]
Faults = Iterator[tuple[str, str]]

_SOURCES = tuple(str(source) for source in ApprovalSource)
#: What a decision fills in; an approval that nobody has decided has none of it.
_DECISION = ("approver_id", "decided_at", "content_hash")
_OF_DECISIONS = (*_DECISION, "approved_at", "feedback", "evidence_artifact_id", "evidence_failure")
#: What the event of a decision tells about it.
_TOLD = ("status", *_DECISION)


class JudgementRules:
    """Sees every valid record once, tables in their order; holds ids and hashes, no texts."""

    def __init__(self) -> None:
        self._grants = Grants()
        #: artifact_id -> the hash of its bytes.
        self._files: dict[str, str | None] = {}
        #: task_approval_id -> line and what was decided; then what its last event told.
        self._decided: dict[str, tuple[int, Document]] = {}
        self._told: dict[str, Document] = {}
        #: task_approval_id -> its line, its deliverable and the fault, where by their times the version was
        #: frozen after it was decided on: it may have been the clock. And the numbers of the events of both.
        self._by_events: dict[str, tuple[int, str, str]] = {}
        self._frozen: set[str] = set()
        self._seq: dict[str, int] = {}
        self._by_table = {
            "tasks": self._task,
            "artifacts": self._artifact,
            "deliverables": self._deliverable,
            "task_approvals": self._approval,
            "task_qa_reviews": self._review,
            "audit_events": self._event,
        }

    def see(self, table: TableShape, number: int, document: Document) -> Iterator[Violation]:
        """Yield each decision that nobody entitled could have made."""
        rule = self._by_table.get(table.name)
        for name, message in rule(number, document) if rule else ():
            yield Violation(name, table.file_name, number, message)

    def finish(self) -> Iterator[Violation]:
        """Yield what shows only once everything was seen."""
        yield from self._grants.finish()
        for approval_id, (number, decided) in self._decided.items():
            if self._told.get(approval_id) != decided:
                message = f"is {decided['status']}, but no event says that it was decided so"
                yield Violation("status_without_event", "task_approvals.jsonl", number, message)
        for approval_id, (number, deliverable_id, message) in self._by_events.items():
            frozen_by, decided_by = self._seq.get(deliverable_id), self._seq.get(approval_id)
            if frozen_by is None or decided_by is None or frozen_by > decided_by:
                yield Violation("approval_content", "task_approvals.jsonl", number, message)

    # -- one rule per table ----------------------------------------------------------------

    def _task(self, number: int, task: Document) -> Faults:
        sources = task["approval"].get("sources") or [str(ApprovalSource.INTERNAL)]
        if not isinstance(sources, list) or any(source not in _SOURCES for source in sources):
            yield "approval_source", "approval.sources must be among " + ", ".join(_SOURCES)
        elif task["status"] == TaskStatus.COMPLETED and task["approval"].get("required"):
            self._grants.need(task["task_id"], number, sources)
        flagged, reasons = task["qa_flagged"], task["qa_reasons"]
        whole = task["qa_type"] in reasons and _given(task, "qa_flagged_at")
        empty = not (reasons or _given(task, "qa_type", "qa_flagged_at", "qa_reviewed_at"))
        if not (whole if flagged else empty):
            yield "qa_state", f"qa_flagged is {flagged}, but its reasons and times say otherwise"

    def _artifact(self, _: int, artifact: Document) -> Faults:
        self._files[artifact["artifact_id"]] = artifact["sha256"]
        yield from ()

    def _deliverable(self, number: int, row: Document) -> Faults:
        version = Version(
            number=number,
            deliverable_id=row["deliverable_id"],
            lineage=(row["task_id"], row["task_step_id"], row["ref"]),
            version_number=row["version_number"],
            previous_id=row["previous_deliverable_id"],
            is_submitted=bool(row["deliverable_url"] or row["artifact_id"]),
            is_visible=row["visible_in_portal"],
            frozen_at=row["frozen_at"],
            content_hash=_content_hash(row) if _given(row, "frozen_at") else None,
        )
        self._grants.add(version)
        if row["sha256"] != self._files.get(row["artifact_id"]):
            yield "deliverable_file", f"sha256 is {row['sha256']}, which is not that of its file"

    def _approval(self, number: int, approval: Document) -> Faults:
        source = approval["source"]
        if (source == ApprovalSource.PORTAL) != _given(approval, "partner_id"):
            yield "approval_source", f"is {source}, but partner_id is {approval['partner_id']}"
        version = self._grants.versions.get(approval["deliverable_id"])
        if version is not None and version.lineage[0] != approval["task_id"]:
            yield "approval_source", "is of another task than its deliverable"
        if approval["status"] == ApprovalStatus.PENDING:
            if given := [name for name in _OF_DECISIONS if _given(approval, name)]:
                yield "approval_state", f"is pending, but has {', '.join(given)}"
            return
        yield from _decision_faults(approval)
        if version is not None and all(_given(approval, name) for name in _DECISION):
            yield from self._content(number, approval, version)
            self._keep(number, approval, version)

    def _content(self, number: int, approval: Document, version: Version) -> Faults:
        if version.frozen_at is None:
            yield "approval_content", "decides on a version that was frozen at no time"
        elif version.frozen_at > approval["decided_at"]:
            fault = f"decides on a version that was frozen at {version.frozen_at}"
            # Before version 4 a clock that was set back was recorded as it stood (S10).
            self._by_events[approval["task_approval_id"]] = number, version.deliverable_id, fault
            self._frozen.add(version.deliverable_id)
        if version.content_hash not in (None, approval["content_hash"]):
            yield "approval_content", "content_hash is not that of its deliverable"

    def _keep(self, number: int, approval: Document, version: Version) -> None:
        approval_id = approval["task_approval_id"]
        self._decided[approval_id] = number, {name: approval[name] for name in _TOLD}
        place = (approval["decided_at"], approval_id)
        decision = Decision(source=approval["source"], status=approval["status"], place=place)
        self._grants.decide(version, decision)

    def _review(self, _: int, review: Document) -> Faults:
        if not _given(review, "passed", "score"):
            yield "qa_review", "has neither passed nor score"

    def _event(self, _: int, event: Document) -> Faults:
        after = event["after"] or {}
        if event["entity_type"] == "task_approvals" and "status" in after:
            self._told[event["entity_id"]] = {name: after.get(name) for name in _TOLD}
        decides = event["action"] == Action.APPROVAL_DECIDED and event["entity_id"] in self._by_events
        if decides or (event["action"] == Action.DELIVERABLE_FROZEN and event["entity_id"] in self._frozen):
            self._seq[event["entity_id"]] = event["seq"]
        yield from ()


def _decision_faults(approval: Document) -> Faults:
    status = approval["status"]
    if missing := [name for name in _DECISION if not _given(approval, name)]:
        yield "approval_state", f"is {status}, but lacks {', '.join(missing)}"
    if approval["approved_at"] != (approval["decided_at"] if status in POSITIVE else None):
        yield "approval_state", f"is {status}, but approved_at is {approval['approved_at']}"
    if status != ApprovalStatus.APPROVED and not (approval["feedback"] or "").strip():
        yield "approval_state", f"is {status}, but has no feedback"
    if _given(approval, "withdrawn_at"):
        yield "approval_state", f"is {status}, but was withdrawn"


def _content_hash(row: Document) -> str:
    """Return the hash over what an approver sees (D5); FORMAT.md says it for other readers."""
    seen = {"deliverable_url": row["deliverable_url"], "meta": row["meta"], "sha256": row["sha256"]}
    return hashlib.sha256(canonical(seen)).hexdigest()


def _given(document: Document, *names: str) -> bool:
    """Whether any of these fields holds something."""
    return any(document[name] is not None for name in names)
