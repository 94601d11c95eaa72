"""The bundle index: the facts about running work without titles, people and texts, for who has no store (D1).

What it tells, and what not, is in ``MIGRATION.md``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.catalog.calendars import Calendar
from engine.catalog.models import TaskTemplate, TaskType
from engine.clock import to_text
from engine.errors import BadRequestError
from engine.migration.compared import Side
from engine.migration.facts import BundleFacts, TaskFacts
from engine.migration.hands import NAMES
from engine.migration.judging import named_by
from engine.migration.matrix import State
from engine.migration.queries import StoredWork
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

_FORMAT: Literal["workbench-bundle-index"] = "workbench-bundle-index"
_VERSION: Literal[1] = 1
#: So much of a hash stands for whom a bundle is for.
_DIGITS = 32


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Pin(_Part):
    template_id: str
    closure_hash: str
    commit: str | None
    template: dict[str, Any]
    task_types: dict[str, dict[str, Any]]
    docs: dict[str, str]
    calendar: dict[str, Any] | None


class _Task(_Part):
    ref: str
    state: State
    by_hand: list[str] = []
    collected: Annotated[int, Field(ge=0)] = 0
    done_at: datetime | None = None


class _Bundle(_Part):
    bundle_id: str
    template_id: str
    closure_hash: str
    partner: str | None
    campaign: str | None
    anchor_date: date
    started_at: datetime
    parameters: dict[str, Any]
    withheld: list[str]
    tasks: list[_Task]


class _Index(_Part):
    format: Literal["workbench-bundle-index"]
    version: Literal[1]
    #: Up to which moment it tells.
    as_of: datetime
    zone: str
    salt: str
    pins: list[_Pin]
    bundles: list[_Bundle]


def write(tx: Transaction) -> dict[str, Any]:
    """Return the index of all running bundles as JSON data, the same for the same work but for its moment.

    Raises:
        ForbiddenError: the actor does not see all work.
        NotFoundError: the store has lost a pinned template.
    """
    work = StoredWork(tx)
    bundles = work.bundles()
    pins: dict[tuple[str, str], dict[str, Any]] = {}
    sides: dict[tuple[str, str], Side] = {}
    for bundle in bundles:
        key = bundle.template, bundle.closure_hash
        if key not in pins:
            resolved = work.resolved(bundle)
            sides[key], pins[key] = Side.of(resolved), _pin(resolved.as_pin(), Side.of(resolved))
    read = work.with_tasks(
        bundles,
        {one.bundle_id: sides[one.template, one.closure_hash] for one in bundles},
        dict.fromkeys((one.bundle_id for one in bundles), NAMES),
        counts=True,
    )
    salt = hashlib.sha256(f"bundle index of {tx.workspace_id}".encode()).hexdigest()[:_DIGITS]
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "as_of": to_text(tx.now),
        "zone": work.zone,
        "salt": salt,
        "pins": [pins[key] for key in sorted(pins)],
        "bundles": [_bundle(one, sides[one.template, one.closure_hash], salt) for one in read],
    }


class IndexedWork:
    """Running work as an index has it; ``impact.Running`` of it."""

    def __init__(self, data: object, contents: Iterable[Content]) -> None:
        """Read an index; whom a bundle is for is told as far as the overrides of ``contents`` name them.

        Raises:
            BadRequestError: it is no index, or one of another release.
        """
        try:
            index = _Index.model_validate(data)
        except ValidationError as error:
            raise _no_index(error) from error
        self.zone, self.as_of = index.zone, index.as_of
        names = {(level, key) for content in contents for _, level, key in content.overrides}
        known = {_token(index.salt, level, key): key for level, key in names}
        self._pins = {(pin.template_id, pin.closure_hash): pin for pin in index.pins}
        self._bundles = [_read(bundle, known) for bundle in index.bundles]

    def bundles(self) -> list[BundleFacts]:
        """Return all running bundles."""
        return self._bundles

    def pinned(self, bundle: BundleFacts) -> Side:
        """Return the template that a bundle pinned.

        Raises:
            BadRequestError: the index does not have it, or something else in its place.
        """
        pin = self._pins.get((bundle.template, bundle.closure_hash))
        if pin is None:
            raise BadRequestError(
                f"The index has no template {bundle.template} for {bundle.bundle_id}. Write it anew with "
                "workbench content index."
            )
        try:
            return Side(
                template=TaskTemplate.model_validate(pin.template, extra="ignore"),
                task_types={
                    key: TaskType.model_validate(kind, extra="ignore") for key, kind in pin.task_types.items()
                },
                docs=pin.docs,
                calendar=None
                if pin.calendar is None
                else Calendar.model_validate(pin.calendar, extra="ignore"),
            )
        except ValidationError as error:
            raise _no_index(error, f"the pinned template {bundle.template}: ") from error

    def with_tasks(
        self,
        bundles: Collection[BundleFacts],
        sides: Mapping[str, Side],  # noqa: ARG002 - the store needs them
        names: Mapping[str, Collection[str]],  # noqa: ARG002 - as above
        *,
        counts: bool,  # noqa: ARG002 - as above
    ) -> Iterator[BundleFacts]:
        """Yield bundles with their tasks, which an index has already."""
        return iter(sorted(bundles, key=lambda one: one.bundle_id))


def _no_index(error: ValidationError, of: str = "") -> BadRequestError:
    fault = error.errors()[0]
    where = ".".join(map(str, fault["loc"])) or "the whole"
    return BadRequestError(
        f"The file is no bundle index of this release: {of}{where}: {fault['msg']}. Write it anew "
        "with workbench content index."
    )


def _pin(pinned: Mapping[str, Any], side: Side) -> dict[str, Any]:
    return {
        "template_id": pinned["key"],
        "closure_hash": pinned["closure_hash"],
        "commit": pinned["commit"],
        "template": side.template.model_dump(mode="json", exclude_unset=True),
        "task_types": pinned["task_types"],
        "docs": dict(side.docs),
        "calendar": pinned["calendar"],
    }


def _bundle(bundle: BundleFacts, side: Side, salt: str) -> dict[str, Any]:
    told = {name: value for name, value in bundle.parameters.items() if name in _may_tell(side.template)}
    return {
        "bundle_id": bundle.bundle_id,
        "template_id": bundle.template,
        "closure_hash": bundle.closure_hash,
        "partner": bundle.partner and _token(salt, "partner", bundle.partner),
        "campaign": bundle.campaign and _token(salt, "campaign", bundle.campaign),
        "anchor_date": bundle.anchor_date.isoformat(),
        "started_at": to_text(bundle.started_at),
        "parameters": told,
        "withheld": sorted(bundle.parameters.keys() - told.keys()),
        "tasks": [_task(task) for task in bundle.tasks],
    }


def _task(task: TaskFacts) -> dict[str, Any]:
    """Return a task without what is as it is for most."""
    told: dict[str, Any] = {"ref": task.ref, "state": task.state.value}
    if task.by_hand:
        told["by_hand"] = sorted(task.by_hand)
    if task.collected:
        told["collected"] = task.collected
    if task.done_at:
        told["done_at"] = to_text(task.done_at)
    return told


def _may_tell(template: TaskTemplate) -> set[str]:
    """Return the parameters that may be told: what says little by itself, and numbers that rules ask for.

    A text may be a person's name or address, also where a condition asks whether there is one.
    """
    asked = {name for task in template.tasks for name in named_by(task.when)}
    asked |= {task.due_rule.parameter for task in template.tasks if task.due_rule and task.due_rule.parameter}
    declared = (template.parameters or {}).get("properties", {})
    return {
        name
        for name, schema in declared.items()
        if _says_little(schema) or (name in asked and _is_number(schema))
    }


def _says_little(schema: Any) -> bool:
    """Whether a parameter is a yes or no, a choice from a list of the template, or a day."""
    return isinstance(schema, dict) and (
        schema.get("type") == "boolean"
        or "enum" in schema
        or "const" in schema
        or schema.get("format") in ("date", "date-time")
    )


def _is_number(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") in ("integer", "number")


def _token(salt: str, level: str, key: str) -> str:
    return hmac.new(salt.encode(), f"{level} {key}".encode(), hashlib.sha256).hexdigest()[:_DIGITS]


def _read(bundle: _Bundle, known: Mapping[str, str]) -> BundleFacts:
    return BundleFacts(
        bundle_id=bundle.bundle_id,
        template=bundle.template_id,
        closure_hash=bundle.closure_hash,
        partner=known.get(bundle.partner or ""),
        campaign=known.get(bundle.campaign or ""),
        anchor_date=bundle.anchor_date,
        started_at=bundle.started_at,
        parameters=bundle.parameters,
        withheld=frozenset(bundle.withheld),
        tasks=tuple(
            TaskFacts(
                ref=task.ref,
                state=task.state,
                by_hand=frozenset(task.by_hand),
                collected=task.collected,
                done_at=task.done_at,
            )
            for task in bundle.tasks
        ),
    )
