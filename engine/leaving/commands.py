"""The commands about whoever leaves, or hands their work to somebody else."""

from __future__ import annotations

from pydantic import Field

from engine.access import Permission
from engine.command import AnyCommand, command
from engine.leaving import service
from engine.leaving.service import HandedOver
from engine.plurals import plural
from engine.reference.inputs import OnEmployee


class HandOver(OnEmployee):
    """Whose open work goes to whom."""

    #: The key or id of who gets it; left out, nobody does, and whoever has a task's role may claim it.
    to: str | None = Field(default=None, title="Their work goes to")


def _handed_over(done: HandedOver) -> str:
    given = [
        _counted(len(done.tasks), "task"),
        _counted(len(done.bundles), "bundle"),
        _counted(len(done.schedules), "schedule"),
        _counted(len(done.campaigns), "campaign"),
    ]
    whom = done.to.name if done.to else "nobody"
    words = [words for words in given if words]
    said = f"{' and '.join(words)} of {done.employee.name} went to {whom}." if words else ""
    if not (words or done.kept or done.kept_bundles or done.kept_schedules):
        said = f"Nothing of {done.employee.name} was open."
    if done.kept:
        said += f" {_counted(len(done.kept), 'task')} stayed: see why beside each of them."
    if done.kept_bundles:
        said += f" {_counted(len(done.kept_bundles), 'bundle')} kept the owner, who must be a user."
    if done.kept_schedules:
        said += f" {_counted(len(done.kept_schedules), 'schedule')} kept the owner, who must be a user."
    return said.strip()


def _counted(number: int, noun: str) -> str:
    return plural(number, noun) if number else ""


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "employee deactivate",
        "Give somebody no work any more, and hand over what is open of theirs.",
        input=HandOver,
        permission=Permission.ADMINISTER,
        run=lambda tx, request: service.deactivate(tx, request.employee_id, request.to),
        message=lambda done: f"{done.employee.name} is not active any more. {_handed_over(done)}",
    ),
    command(
        "employee hand-over",
        "Hand over all that is open of somebody's, in one step.",
        input=HandOver,
        permission=Permission.WORK_ALL,
        run=lambda tx, request: service.hand_over(tx, request.employee_id, request.to),
        message=_handed_over,
    ),
)
