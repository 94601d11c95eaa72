"""The commands about reference data: loading it, and saying who is in training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from engine.access import Permission
from engine.command import AnyCommand, Command, command, with_content
from engine.inputs import Input
from engine.reference import service, training
from engine.reference.models import Employee
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


class Load(Input):
    """A whole file of reference data."""

    #: Employees, partners and campaigns, as the file has them.
    document: dict[str, Any]


class Training(Input):
    """Whether somebody is in training."""

    #: Their id.
    employee_id: str = Field(title="Employee", min_length=1)
    #: Whether everything that they hand over needs an approval.
    training: bool
    #: Why; it is kept with the change.
    reason: Annotated[str | None, Field(max_length=1000)] = None


def _load(tx: Transaction, request: Load, content: Content) -> service.LoadReport:
    return service.load(tx, request.document, {kind.category for kind in content.task_types.values()})


def _loaded(report: service.LoadReport) -> str:
    count = report.dropped
    what = "1 internal attachment was" if count == 1 else f"{count} internal attachments were"
    return f"The reference data is loaded; {what} dropped." if count else "The reference data is loaded."


def _trained(employee: Employee) -> str:
    in_training = "is in training: everything they hand over needs an approval"
    return f"{employee.name} {in_training if employee.training else 'is not in training'}."


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="reference load",
        help="Make the reference data match a file; may be repeated.",
        input=Load,
        permission=Permission.LOAD_REFERENCE,
        run=_load,
        prepare=with_content,
        message=_loaded,
    ),
    command(
        "employee training",
        "Say whether somebody is in training.",
        input=Training,
        permission=Permission.DECIDE,
        run=lambda tx, request: training.set_training(
            tx, request.employee_id, request.training, request.reason
        ),
        message=_trained,
    ),
)
