"""Watching and muting a task or a bundle: a wish of one user, which changes nothing about the work.

Nobody watches anything unasked. Whoever has a task, made it, is called or judges hears of that anyway, by the
cause; to subscribe everybody who ever said something would fill inboxes with what they need not know.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.access import Permission, require
from engine.audit import topics
from engine.audit.models import Action
from engine.bundles.models import Bundle
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.watching.models import Watch, WatchMode

_SAID = {
    WatchMode.WATCHING: "watches",
    WatchMode.MUTED: "has muted",
    WatchMode.NORMAL: "neither watches nor mutes",
}


def mode_of(tx: Transaction, thing: Task | Bundle) -> WatchMode:
    """Return how much the actor hears of a task or bundle."""
    kept = _kept(tx, thing)
    return kept.mode if kept is not None else WatchMode.NORMAL


def search(tx: Transaction, thing: Task | Bundle) -> tuple[type[Watch], dict[str, str]]:
    """Return what ``mode_of`` looks for, to read it along with other records."""
    place = "watched_task_id" if isinstance(thing, Task) else "watched_bundle_id"
    return Watch, {"user_id": tx.actor.user_id, place: thing.record_id}


def set_mode(tx: Transaction, thing: Task | Bundle, mode: WatchMode) -> WatchMode:
    """Say how much the actor hears of a task or bundle that they see, from now on.

    Raises:
        ForbiddenError: the actor is no user of the team.
    """
    _set(tx, thing, _kept(tx, thing), mode)
    return mode


def set_mode_of_all(tx: Transaction, tasks: Sequence[Task], mode: WatchMode) -> set[str]:
    """Say the same of many tasks that the actor sees; return the ids of those of which it was not so already.

    Raises:
        ForbiddenError: the actor is no user of the team.
    """
    ids = [task.task_id for task in tasks]
    [found] = tx.find_together((Watch, {"user_id": tx.actor.user_id, "watched_task_id": ids}))
    kept = {watch.watched_task_id: watch for watch in found}
    return {task.task_id for task in tasks if _set(tx, task, kept.get(task.task_id), mode)}


def _set(tx: Transaction, thing: Task | Bundle, kept: Watch | None, mode: WatchMode) -> bool:
    """Set a mode, where ``kept`` is what was said before; return whether that was another."""
    require(tx.actor, Permission.SEE_OWN_WORK, "watch or mute work")
    if (kept.mode if kept is not None else WatchMode.NORMAL) is mode:
        return False
    if kept is None:
        kind, place = search(tx, thing)
        moments = {"since": tx.now, "created_at": tx.now, "updated_at": tx.now}
        given = {"watch_id": tx.new_id(kind), "workspace_id": tx.workspace_id, "mode": mode}
        kept = tx.add(kind.model_validate({**given, **place, **moments}))
    else:
        kept.mode, kept.since = mode, tx.now
        tx.save(kept)
    name = thing.name if isinstance(thing, Task) else f"“{thing.title}”"
    summary = f"{tx.actor.name} {_SAID[mode]} {name}"
    tx.record(Action.WATCH_CHANGED, kept, summary, after={"mode": mode}, concerning=concerned(kept))
    return True


def concerned(watch: Watch) -> tuple[str, str]:
    """Name the views that what somebody wishes to hear concerns: the page of the thing, their own inbox."""
    task_id, bundle_id = watch.watched_task_id, watch.watched_bundle_id
    of_page = topics.task(task_id) if task_id is not None else topics.bundle(str(bundle_id))
    return of_page, topics.inbox_of(watch.user_id)


def watchers(tx: Transaction, task: Task) -> list[str]:
    """Return the ids of the users who watch a task or its bundle, in one statement."""
    return _users_with(tx, task, WatchMode.WATCHING)


def muted(tx: Transaction, task: Task) -> list[str]:
    """Return the ids of the users who have muted a task or its bundle, in one statement."""
    return _users_with(tx, task, WatchMode.MUTED)


def _users_with(tx: Transaction, task: Task, mode: WatchMode) -> list[str]:
    places = {"watched_task_id": task.task_id, "watched_bundle_id": task.bundle_id}
    searches = [(Watch, {place: value, "mode": mode}) for place, value in places.items() if value]
    found = [watch.user_id for watches in tx.find_together(*searches) for watch in watches]
    return list(dict.fromkeys(found))


def _kept(tx: Transaction, thing: Task | Bundle) -> Watch | None:
    [found] = tx.find_together(search(tx, thing))
    return next(iter(found), None)
