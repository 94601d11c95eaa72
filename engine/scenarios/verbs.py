"""The verbs of scenarios: the commands of the product that are about one thing which a scenario can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property

from engine import commands
from engine.access import Permission
from engine.asked import Asked, fields_of
from engine.command import AnyCommand

#: Does all that a task owes, and completes it or asks for its approval: several commands in a row.
FINISH = "finish"
#: What is taken back by `act undo`: the last that whoever undoes has done.
LAST = "last"


class Subject(StrEnum):
    """What a verb is done to; the value is the field of the input that names it."""

    TASK = "task_id"  #: the ref of a task
    DELIVERABLE = "deliverable_id"  #: the ref of a task and of what it hands over: its newest version
    APPROVAL = "task_approval_id"  #: the same: the decision on it that is waited for
    BUNDLE = "bundle_id"  #: the bundle of the scenario
    EMPLOYEE = "employee_id"  #: an actor
    CAMPAIGN = "campaign_id"  #: the campaign of the scenario
    ACT = "act_id"  #: the last that somebody has done


#: In which order a command's subject is looked for: a decision belongs to a task as well.
_ORDER = (
    Subject.APPROVAL,
    Subject.DELIVERABLE,
    Subject.ACT,
    Subject.TASK,
    Subject.BUNDLE,
    Subject.EMPLOYEE,
    Subject.CAMPAIGN,
)
#: What names a part of a task, written behind its ref and a dot: `proof: draft.Invoice as PDF`.
_PARTS = ("ref", "label", "name", "artifact_id")
#: What a scenario does not say: what a page has shown, and what only asks or repeats.
_UNSAID = frozenset(
    {"revision", "seen", "dry_run", "idempotency_key", "artifact_id", "task_id", "deliverable_id"}
)
#: Commands by which somebody looks after their own view, those that need another store's ids, and what needs
#: another revision than the one that is played, or makes one: they would read the repository of where it is
#: run.
_LEFT_OUT = frozenset(
    {
        "feed make",
        "queue advance",
        "task edit-note",
        "campaign detach",
        "employee not-away",
        "bundle migrate",
        "proposal from-bundle",
        "proposal from-task",
    }
)
#: Their values are refs of tasks.
TASK_FIELDS = frozenset({"depends_on", "other_id"})


@dataclass(frozen=True)
class Verb:
    """One command as a scenario has it."""

    name: str
    command: AnyCommand
    subject: Subject

    @property
    def is_of_a_task(self) -> bool:
        """Whether what it is done to begins with the ref of a task."""
        return self.subject in (Subject.TASK, Subject.DELIVERABLE, Subject.APPROVAL)

    @cached_property
    def part(self) -> str | None:
        """The field that is named along with the subject.

        Of a task behind its ref and a dot, of the bundle by the value alone; None where there is none.
        """
        if self.subject is Subject.TASK:
            return next((name for name in _PARTS if name in self._required), None)
        if self.subject is Subject.BUNDLE:
            return next((name for name in self.fields if name in self._required), None)
        return None

    @property
    def takes_part(self) -> bool:
        """Whether a task's ref may have a part behind it."""
        return self.part is not None or self.subject in (Subject.DELIVERABLE, Subject.APPROVAL)

    @cached_property
    def fields(self) -> Mapping[str, Asked]:
        """What else the command asks for."""
        hidden = _UNSAID | {self.subject.value}
        return {name: asked for name, asked in self._asked.items() if name not in hidden}

    @cached_property
    def required(self) -> frozenset[str]:
        """What of that must be said, but for the part."""
        return frozenset(self._required & self.fields.keys() - {self.part})

    @cached_property
    def _asked(self) -> Mapping[str, Asked]:
        return fields_of(self.command.input)

    @cached_property
    def _required(self) -> set[str]:
        return _required(self.command)


@cache
def verbs() -> Mapping[str, Verb]:
    """Return all verbs by their names; a task's are called without the word task."""
    found = {}
    for name, command in sorted(commands.COMMANDS.items()):
        required = _required(command)
        subject = next((one for one in _ORDER if one.value in required), None)
        # A proposal changes the content of the repository, and no scenario plays that.
        is_left_out = name in _LEFT_OUT or command.permission is Permission.PROPOSE
        if subject is not None and not is_left_out:
            found[name.removeprefix("task ")] = Verb(name.removeprefix("task "), command, subject)
    return found


def _required(command: AnyCommand) -> set[str]:
    """Return the fields that must be said; what else there is to know of them takes its time."""
    return {name for name, field in command.input.model_fields.items() if field.is_required()}
