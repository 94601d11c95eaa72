"""What is done regularly with what was handed over: approvals that wait too long are escalated."""

from __future__ import annotations

from engine.access import Actor
from engine.command import Services
from engine.deliverables import approvals
from engine.deliverables.models import Approval
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular

ESCALATE = Regular(
    name="escalate_approvals",
    when="5 * * * *",
    purpose="marks approvals that wait too long",
)


def escalated(found: list[Approval]) -> str:
    """Say how many were."""
    return f"{len(found)} escalated." if found else "Nothing waits too long."


def escalation(services: Services, system: Actor) -> Kind:
    """Give the job that escalates, in one transaction with its own end: a crash leaves both or neither."""

    def escalate(context: Context) -> str:
        with services.transaction(system) as tx:
            said = escalated(approvals.escalate(tx))
            context.finish(said)
        return said

    return Kind(name=ESCALATE.name, handle=escalate)
