"""A message to somebody's chat, through Apprise: whether it was taken is what Apprise says."""

from __future__ import annotations

from collections.abc import Sequence

from engine.accounts import actors
from engine.accounts.models import User
from engine.command import Services
from engine.errors import WorkbenchError
from engine.jobs.context import Context, NothingDoneError
from engine.jobs.port import Kind
from engine.notifications import choices
from engine.notifications.models import Notification, Way
from engine.notifications.service import JOBS
from engine.outbox import composing, pausing, sending
from engine.secrets import service as secrets
from engine.secrets.chats import NoAddressError, place_of
from engine.transaction import Transaction


def chat(services: Services) -> Kind:
    """Give the job that tells somebody something in their chat."""

    def handle(context: Context) -> str:
        with context.kept():
            return _send(services, context)

    return Kind(name=JOBS[Way.CHAT], handle=handle, is_held=lambda: pausing.is_paused(services))


def _send(services: Services, context: Context) -> str:
    system = actors.system(services.workspace.workspace_id)
    with services.reading(system) as tx:
        told = sending.still_to_tell(services, tx, sending.meant(tx, context), Way.CHAT)
        if not told:
            return "Nothing of it is still to be told."
        user = tx.get(User, told[0].user_id)
        address, name = _address(services, tx, user), choices.chat_secret(user)
        title, body = _words(told, tx.settings.site)
    if address is None:
        return f"Nobody keeps a chat address for {user.name}."
    try:
        place = place_of(address)
    except NoAddressError:
        why = f"The secret “{name}” is no address of a chat. Set it again: workbench secrets set {name}"
        with services.transaction(system):
            context.give_up(why)
        return why
    context.effect(f"chat message to {user.name}")
    if not place.notify(title=title, body=body, body_format="text"):
        raise NothingDoneError(f"The chat of {user.name} did not take it.")
    with services.transaction(system) as tx:
        sending.mark_sent(tx, user, told, Way.CHAT)
        context.finish(f"To the chat of {user.name}.")
    return "Sent."


def _address(services: Services, tx: Transaction, user: User) -> str | None:
    try:
        return secrets.open_secret(services, tx, choices.chat_secret(user))
    except WorkbenchError as error:
        raise NothingDoneError(error.message) from error


def _words(told: Sequence[Notification], site: str) -> tuple[str, str]:
    """Give the title and the text of a message: the words of the e-mail, without how to stop it."""
    parts = ["\n".join([one.title, *one.lines, composing.link(site, one)]) for one in told]
    return composing.subject(told), "\n\n".join(parts)
