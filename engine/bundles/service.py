"""What people do with a running bundle: fill links, move its stage, complete, cancel, re-anchor it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from engine.audit.models import Action
from engine.bundles import dates, links, pins, refilled
from engine.bundles.dates import Moves
from engine.bundles.inputs import LONGEST_REASON, LONGEST_STAGE
from engine.bundles.models import Bundle, BundleLink, BundleStatus
from engine.bundles.reactions import move_to_stage
from engine.bundles.visibility import BundleChange, get_changeable
from engine.catalog.calendars import Calendar
from engine.catalog.parts import NAME_PATTERN
from engine.errors import (
    BadRequestError,
    CompletionRefusedError,
    ConflictError,
    InvalidTransitionError,
    StaleWriteError,
    Violation,
    bad_field,
)
from engine.record import Record
from engine.tasks import lost_blockers, moves
from engine.tasks.dates import read_day
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moves import MoveRequest
from engine.tasks.read_models import in_order
from engine.transaction import Transaction


def fill_link(
    tx: Transaction, bundle_id: str, name: str, url: str, *, revision: int | None = None
) -> BundleLink:
    """Fill a link by hand, replacing what it held or that it was waived; return it (BND-07).

    ``revision`` is the link's.

    Raises:
        NotFoundError: no such bundle or link, or not the actor's to see.
        ForbiddenError: the actor has no task to work in this bundle.
        BadRequestError: the address is no http, https or mailto address.
        ConflictError: the bundle is closed.
        StaleWriteError: the link was changed meanwhile.
    """
    bundle = get_changeable(tx, bundle_id, BundleChange.FILL_LINK)
    require_active(bundle, "fill its links")
    link = links.get_link(tx, bundle, name)
    if revision is not None and link.revision != revision:
        raise StaleWriteError(
            f"The link “{name}” was changed by somebody else: you read revision {revision}, it is now "
            f"{link.revision}. Load the bundle again, then repeat your change."
        )
    links.fill(tx, link, url)
    return link


def retitle(tx: Transaction, bundle_id: str, title: str, *, revision: int | None = None) -> Bundle:
    """Give the bundle another title; the one that it has is no change.

    Its campaign and partner stay: its template was resolved and pinned for them, its tasks have theirs from
    it, and what was handed over is the partner's to see.

    Raises:
        NotFoundError: no such bundle, or not the actor's to see.
        ForbiddenError: somebody else's bundle.
        ConflictError: the bundle is closed.
        StaleWriteError: ``revision`` is given and the bundle has moved on.
    """
    bundle = get_changeable(tx, bundle_id, BundleChange.UPDATE, revision)
    require_active(bundle, "change its title")
    if title != bundle.title:
        before, bundle.title = bundle.title, title
        tx.save(bundle)
        tx.record(Action.BUNDLE_UPDATED, bundle, f"{before} is called {title} now")
    return bundle


def set_stage(tx: Transaction, bundle_id: str, stage: str, *, revision: int | None = None) -> Bundle:
    """Move the bundle to a stage by hand; any word, in any order (definitions.md section 3).

    Raises:
        NotFoundError: no such bundle, or not the actor's to see.
        ForbiddenError: somebody else's bundle.
        BadRequestError: the stage is not written as a name.
        ConflictError: the bundle is closed.
    """
    bundle = get_changeable(tx, bundle_id, BundleChange.SET_STAGE, revision)
    require_active(bundle, "move it to another stage")
    if not re.fullmatch(NAME_PATTERN, stage) or len(stage) > LONGEST_STAGE:
        message = (
            f"{stage!r} is not a stage; write small letters, digits and underscores, for example after_event"
        )
        raise bad_field("stage", message, f"The stage cannot be set: {message}.")
    move_to_stage(tx, bundle, stage)
    return bundle


def complete(tx: Transaction, bundle_id: str, *, revision: int | None = None) -> Bundle:
    """Close the bundle once its tasks are terminal and required links filled or waived (BND-07, BND-08).

    Raises:
        NotFoundError: no such bundle, or not the actor's to see.
        ForbiddenError: somebody else's bundle.
        InvalidTransitionError: it is closed already.
        CompletionRefusedError: one violation per open task (`OPEN_TASK`) and empty link (`MISSING_LINK`).
    """
    bundle = get_changeable(tx, bundle_id, BundleChange.COMPLETE, revision)
    _require_move(bundle, BundleStatus.COMPLETED)
    tasks = tx.find(Task, bundle_id=bundle_id, is_open=1)
    if found := violations(tasks, links.links_of(tx, bundle_id)):
        raise CompletionRefusedError(f"The bundle “{bundle.title}”", found)
    bundle.status, bundle.completed_at = BundleStatus.COMPLETED, tx.now
    bundle.completed_by = tx.actor.user_id or None
    tx.save(bundle)
    tx.record(Action.BUNDLE_COMPLETED, bundle, f"{bundle.title} was completed")
    return bundle


def violations(tasks: Iterable[Task], bundle_links: Iterable[BundleLink]) -> list[Violation]:
    """List what keeps a bundle open: its tasks in their order, failed ones too, then its links."""
    return [
        *(_open_task(task) for task in sorted(tasks, key=in_order) if not task.is_terminal),
        *(_empty_link(link) for link in bundle_links if link.is_missing),
    ]


def cancel(
    tx: Transaction, bundle_id: str, reason: str | None = None, *, revision: int | None = None
) -> Bundle:
    """Call the run off, and its open tasks with it, in the same transaction (definitions.md section 4).

    Raises:
        NotFoundError: no such bundle, or not the actor's to see.
        ForbiddenError: somebody else's bundle.
        InvalidTransitionError: it is closed already.
        BadRequestError: the reason is too long.
    """
    bundle = get_changeable(tx, bundle_id, BundleChange.CANCEL, revision)
    _require_move(bundle, BundleStatus.CANCELLED)
    why = (reason or "").strip() or None
    if why is not None and len(why) > LONGEST_REASON:
        raise BadRequestError(f"The reason has {len(why)} characters; {LONGEST_REASON} are allowed.")
    bundle.status, bundle.cancel_reason = BundleStatus.CANCELLED, why
    tx.save(bundle)
    open_tasks = tx.find(Task, bundle_id=bundle.bundle_id, is_open=1)
    summary = f"{bundle.title} was cancelled with {len(open_tasks)} open tasks"
    tx.record(Action.BUNDLE_CANCELLED, bundle, summary, reason=why)
    with_bundle = f"with the bundle “{bundle.title}”{f': {why}' if why else ''}"
    for task in sorted(open_tasks, key=in_order):
        moves.move(tx, task, TaskStatus.CANCELLED, MoveRequest(reason=with_bundle))
    lost_blockers.tell_others(tx, open_tasks)
    return bundle


def reanchor(
    tx: Transaction,
    bundle_id: str,
    day: date | str,
    dry_run: bool = False,
    *,
    parameters: Mapping[str, Any] | None = None,
    calendars: Mapping[str, Calendar] | None = None,
    revision: int | None = None,
) -> Moves:
    """Move the anchor date and days among the parameters, and open tasks with them (BND-09, R3).

    Returns what moves, what stays and why. With ``dry_run`` nothing is written. Dates that somebody changed
    by hand are computed anew as well, where what they count from is the anchor date or a moved parameter.
    What automated tasks send follows the parameters, too, but for settings that somebody changed.
    ``calendars`` are those that there are now: of the days off in people's own it is told, too.

    Raises:
        NotFoundError: no such bundle, or not the actor's to see.
        ForbiddenError: somebody else's bundle.
        BadRequestError: a day is no day of the calendar, or no due date counts from a parameter.
        ConflictError: the bundle is closed.
    """
    bundle = get_changeable(tx, bundle_id, BundleChange.REANCHOR, revision)
    require_active(bundle, "move its anchor date")
    anchor = read_day(day, "anchor_date")
    of_bundle: tuple[type[Record], Mapping[str, Any]] = (Task, {"bundle_id": bundle.bundle_id})
    found = tx.find_together(of_bundle, *pins.to_read(tx, bundle.template_id, bundle.template_hash))
    tasks = sorted(found[0], key=in_order)
    moves = dates.moves_of(tx, bundle, anchor, parameters or {}, tasks, calendars=calendars or {})
    if dry_run or moves.is_nothing:
        return moves
    bundle.anchor_date, bundle.parameters = anchor, moves.parameters
    tx.save(bundle)
    tx.record(
        Action.BUNDLE_REANCHORED,
        bundle,
        f"{bundle.title}: {_moved_words(moves)}; {moves.moved_words} moved with it",
        after={
            "anchor_date": anchor.isoformat(),
            "parameters": {parameter.name: parameter.after for parameter in moves.moved_parameters},
            "due_dates": [change.as_json() for change in moves.changes],
        },
    )
    dates.apply(tx, moves.changes)
    refilled.apply(tx, moves.refills)
    return moves


def _moved_words(moves: Moves) -> str:
    anchor = f"the anchor date moved from {moves.before} to {moves.anchor}"
    words = [anchor] if moves.anchor != moves.before or not moves.moved_parameters else []
    return ", ".join([*words, *(parameter.words for parameter in moves.moved_parameters)])


def require_active(bundle: Bundle, doing: str) -> None:
    """Refuse what a closed bundle does not allow; ``doing`` completes "nobody can ... any more".

    Raises:
        ConflictError: it is closed.
    """
    if not bundle.is_active:
        raise ConflictError(
            f"The bundle “{bundle.title}” is {bundle.status}: nobody can {doing} any more. Start a new one."
        )


def _require_move(bundle: Bundle, target: BundleStatus) -> None:
    if not bundle.is_active:
        raise InvalidTransitionError(f"The bundle “{bundle.title}”", bundle.status, target, ())


def _open_task(task: Task) -> Violation:
    return Violation(
        code="OPEN_TASK",
        message=f"Task {task.name} is {task.status.said}: complete, skip or cancel it.",
        area="tasks",
        subject=task.task_id,
        extra={"task_number": task.task_number, "status": str(task.status)},
    )


def _empty_link(link: BundleLink) -> Violation:
    return Violation(
        code="MISSING_LINK",
        message=f"The link “{link.name}” is empty: fill it.",
        area="links",
        subject=link.name,
    )
