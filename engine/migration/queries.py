"""The facts about running work as the store has them: read once, without making records of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import ColumnElement, and_, func, or_, select, union_all

from engine.access import Permission, require
from engine.bundles.models import Bundle, BundleStatus, PinnedTemplate
from engine.catalog.resolved import ResolvedTemplate
from engine.deliverables.models import Deliverable
from engine.errors import NotFoundError
from engine.loading import load, readable
from engine.migration import hands
from engine.migration.compared import Side
from engine.migration.facts import BundleFacts, TaskFacts
from engine.migration.hands import SeenTask
from engine.migration.matrix import State, state_of
from engine.record import Record
from engine.reference.models import Campaign, Partner
from engine.tasks.models import Note, Proof, Step, Task, TaskStatus
from engine.tasks.queries.conditions import text_of
from engine.tasks.states import SATISFYING
from engine.transaction import Transaction

_NOT_STARTED = [status.value for status in TaskStatus if state_of(status) is State.NOT_STARTED]
#: So many bundles are asked about at once.
_ASKED_AT_ONCE = 500
S = TypeVar("S", bound=BaseModel)


class StoredWork:
    """Running work as the store has it; ``impact.Running`` of it."""

    def __init__(self, tx: Transaction) -> None:
        """Read from a snapshot.

        Raises:
            ForbiddenError: the actor does not see all work.
        """
        require(tx.actor, Permission.SEE_ALL_WORK, "ask what a change means for all running work")
        self._tx, self.zone = tx, tx.workspace_zone
        self._tags: dict[str, list[str]] = {}

    def bundles(self) -> list[BundleFacts]:
        """Return all running bundles in the order of their ids, without their tasks."""
        tx = self._tx
        partners: dict[str | None, str] = {one.partner_id: one.key for one in tx.find(Partner)}
        campaigns: dict[str | None, str] = {one.campaign_id: one.key for one in tx.find(Campaign)}
        table = tx.database.sql_table(Bundle.spec.table)
        chosen = select(table.c.document).where(*_running(tx, table)).order_by(table.c.bundle_id)
        found = []
        for bundle in _seen(tx, Bundle, _SeenBundle, tx.connection.execute(chosen).scalars()):
            self._tags[bundle.bundle_id] = bundle.tags
            found.append(
                BundleFacts(
                    bundle_id=bundle.bundle_id,
                    template=bundle.template_id,
                    closure_hash=bundle.template_hash,
                    partner=partners.get(bundle.partner_id),
                    campaign=campaigns.get(bundle.campaign_id),
                    anchor_date=bundle.anchor_date,
                    started_at=bundle.created_at,
                    parameters=bundle.parameters,
                )
            )
        return found

    def pinned(self, bundle: BundleFacts) -> Side:
        """Return the template that a bundle pinned.

        Raises:
            NotFoundError: the store has lost it, which only tampering can do.
        """
        return Side.of(self.resolved(bundle))

    def resolved(self, bundle: BundleFacts) -> ResolvedTemplate:
        """Return the same as it was resolved. Raises as ``pinned``."""
        key = (bundle.template, bundle.closure_hash, self._tx.workspace_id)
        pinned = self._tx.find_by_key(PinnedTemplate, *key)
        if pinned is None:
            raise NotFoundError(
                f"The pinned template {bundle.template} of bundle {bundle.bundle_id} is not in the store. "
                "Restore the store from a backup or an export."
            )
        return ResolvedTemplate.from_pin(pinned.content)

    def with_tasks(
        self,
        bundles: Collection[BundleFacts],
        sides: Mapping[str, Side],
        names: Mapping[str, Collection[str]],
        *,
        counts: bool,
    ) -> Iterator[BundleFacts]:
        """Yield bundles with their tasks, in the order of their ids.

        ``sides`` are their pinned templates and ``names`` what is asked to have been changed by hand, by the
        ids of bundles; with ``counts`` what is collected is counted.
        """
        wanted = {bundle.bundle_id: bundle for bundle in bundles}
        ids = sorted(wanted)
        for start in range(0, len(ids), _ASKED_AT_ONCE):
            asked = ids[start : start + _ASKED_AT_ONCE]
            collected = self._collected(asked) if counts else {}
            for bundle_id, tasks in self._tasks(asked):
                side = sides[bundle_id]
                yield told(
                    wanted[bundle_id],
                    tasks,
                    tags=self._tags[bundle_id],
                    side=side,
                    zone=self.zone,
                    names=names[bundle_id],
                    collected=collected,
                )

    def _tasks(self, bundle_ids: list[str]) -> Iterator[tuple[str, list[SeenTask]]]:
        """Yield the tasks of each of the bundles, in their order."""
        table = self._tx.database.sql_table(Task.spec.table)
        chosen = (
            select(table.c.document)
            .where(table.c.bundle_id.in_(bundle_ids))
            .order_by(table.c.bundle_id, table.c.position, table.c.task_number)
        )
        found = _seen(self._tx, Task, SeenTask, self._tx.connection.execute(chosen).scalars())
        by_bundle = {key: [*tasks] for key, tasks in groupby(found, lambda task: task.bundle_id)}
        for bundle_id in bundle_ids:
            yield bundle_id, by_bundle.get(bundle_id, [])

    def _collected(self, bundle_ids: list[str]) -> dict[str, int]:
        """Return how much was put into each task that nobody has begun, where it is anything."""
        tx = self._tx
        tasks = tx.database.sql_table(Task.spec.table)
        chosen = []
        for kind, is_there in _COLLECTED.items():
            table = tx.database.sql_table(kind.spec.table)
            chosen.append(
                select(table.c.task_id)
                .join(tasks, tasks.c.task_id == table.c.task_id)
                .where(
                    tasks.c.bundle_id.in_(bundle_ids),
                    tasks.c.status.in_(_NOT_STARTED),
                    *is_there(tx, table),
                )
            )
        every = union_all(*chosen).subquery()
        counted = select(every.c.task_id, func.count()).group_by(every.c.task_id)
        return {task_id: int(count) for task_id, count in tx.connection.execute(counted)}


def _running(tx: Transaction, table: Any) -> list[ColumnElement[bool]]:
    return [table.c.workspace_id == tx.workspace_id, table.c.status == BundleStatus.ACTIVE.value]


def _ticked(_tx: Transaction, table: Any) -> list[ColumnElement[bool]]:
    return [table.c.is_completed.is_(True)]


def _given(tx: Transaction, table: Any) -> list[ColumnElement[bool]]:
    return [text_of(tx, table, "given_at").is_not(None)]


def _submitted(tx: Transaction, table: Any) -> list[ColumnElement[bool]]:
    url, artifact = text_of(tx, table, "deliverable_url"), text_of(tx, table, "artifact_id")
    return [or_(and_(url.is_not(None), url != ""), artifact.is_not(None))]


def _any(_tx: Transaction, _table: Any) -> list[ColumnElement[bool]]:
    return []


_COLLECTED: Mapping[type[Record], Any] = {Step: _ticked, Proof: _given, Deliverable: _submitted, Note: _any}


class _SeenBundle(BaseModel):
    """As much of a bundle as is read."""

    bundle_id: str
    template_id: str
    template_hash: str
    partner_id: str | None
    campaign_id: str | None
    anchor_date: date
    created_at: datetime
    parameters: dict[str, Any]
    tags: list[str]


def _seen(tx: Transaction, kind: type[Record], seen: type[S], texts: Iterable[str]) -> Iterator[S]:
    """Yield what is read of stored documents, without those that cannot be read, which are named (S11).

    This is several times faster than making their records.
    """

    def make(text: str) -> S:
        try:
            return seen.model_validate_json(text, extra="ignore")  # most fields are not looked at
        except ValidationError:
            record = load(kind, text, tx.database)  # tells what is wrong with it, if anything is
            return seen.model_validate(record, from_attributes=True)

    return readable(texts, make, tx.database)


def told(
    bundle: BundleFacts,
    tasks: Sequence[SeenTask] | Sequence[Task],
    *,
    tags: Iterable[str],
    side: Side,
    zone: str,
    names: Collection[str],
    collected: Mapping[str, int],
) -> BundleFacts:
    """Return a bundle with what is told of those of its tasks that are of its template.

    ``tasks`` are in their order, ``tags`` the bundle's, ``collected`` what was put into tasks by their ids.
    """
    own = [(ref, task) for task in tasks if (ref := task.template_task_ref) and not task.cloned_from]
    scene = hands.Scene(
        parameters=bundle.parameters,
        tags=tags,
        anchor_date=bundle.anchor_date,
        started_at=bundle.started_at,
        done={ref: moment for ref, task in own if (moment := _done_at(task))},
        ids={ref: task.task_id for ref, task in own},
        calendar=side.calendar,
        zone=zone,
    )
    facts = []
    for ref, task in own:
        state = state_of(task.status)
        asked = names if state.is_open and ref in side.definitions else ()
        one = TaskFacts(
            ref=ref,
            state=state,
            by_hand=hands.by_hand(task, side.definitions[ref], scene, names) if asked else frozenset(),
            collected=collected.get(task.task_id, 0),
            done_at=_done_at(task),
        )
        facts.append(one)
    return bundle.with_tasks(facts)


def _done_at(task: SeenTask | Task) -> datetime | None:
    return task.closed_at if task.status in SATISFYING else None
