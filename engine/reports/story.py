"""The story of a task, a bundle or a deliverable: all that happened, in order, without gaps (AUD-06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from engine.audit.models import Event
from engine.bundles import pins
from engine.bundles.models import Bundle
from engine.deliverables.entitlement import lineage_of
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.qa.models import QaReview
from engine.qa.redaction import redact
from engine.record import Record
from engine.reference.models import CampaignAttachment, Partner
from engine.reports.entries import Entry, Teller
from engine.reports.guidance import material_of
from engine.reports.versions import VersionTeller, VersionTold
from engine.searches import in_order
from engine.tasks import lookup
from engine.tasks.models import Task
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Story:
    """What happened, oldest first; for a task and a deliverable also version by version."""

    #: ``task``, ``bundle`` or ``deliverable``.
    about: str
    title: str
    task_id: str | None
    bundle_id: str | None
    #: Whom the work is for.
    partner: str | None
    status: str
    entries: tuple[Entry, ...]
    versions: tuple[VersionTold, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        data: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return data


_ADAPTER = TypeAdapter(Story)


def of_task(tx: Transaction, task_id: str) -> Story:
    """Return the story of a task with all its parts, and what its campaign attached meanwhile.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
    """
    task = lookup.find(tx, task_id)
    _read_ahead(tx, task)
    own = tx.find(Event, task_id=task.task_id, order_by=("seq",))
    events = _with_guidance(tx, own, material_of(tx, task), own[-1] if task.is_terminal else None)
    teller = Teller(tx, events)
    rows = tx.find(Deliverable, task_id=task.task_id)
    return Story(
        about="task",
        title=task.name,
        task_id=task.task_id,
        bundle_id=task.bundle_id,
        partner=_partner(tx, task.partner_id),
        status=task.status,
        entries=tuple(teller.tell(event) for event in events),
        versions=VersionTeller(tx, task, own, teller.names).tell(rows),
    )


def of_deliverable(tx: Transaction, deliverable_id: str) -> Story:
    """Return the story of one thing that a task hands over: its versions, their decisions and remarks.

    Raises:
        NotFoundError: no such deliverable, or the actor may not see its task.
    """
    row = tx.get(Deliverable, deliverable_id)
    task = lookup.find(tx, row.task_id)
    _read_ahead(tx, task)
    rows = lineage_of(tx, row)
    whole = tx.find(Event, task_id=task.task_id, order_by=("seq",))
    material = material_of(tx, task)
    about = _ids_about(tx, rows, material)
    own = [event for event in whole if event.entity_id in about]
    events = _with_guidance(tx, own, material, whole[-1] if task.is_terminal else None)
    teller = Teller(tx, events)
    return Story(
        about="deliverable",
        title=f"“{row.ref}” of {task.name}",
        task_id=task.task_id,
        bundle_id=task.bundle_id,
        partner=_partner(tx, task.partner_id),
        status=task.status,
        entries=tuple(teller.tell(event) for event in events),
        versions=VersionTeller(tx, task, whole, teller.names).tell(rows),
    )


def of_bundle(tx: Transaction, bundle_id: str) -> Story:
    """Return the story of a run with all its tasks, and what its campaign attached meanwhile.

    Raises:
        NotFoundError: no such bundle, or the actor may not see it.
    """
    bundle = tx.get(Bundle, bundle_id)
    of_bundle: Mapping[str, Any] = {"bundle_id": bundle.bundle_id}
    of_campaign: Mapping[str, Any] = {"campaign_id": bundle.campaign_id or []}
    tasks, of_run, material = tx.find_together(
        (Task, of_bundle), (Event, of_bundle), (CampaignAttachment, of_campaign)
    )
    of_tasks = tx.find(Event, task_id=[task.task_id for task in tasks])
    own = in_order({event.seq: event for event in (*of_run, *of_tasks)}.values(), ["seq"])
    events = _with_guidance(tx, own, material, None if bundle.is_active else own[-1])
    teller = Teller(tx, events)
    return Story(
        about="bundle",
        title=bundle.title,
        task_id=None,
        bundle_id=bundle.bundle_id,
        partner=_partner(tx, bundle.partner_id),
        status=bundle.status,
        entries=tuple(teller.tell(event) for event in events),
    )


def _read_ahead(tx: Transaction, task: Task) -> None:
    """Read what belongs to a task in one statement; what follows finds it here."""
    wanted: list[tuple[type[Record], Mapping[str, Any]]] = [
        (Deliverable, {"task_id": task.task_id}),
        (Approval, {"task_id": task.task_id}),
        (Event, {"task_id": task.task_id}),
        *pins.to_read(tx, task.template_id, task.template_hash),
    ]
    by_id: tuple[tuple[type[Record], str, str | None], ...] = (
        (Bundle, "bundle_id", task.bundle_id),
        (Partner, "partner_id", task.partner_id),
        (CampaignAttachment, "campaign_id", task.campaign_id),
    )
    wanted += [(kind, {name: value}) for kind, name, value in by_id if value]
    tx.find_together(*wanted)


def _with_guidance(
    tx: Transaction, own: Sequence[Event], material: Sequence[CampaignAttachment], last: Event | None
) -> list[Event]:
    """Return events with those of its campaign's material in between, up to the last one of closed work."""
    found = tx.find(Event, **_about(material)) if own and material else []
    meanwhile = [event for event in found if own[0].seq < event.seq and (not last or event.seq < last.seq)]
    return sorted(redact(tx, [*own, *meanwhile]), key=lambda event: event.seq)


def _about(material: Sequence[CampaignAttachment]) -> Mapping[str, Any]:
    """Return the search for the events of a campaign's material."""
    return {"entity_id": [item.attachment_id for item in material]}


def _ids_about(
    tx: Transaction, rows: Sequence[Deliverable], material: Sequence[CampaignAttachment]
) -> set[str]:
    """Return the ids of versions and of all that was said and kept about them.

    The events of the ``material`` that was there for them are read in the same statement.
    """
    versions = [row.deliverable_id for row in rows]
    judged, comments, scored, *_ = tx.find_together(
        (Approval, {"deliverable_id": versions}),
        (DeliverableComment, {"deliverable_id": versions}),
        (QaReview, {"task_id": rows[0].task_id}),
        *([(Event, _about(material))] if material else []),
    )
    scores = [item for item in scored if item.deliverable_id in versions]
    files = {row.artifact_id for row in rows} | {item.evidence_artifact_id for item in judged}
    records = (*rows, *judged, *comments, *scores)
    return {record.record_id for record in records} | {item for item in files if item}


def _partner(tx: Transaction, partner_id: str | None) -> str | None:
    found = tx.find_by_key(Partner, partner_id) if partner_id else None
    return found.name if found else None
