"""The commands by which somebody says how much they want to hear of a task or a bundle."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from engine.access import Permission
from engine.bundles.inputs import OnBundle
from engine.bundles.models import Bundle
from engine.command import AnyCommand, command
from engine.tasks import lookup
from engine.tasks.inputs import OnTask
from engine.transaction import Transaction
from engine.watching import bulk, service
from engine.watching.models import WatchMode

#: Verb -> what it makes of it, its line of help, and what is said afterwards; {} is what it is done to.
_VERBS: dict[str, tuple[WatchMode, str, str]] = {
    "watch": (
        WatchMode.WATCHING,
        "Be told in your inbox what others change about a {}.",
        "You watch it: what others change comes to your inbox.",
    ),
    "mute": (
        WatchMode.MUTED,
        "Hear nothing of a {} but what is addressed to you.",
        "Muted: only what is addressed to you comes to your inbox.",
    ),
    "unwatch": (
        WatchMode.NORMAL,
        "Neither watch nor mute a {} any more.",
        "You hear of it again as your part in it brings it.",
    ),
}


def _of_task(mode: WatchMode, tx: Transaction, request: OnTask) -> WatchMode:
    return service.set_mode(tx, lookup.find(tx, request.task_id, revision=request.revision), mode)


def _of_bundle(mode: WatchMode, tx: Transaction, request: OnBundle) -> WatchMode:
    return service.set_mode(tx, tx.get(Bundle, request.bundle_id, revision=request.revision), mode)


def _made(noun: str, asked: type[OnTask | OnBundle], run: Callable[..., WatchMode]) -> list[AnyCommand]:
    return [
        command(
            f"{noun} {verb}",
            help_.format(noun),
            input=asked,
            permission=Permission.WORK_OWN,
            run=partial(run, mode),
            message=said,
        )
        for verb, (mode, help_, said) in _VERBS.items()
    ]


COMMANDS: tuple[AnyCommand, ...] = (
    *_made("task", OnTask, _of_task),
    *_made("bundle", OnBundle, _of_bundle),
    command(
        "task bulk-watch",
        "Watch or mute up to 100 tasks at once, or neither any more.",
        input=bulk.BulkWatch,
        permission=Permission.WORK_OWN,
        run=bulk.watch,
        message=lambda done: done.message,
    ),
)
