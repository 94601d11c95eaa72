"""Everything that the page of one deliverable version shows, as the signed-in user may see it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.artifacts.blobs import BlobStore
from engine.artifacts.models import Artifact
from engine.budgets import BYTES_OF_A_SHOWN_FILE, LINES_OF_A_SHOWN_FILE
from engine.bundles.models import Bundle
from engine.deliverables import comments, entitlement
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.deliverables.naming import piece_name
from engine.errors import NotFoundError
from engine.reference.models import Partner
from engine.tasks.models import Task
from engine.transaction import Transaction
from web import safe_files
from web.pages import meta_fields, names, task_versions
from web.pages.names import NamingPage
from web.pages.task_versions import State, Waiting

#: As many remarks as the page shows by itself.
MOST_COMMENTS = 50
#: Requests and decisions on a version that are shown at once.
MOST_DECISIONS = 20
_WAITS_FOR_YOU = State("waits for you", "decide", "◇", "the decision on it is yours")


@dataclass(frozen=True)
class Line:
    """One line of a text, with what was said about it."""

    number: int
    text: str
    comments: Sequence[DeliverableComment]


@dataclass(frozen=True)
class Stored:
    """The file of a version, as far as it is looked at on its page."""

    #: How it is looked at (``safe_files.way_of``), or ``none``, or ``lost`` without its bytes.
    way: str = "none"
    #: Its lines where it is text of a size to read, HTML and SVG as their source.
    text: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class DeliverablePage(NamingPage):
    """One version with its lineage, approvals and remarks; the team and a partner see different ones."""

    row: Deliverable
    #: The task that hands it over; shown to the team only.
    task: Task
    #: Whether the user sees the work itself, not only what was handed over.
    is_team: bool
    #: The run that the task belongs to.
    bundle: Bundle | None
    #: Who the work is for.
    partner_name: str
    #: The versions of the same thing that the user may see, version 1 first (DLV-15).
    versions: Sequence[Deliverable]
    #: What was asked and said about those versions, as far as the user may know, oldest first.
    of_all_versions: Sequence[Approval]
    #: The approvals of this version that the user may decide now.
    to_decide: Sequence[Approval]
    #: The open approvals that wait for somebody else, each with the reason.
    undecidable: Sequence[Waiting]
    #: The stored file, if it has one.
    file: Artifact | None
    stored: Stored
    #: What its address served at each decision on it that the user may know of (DLV-22).
    copies: Sequence[tuple[Approval, Artifact]]
    #: The remarks that the user may read, oldest first.
    comments: Sequence[DeliverableComment]
    #: Whether all of them, and all decisions, are shown.
    is_whole: bool = False

    # -- where it stands -------------------------------------------------------------------

    @cached_property
    def approvals(self) -> list[Approval]:
        """What was asked and said about this version, oldest first."""
        return _about(self.row, self.of_all_versions)

    @property
    def shown_approvals(self) -> list[Approval]:
        """The latest of them, or all where that is asked for."""
        return self.approvals if self.is_whole else self.approvals[-MOST_DECISIONS:]

    @property
    def state(self) -> State:
        """Where this version stands, as far as the user may know."""
        if self.to_decide:
            return _WAITS_FOR_YOU
        [all_versions] = task_versions.of_task(
            self.task, self.versions, self.of_all_versions, may_change=False
        )
        shown = (all_versions.newest, *all_versions.earlier)
        return next(item.state for item in shown if item.row is self.row)

    @property
    def is_changed_after_approval(self) -> bool:
        """Whether it followed a positive decision that the user knows of (OPQ-17)."""
        previous = self.row.previous_deliverable_id
        before = [item for item in self.of_all_versions if item.deliverable_id == previous]
        return self.row.post_decision_change and any(item.is_positive for item in before)

    # -- what it is ------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What it is; to a partner, who sees no task beside it, of which bundle, too (D7)."""
        return piece_name(self.row.ref, self.bundle.title if self.bundle and not self.is_team else None)

    @property
    def facts(self) -> dict[str, str]:
        """The facts about it, name -> text."""
        known = {item.name: item for item in meta_fields.fields_of(self.row.meta_schema)}
        return {
            (known[name].label if name in known else name.replace("_", " ")): _shown(value)
            for name, value in self.row.meta.items()
            if value is not None
        }

    @property
    def file_name(self) -> str | None:
        """The file's name."""
        return self.file.file_name if self.file else None

    @property
    def way(self) -> str:
        """How the file is looked at."""
        return self.stored.way

    @property
    def text(self) -> Sequence[str] | None:
        """The file's lines."""
        return self.stored.text

    @property
    def document(self) -> str | None:
        """The text, where it is Markdown: it is read as what it becomes."""
        is_markdown = self.way == "text" and (self.file_name or "").lower().endswith((".md", ".markdown"))
        return "\n".join(self.text) if is_markdown and self.text is not None else None

    # -- what was said ---------------------------------------------------------------------

    @property
    def lines(self) -> list[Line]:
        """The text line by line, with the remarks under their line."""
        by_line: dict[int, list[DeliverableComment]] = {}
        for comment in self.comments:
            by_line.setdefault((comment.anchor or {}).get("line", 0), []).append(comment)
        return [
            Line(number, text, by_line.get(number, ()))
            for number, text in enumerate(self.text or (), start=1)
        ]

    @property
    def shown_comments(self) -> list[DeliverableComment]:
        """The latest of the remarks that stand under no line, or all where that is asked for."""
        return self.other_comments if self.is_whole else self.other_comments[-MOST_COMMENTS:]

    @cached_property
    def other_comments(self) -> list[DeliverableComment]:
        """The remarks that stand under no line."""
        shown = len(self.text or ())
        return [item for item in self.comments if not 1 <= (item.anchor or {}).get("line", 0) <= shown]


