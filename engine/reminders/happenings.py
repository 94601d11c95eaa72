"""Reminders of what has happened rather than of a date: a bundle's move to a stage, and jobs that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from engine.audit.models import Event
from engine.bundles.models import Bundle
from engine.jobs.claims import Claims
from engine.jobs.models import Job, JobStatus
from engine.reminders.ledger import Entry
from engine.reminders.models import ReminderState, ReminderType
from engine.reminders.people import People
from engine.reminders.planner import Intended
from engine.reminders.queries import looking
from engine.reminders.rules import RuleBook
from engine.transaction import Transaction

#: So many jobs that failed are looked at, the newest.
_JOBS = 50


def entries(tx: Transaction, book: RuleBook, *, since: datetime, events: int) -> list[Entry]:
    """Return what happened after the event of that number, and which jobs failed since a moment.

    What falls into quiet hours is planned for the morning.
    """
    people = People(tx)
    found = [*_stages(tx, book, people, events), *_jobs(tx, book, people, since)]
    for entry in found:
        if entry.moment.send_at > tx.wall_clock:
            entry.withhold(ReminderState.PLANNED, "It happened in quiet hours, and waits for their end.")
    return found


def _stages(tx: Transaction, book: RuleBook, people: People, events: int) -> Iterator[Entry]:
    for event in _events(tx, looking.stage_changes(tx, events)):
        bundle = tx.find_by_key(Bundle, event.entity_id)
        if bundle is None:
            continue
        governing = book.of_bundle(tx, bundle)
        to = governing.rules.stage_change or "nobody"
        stage = str((event.after or {}).get("stage", "another stage")).replace("_", " ")
        moment = _at(
            ReminderType.STAGE_CHANGE,
            event.occurred_at,
            governing.rhythm.together,
            to,
            f"It moved to {stage}.",
        )
        for user_id in people.of(to, bundle) if to != "nobody" else ():
            if user_id != event.actor_id:  # whoever moved it knows
                yield Entry(
                    moment=moment, subject=event.audit_event_id, user_id=user_id, bundle_id=bundle.bundle_id
                )


def _events(tx: Transaction, ids: Iterable[str]) -> list[Event]:
    wanted = list(ids)
    return tx.find(Event, audit_event_id=wanted, order_by=("seq",)) if wanted else []


def _jobs(tx: Transaction, book: RuleBook, people: People, since: datetime) -> Iterator[Entry]:
    failed = Claims(tx.database).list_jobs([JobStatus.FAILED, JobStatus.UNKNOWN], _JOBS)
    governing = book.of_workspace()
    for job in failed:
        ended_at = _ended_at(job)
        if ended_at is None or ended_at < since or governing.rules.automation_failure == "nobody":
            continue
        words = "has failed" if job.status is JobStatus.FAILED else "was lost, and nobody knows how it ended"
        text = f"The job {job.kind.replace('_', ' ')} {words}: see workbench job list."
        moment = _at(ReminderType.AUTOMATION_FAILURE, ended_at, governing.rhythm.forward, "admins", text)
        for user_id in people.admins:
            yield Entry(moment=moment, subject=job.job_id, user_id=user_id)


def _ended_at(job: Job) -> datetime | None:
    return datetime.fromtimestamp(job.ended_at / 1000, UTC) if job.ended_at else None


def _at(
    kind: ReminderType, at: datetime, moved: Callable[[datetime], datetime], to: str, text: str
) -> Intended:
    return Intended(type=kind, step="at once", base=at, due_at=at, send_at=moved(at), to=to, text=text)
