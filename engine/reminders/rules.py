"""Which rules hold for a task: its own, its template's and its type's as pinned, and the workspace's now.

What a bundle pinned never changes; what the whole workspace is reminded of, and when nobody is, is as the
content says now.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.bundles import pins
from engine.bundles.models import Bundle, PinnedTemplate
from engine.catalog.calendars import Calendar
from engine.catalog.reminder_rules import SHIPPED, ReminderRules, WorkspaceReminders, narrowed
from engine.reminders.glances import AnyTask
from engine.reminders.planner import Memo
from engine.reminders.rhythm import Rhythm
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


@dataclass(frozen=True)
class Governing:
    """The rules and the working time that hold for one thing."""

    rules: ReminderRules
    rhythm: Rhythm
    #: What the planner has worked out by them.
    memo: Memo = field(default_factory=dict, compare=False)


class RuleBook:
    """Gives what holds for tasks and bundles; made for one piece of work, and remembers what it found."""

    def __init__(self, content: Content, zone: str) -> None:
        self._workspace: WorkspaceReminders = content.reminders
        self._calendars: Mapping[str, Calendar] = content.calendars
        self._types = content.task_types
        self._zone = zone
        self._wide = narrowed(SHIPPED, content.reminders.reminders)
        self._found: dict[tuple[str, ...], Governing] = {}
        #: One for all that go by the same rules at the same times: they share what was worked out.
        self._same: dict[tuple[str, Rhythm], Governing] = {}

    @property
    def version(self) -> str:
        """What is another text whenever the workspace's own rules, or its calendar, say something else."""
        calendar = self._calendars.get(self._workspace.calendar or "")
        return (
            f"{self._workspace.model_dump_json()}{calendar.model_dump_json() if calendar else ''}{self._zone}"
        )

    def read_ahead(self, tx: Transaction, tasks: Sequence[AnyTask]) -> None:
        """Read what ``of_task`` will ask for, in two statements however many tasks there are."""
        first = {key: task for task in reversed(tasks) if (key := _key(task)) not in self._found}
        tx.read_ahead({Bundle: (task.bundle_id for task in first.values())})
        unknown = {
            (task.template_id, task.template_hash)
            for task in first.values()
            if task.bundle_id and (tx.workspace_id, task.template_id, task.template_hash) not in _known
        }
        if unknown:
            ids, hashes = (sorted({str(key[place]) for key in unknown}) for place in (0, 1))
            tx.find(PinnedTemplate, template_id=ids, closure_hash=hashes)

    def of_task(self, tx: Transaction, task: AnyTask) -> Governing:
        """Return what holds for a task."""
        key = _key(task)
        if key not in self._found:
            bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
            self._found[key] = self._read(task, pinned_of(tx, bundle) if bundle is not None else None)
        return self._found[key]

    def of_bundle(self, tx: Transaction, bundle: Bundle) -> Governing:
        """Return what holds for a bundle itself."""
        pinned = pinned_of(tx, bundle)
        return self.governing(pinned.calendar, pinned.template)

    def of_workspace(self) -> Governing:
        """Return what holds where there is neither task nor bundle."""
        return self.governing(None)

    def _read(self, task: AnyTask, pinned: Pinned | None) -> Governing:
        if pinned is None:
            kind = self._types.get(task.task_type)
            return self.governing(None, kind.reminders if kind is not None else None)
        own = pinned.tasks.get(task.template_task_ref or "")
        return self.governing(pinned.calendar, pinned.types.get(task.task_type), pinned.template, own)

    def governing(self, calendar: Calendar | None, *levels: ReminderRules | None) -> Governing:
        """Return what holds by a calendar and by what type, template and task say, the widest first."""
        chosen = calendar or self._calendars.get(self._workspace.calendar or "")
        rules, rhythm = narrowed(self._wide, *levels), Rhythm.of(self._workspace, chosen, self._zone)
        key = (rules.model_dump_json(), rhythm)
        if key not in self._same:
            self._same[key] = Governing(rules, rhythm, _memo_of(key))
        return self._same[key]


#: What was worked out last by the same rules at the same times: it follows from them and from dates alone,
#: and a tick asks what the one before did.
_memos: OrderedDict[tuple[str, Rhythm], Memo] = OrderedDict()
_MOST_MEMOS = 100


def _memo_of(key: tuple[str, Rhythm]) -> Memo:
    found = _memos[key] = _memos.pop(key, {})  # so that it is the last again
    while len(_memos) > _MOST_MEMOS:
        _memos.popitem(last=False)
    return found


def _key(task: AnyTask) -> tuple[str, ...]:
    """Return what tasks have in common for which the same holds."""
    return (task.template_id or "", task.template_hash or "", task.template_task_ref or "", task.task_type)


@dataclass(frozen=True)
class Pinned:
    """What the content that a bundle pinned says of reminders."""

    calendar: Calendar | None
    template: ReminderRules | None
    #: By the refs of tasks, and by the keys of types, as far as these say something.
    tasks: Mapping[str, ReminderRules]
    types: Mapping[str, ReminderRules]


#: What was read last: the hash of a pin never has another content, and reading one takes long.
_known: OrderedDict[tuple[str, str, str], Pinned] = OrderedDict()
_MOST_KNOWN = 500


def pinned_of(tx: Transaction, bundle: Bundle) -> Pinned:
    """Return what the content that a bundle pinned says."""
    key = (tx.workspace_id, bundle.template_id, bundle.template_hash)
    found = _known.get(key)
    if found is None:
        resolved = pins.resolved_of(tx, bundle)
        found = Pinned(
            calendar=resolved.calendar,
            template=resolved.template.reminders,
            tasks={task.ref: task.reminders for task in resolved.template.tasks if task.reminders},
            types={name: kind.reminders for name, kind in resolved.task_types.items() if kind.reminders},
        )
        _known[key] = found
        while len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)
    return found
