"""The job that sends an invitation: one that is accepted, withdrawn or replaced by then is not sent."""

from __future__ import annotations

from engine.accounts import actors
from engine.accounts.models import User, Workspace
from engine.command import Services
from engine.errors import UnauthorizedError, WorkbenchError
from engine.invitations import service as invitations
from engine.jobs.context import Context, NothingDoneError
from engine.jobs.port import Kind
from engine.outbox import composing, pausing, sending, smtp
from engine.secrets import sealing
from engine.transaction import Transaction


def invitation(services: Services) -> Kind:
    """Give the job that sends an invitation by e-mail."""

    def handle(context: Context) -> str:
        with context.kept():
            return _send(services, context)

    return Kind(name=invitations.JOB, handle=handle, is_held=lambda: pausing.is_paused(services))


def _send(services: Services, context: Context) -> str:
    system = actors.system(services.workspace.workspace_id)
    try:
        token = sealing.unseal(services.settings, invitations.JOB, context.args["sealed"])
    except WorkbenchError as error:
        raise NothingDoneError(error.message) from error
    with services.reading(system) as tx:
        try:
            user = invitations.whose(tx, token)
        except UnauthorizedError:
            return "The invitation was accepted, withdrawn or sent again since, or is too old."
        message = composing.compose_invitation(_letter(tx, user), f"{tx.settings.site}/invitation/{token}")
        server = sending.server_of(services, tx)
    try:
        said = smtp.send(server, message, lambda: context.effect(f"invitation to {user.email}"))
    except smtp.RefusedError as error:
        with services.transaction(system):
            context.give_up(str(error))
        return str(error)
    with services.transaction(system):
        context.finish(f"To {user.email}: {said}")
    return said


def _letter(tx: Transaction, user: User) -> composing.Letter:
    return composing.Letter(
        site=tx.settings.site,
        workspace=tx.get(Workspace, tx.workspace_id).name,
        sender=tx.settings.smtp_from,
        name=user.name,
        address=user.email,
        stop_token="",  # it comes once, and stops by itself
        moment=tx.wall_clock,
    )
