"""Writes the scenario of a real bundle: what was done in it, without names, texts and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from engine.audit import history
from engine.audit.models import Action, Event
from engine.bundles import pins
from engine.bundles.models import Bundle, BundleLink
from engine.catalog.content import Content
from engine.catalog.resolved import ResolvedTemplate
from engine.reference.models import Campaign, Partner
from engine.scenarios import files, writing
from engine.scenarios.acts import Reader
from engine.scenarios.anonymous import Cast, Words, parameters_of
from engine.tasks.models import Task
from engine.tasks.read_models import in_order
from engine.transaction import Transaction

#: More events than any bundle has.
_ALL = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was recorded of one bundle."""

    #: The key of the template.
    key: str
    #: The commit that holds what the bundle pins; None where none does.
    commit: str | None
    #: The scenario file.
    text: str
    #: What happened and does not stand in it, a sentence each.
    left_out: tuple[str, ...]

    @property
    def path(self) -> str:
        """Where the file belongs."""
        return f"content/task_templates/{self.key}.scenario.yaml"


def record(tx: Transaction, bundle_id: str) -> Recorded:
    """Record a bundle, from its start to now.

    People are called by what they do and a number, texts and addresses are others, and days are counted from
    the anchor date. What the template itself says, such as the reasons for skipping, stays.

    Raises:
        NotFoundError: no such bundle, or not the actor's to see.
        ConflictError: a parameter has a form that no made-up value has.
    """
    bundle = tx.get(Bundle, bundle_id)
    resolved = pins.resolved_of(tx, bundle)
    events = sorted(history.timeline(tx, bundle_id=bundle_id, limit=_ALL), key=lambda event: event.seq)
    acts = [list(act) for _, act in groupby(events, key=lambda event: event.act_id or event.audit_event_id)]
    started = next(event for event in events if event.action is Action.BUNDLE_CREATED)
    after = started.after or {}
    words = Words(date.fromisoformat(after["anchor_date"]), tx.workspace_zone)
    cast = Cast(tx, _named_employees(resolved))
    reader = Reader(tx, resolved, cast, words, _refs(tx, bundle_id, acts))
    starter = cast.user(started.actor_id or bundle.owner_id)
    begun = _to_the_minute(started.occurred_at)
    steps = _steps(reader, acts, begun)
    scenario: dict[str, Any] = {
        "name": f"{resolved.template.name}, as it was done once",
        "anchor_date": after["anchor_date"],
        "now": words.moment(begun),
        "timezone": tx.workspace_zone,
        "parameters": parameters_of(resolved, after.get("parameters") or {}, words),
        **_subjects(tx, bundle, resolved),
        **({"people": _people(reader, acts)} if bundle.campaign_id else {}),
        "actors": cast.actors,
        "started_by": starter,
        "steps": [*steps, {"expect": _as_it_is(reader, bundle)}],
    }
    told = {name: value for name, value in scenario.items() if value or name == "people"}
    path = f"content/task_templates/{resolved.key}.scenario.yaml"
    return Recorded(
        key=resolved.key,
        commit=bundle.commit,
        text=writing.text_of(path, told),
        left_out=tuple(f"Left out: {name} ({count})." for name, count in reader.left_out.items()),
    )


def script_of(recorded: Recorded, content: Content) -> files.Script:
    """Return the recorded scenario as it is read from its file, held against the content."""
    return files.read_one(recorded.path, recorded.text.encode(), content)


def _steps(reader: Reader, acts: Sequence[Sequence[Event]], begun: datetime) -> list[dict[str, Any]]:
    """Return the steps of all acts, each with its moment where that is another.

    One that was recorded in hindsight, as the demo's are, happens right after the one before it.
    """
    found: list[dict[str, Any]] = []
    clock = begun
    for act in acts:
        at = _to_the_minute(act[0].occurred_at)
        for step in reader.steps(act):
            found.append(({"at": reader.words.moment(at)} if at > clock else {}) | step)
            clock = max(at, clock)
    return found


def _as_it_is(reader: Reader, bundle: Bundle) -> dict[str, Any]:
    """Return how the bundle stands now, as what is expected in the end."""
    tx = reader.tx
    tasks = [one for one in tx.find(Task, bundle_id=bundle.bundle_id) if one.task_id in reader.refs]
    days = {
        task.task_id: reader.words.day(task.due_date.isoformat()) if task.due_date else None for task in tasks
    }
    links = sorted(tx.find(BundleLink, bundle_id=bundle.bundle_id), key=lambda link: link.position)
    not_made = {task.ref for task in reader.resolved.template.tasks} - set(reader.refs.values())
    return {
        "bundle": {"status": str(bundle.status), "stage": _stage(reader, bundle)},
        "tasks": {
            reader.refs[task.task_id]: {"status": str(task.status), "due_date": days[task.task_id]}
            for task in sorted(tasks, key=in_order)
        },
        **({"not_made": sorted(not_made)} if not_made else {}),
        **({"links": {link.name: str(link.state) for link in links}} if links else {}),
    }


def _stage(reader: Reader, bundle: Bundle) -> str:
    template = reader.resolved.template
    known = {phase.stage for phase in template.phases} | {task.stage_on_complete for task in template.tasks}
    return bundle.stage if bundle.stage in {*known, "preparation"} else "another_stage"


def _refs(tx: Transaction, bundle_id: str, acts: Sequence[Sequence[Event]]) -> dict[str, str]:
    """Return the refs of the tasks that the start made; others get a name where they are made."""
    made = {
        event.entity_id
        for act in acts
        if any(event.action is Action.BUNDLE_CREATED for event in act)
        for event in act
        if event.action is Action.TASK_CREATED
    }
    tasks = tx.find(Task, bundle_id=bundle_id)
    return {task.task_id: task.template_task_ref or "" for task in tasks if task.task_id in made}


def _subjects(tx: Transaction, bundle: Bundle, resolved: ResolvedTemplate) -> dict[str, Any]:
    """Return whom it is for: by their key where the content has it, else by another."""
    levels = {origin.level for origin in resolved.origins.values()}
    found: dict[str, Any] = {}
    if bundle.partner_id:
        partner = tx.get(Partner, bundle.partner_id)
        found["partner"] = partner.key if "partner" in levels else "a_partner"
    if bundle.campaign_id:
        campaign = tx.get(Campaign, bundle.campaign_id)
        found["campaign"] = campaign.key if "campaign" in levels else "a_campaign"
    return found


def _people(reader: Reader, acts: Sequence[Sequence[Event]]) -> dict[str, str]:
    """Return who had which role in the campaign at the start, as far as tasks tell."""
    created = (event for act in acts for event in act if event.action is Action.TASK_CREATED)
    return {
        after["assignee_role"]: reader.cast.employee(after["assignee_id"])
        for event in created
        if (after := event.after or {}).get("assignee_role") and after.get("assignee_id")
    }


def _named_employees(resolved: ResolvedTemplate) -> frozenset[str]:
    named = [resolved.template.default_assignee, *(task.assignee for task in resolved.template.tasks)]
    return frozenset(one.employee for one in named if one is not None and one.employee)


def _to_the_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
