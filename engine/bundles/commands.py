"""The commands of a bundle: starting it, its links, stage and dates, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.access import Permission
from engine.bundles import add_task, inputs, instantiate, service
from engine.bundles.dates import Moves
from engine.bundles.instantiate import Started
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.request import NewBundle
from engine.bundles.warned import look_at
from engine.command import AnyCommand, Command, command, with_content
from engine.errors import BadRequestError
from engine.tasks import lookup
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

_WORK = Permission.WORK_OWN


@dataclass(frozen=True, kw_only=True)
class Reanchored:
    """A bundle with its new days, what moved with them and what stayed."""

    bundle: Bundle
    moves: Moves
    #: Nothing was changed; this is what would be.
    dry_run: bool

    @property
    def message(self) -> str:
        """What is said about it."""
        moves = self.moves
        if self.dry_run:
            return " ".join([f"{moves.moved_words} would move; nothing is changed.", *moves.defaults])
        day = moves.anchor
        days = [f"{one.label} is {one.after or 'not given'} now" for one in moves.moved_parameters]
        if day != moves.before or not days:
            days = [f"The anchor date is {day:%a} {day.day} {day:%b} {day.year} now", *days]
        them = "it" if len(days) == 1 else "them"
        said = f"{', '.join(days)}; {moves.moved_words} moved with {them}."
        return " ".join([said, *moves.defaults]) + look_at(moves.warnings)


def _start(tx: Transaction, request: NewBundle, content: Content) -> Started:
    return instantiate.start(tx, content, request)


def _fill_task_link(tx: Transaction, request: inputs.FillTaskLink) -> BundleLink:
    """Fill a link of the bundle that a task needs.

    Raises:
        BadRequestError: the task belongs to no bundle.
    """
    task = lookup.find(tx, request.task_id)
    if task.bundle_id is None:
        raise BadRequestError(f"Task {task.name} belongs to no bundle, so there is no link to fill.")
    return service.fill_link(tx, task.bundle_id, request.name, request.url, revision=request.revision)


def _reanchor(tx: Transaction, request: inputs.Reanchor, content: Content) -> Reanchored:
    moves = service.reanchor(
        tx,
        request.bundle_id,
        request.anchor_date,
        dry_run=request.dry_run,
        parameters=request.parameters,
        calendars=content.calendars,
        revision=request.revision,
    )
    return Reanchored(bundle=tx.get(Bundle, request.bundle_id), moves=moves, dry_run=request.dry_run)


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="bundle create",
        help="Start a template: its tasks, dated from the anchor date.",
        input=NewBundle,
        permission=Permission.START_BUNDLE,
        prepare=with_content,
        run=_start,
        message=lambda started: f"“{started.bundle.title}” is started.{look_at(started.warnings)}",
    ),
    command(
        "bundle link",
        "Fill a link of a bundle, or replace what it holds.",
        input=inputs.FillLink,
        permission=_WORK,
        run=lambda tx, request: service.fill_link(
            tx, request.bundle_id, request.name, request.url, revision=request.revision
        ),
        message=lambda link: f"Link “{link.name}” filled.",
    ),
    command(
        "task link",
        "Fill a link of the bundle that this task needs.",
        input=inputs.FillTaskLink,
        permission=_WORK,
        run=_fill_task_link,
        message=lambda link: f"Link “{link.name}” filled.",
    ),
    command(
        "bundle update",
        "Give a bundle another title.",
        input=inputs.UpdateBundle,
        permission=_WORK,
        run=lambda tx, request: service.retitle(
            tx, request.bundle_id, request.title, revision=request.revision
        ),
        message="Changed.",
    ),
    command(
        "bundle stage",
        "Move a bundle to another stage.",
        input=inputs.SetStage,
        permission=_WORK,
        run=lambda tx, request: service.set_stage(
            tx, request.bundle_id, request.stage, revision=request.revision
        ),
        message=lambda bundle: f"The stage is {bundle.stage.replace('_', ' ')} now.",
    ),
    Command(
        name="bundle reanchor",
        help="Move the anchor date and other days that due dates count from, and open tasks with them.",
        input=inputs.Reanchor,
        permission=_WORK,
        prepare=with_content,
        run=_reanchor,
        message=lambda done: done.message,
    ),
    Command(
        name="bundle add-task",
        help="Add a task to a running bundle: from a line, or another of its template.",
        input=inputs.AddTask,
        permission=_WORK,
        prepare=with_content,
        run=lambda tx, request, content: add_task.add(tx, content, request),
        message=lambda added: added.message,
    ),
    command(
        "bundle complete",
        "Complete a bundle whose tasks are all done and whose required links are filled or waived.",
        input=inputs.OnBundle,
        permission=_WORK,
        run=lambda tx, request: service.complete(tx, request.bundle_id, revision=request.revision),
        message=lambda bundle: f"“{bundle.title}” is completed.",
    ),
    command(
        "bundle cancel",
        "Cancel a bundle, and its open tasks with it.",
        input=inputs.Cancel,
        permission=_WORK,
        run=lambda tx, request: service.cancel(
            tx, request.bundle_id, request.reason, revision=request.revision
        ),
        message=lambda bundle: f"“{bundle.title}” is cancelled, and its open tasks with it.",
    ),
)