def load(
    tx: Transaction, blobs: BlobStore, deliverable_id: str, *, is_whole: bool = False
) -> DeliverablePage:
    """Return the page of one version; ``is_whole`` shows all remarks and decisions.

    Its file is read in the same snapshot as the version, so that what is shown is what a decision names.

    Raises:
        NotFoundError: there is none, or it is not the user's to see.
    """
    row = tx.get(Deliverable, deliverable_id)
    task = tx.find_by_key(Task, row.task_id)
    if task is None:
        raise NotFoundError(f"There is no deliverable {row.deliverable_id} that you may see.")
    _read_ahead(tx, task, row)
    seen = entitlement.judged_of(tx, task)
    versions = seen.lineage(row)
    ids = {version.deliverable_id for version in versions}
    known = [item for item in seen.approvals if item.deliverable_id in ids]
    own = _about(row, known)
    waiting = task_versions.open_approvals(tx, own)
    remarks = comments.readable(tx, row, is_team=seen.is_team)
    tx.read_ahead({Artifact: (row.artifact_id, *(item.evidence_artifact_id for item in own))})
    file = tx.find_by_key(Artifact, row.artifact_id) if row.artifact_id else None
    partner = tx.find_by_key(Partner, task.partner_id) if task.partner_id else None
    users = [*row.authors, *(item.created_by for item in remarks)]
    users += [user_id for item in own for user_id in (item.requested_by, item.approver_id) if user_id]
    return DeliverablePage(
        row=row,
        task=task,
        is_team=seen.is_team,
        bundle=tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None,
        partner_name=partner.name if partner else "the partner",
        versions=versions,
        of_all_versions=known,
        to_decide=[item.approval for item in waiting if item.refusal is None],
        undecidable=[item for item in waiting if item.refusal is not None],
        file=file,
        stored=read_file(blobs, row, file),
        copies=_copies(tx, own),
        comments=remarks,
        names=names.read(tx, users, remarks),
        is_whole=is_whole,
    )


def _read_ahead(tx: Transaction, task: Task, row: Deliverable) -> None:
    """Read all that belongs to a version in one statement; what follows finds it here."""
    of_task = {"task_id": task.task_id}
    wanted: list[tuple[Any, dict[str, Any]]] = [
        (Deliverable, of_task),
        (Approval, of_task),
        (DeliverableComment, {"deliverable_id": row.deliverable_id}),
    ]
    by_id: tuple[tuple[Any, str, Any], ...] = (
        (Bundle, "bundle_id", task.bundle_id),
        (Partner, "partner_id", task.partner_id),
        (Artifact, "artifact_id", row.artifact_id),
    )
    tx.find_together(*wanted, *((kind, {name: value}) for kind, name, value in by_id if value))


def _about(row: Deliverable, approvals: Sequence[Approval]) -> list[Approval]:
    return [item for item in approvals if item.deliverable_id == row.deliverable_id]


def _copies(tx: Transaction, approvals: Sequence[Approval]) -> list[tuple[Approval, Artifact]]:
    kept = (
        (item, tx.find_by_key(Artifact, item.evidence_artifact_id))
        for item in approvals
        if item.evidence_artifact_id
    )
    return [(approval, artifact) for approval, artifact in kept if artifact is not None]


def read_file(blobs: BlobStore, row: Deliverable, file: Artifact | None) -> Stored:
    """Read the file of a version, as far as it can be looked at."""
    if row.sha256 is None:
        return Stored()
    try:
        way = safe_files.way_of(safe_files.kind_of(blobs, row.sha256, file.file_name if file else None))
    except NotFoundError:
        return Stored("lost")
    return Stored(way, _text(blobs, row.sha256) if way in ("text", "html") else None)


def _text(blobs: BlobStore, sha256: str) -> list[str] | None:
    with blobs.open(sha256) as stream:
        data = stream.read(BYTES_OF_A_SHOWN_FILE + 1)
    if len(data) > BYTES_OF_A_SHOWN_FILE:
        return None
    lines = data.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines if len(lines) <= LINES_OF_A_SHOWN_FILE else None


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
