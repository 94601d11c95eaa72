"""The commands of messages: what somebody is told, a message to try it out, and holding all back."""

from __future__ import annotations

from typing import Any

from engine.access import Actor, Permission
from engine.accounts.models import User
from engine.command import AnyCommand, Command, Services, command
from engine.errors import BadRequestError, ConflictError, bad_field
from engine.jobs.context import NothingDoneError
from engine.notifications import choices
from engine.notifications.models import MessageSettings, Notification, NotificationKind, Way
from engine.outbox import composing, inputs, pausing, sending, smtp
from engine.transaction import Transaction

_AS_THEY_ARE = ("kinds", "is_daily", "daily_hour")


def _choose(tx: Transaction, request: inputs.ChooseMessages) -> MessageSettings:
    user = tx.get(User, tx.actor.user_id)
    given = request.model_dump(exclude_none=True)
    wanted: dict[str, Any] = {name: getattr(request, name) for name in _AS_THEY_ARE if name in given}
    not_offered = {*wanted.get("kinds", ())} - {*choices.offered_to(user)}
    if not_offered:
        raise bad_field("kinds", f"you are not told of {', '.join(sorted(not_offered))} at all")
    if request.quiet is not None:
        wanted["quiet_from"], wanted["quiet_until"] = inputs.hours_of(request.quiet)
    if request.chat and not choices.has_chat(tx, user):
        raise bad_field(
            "chat",
            "no chat address is kept for you. An admin sets one on the server: workbench secrets set "
            f"{choices.chat_secret(user)}",
        )
    asked = {Way.MAIL: request.mail, Way.CHAT: request.chat}
    if any(way is not None for way in asked.values()):
        before = choices.of(tx, [user])[user.user_id].ways
        wanted["ways"] = [way for way, on in asked.items() if (way in before if on is None else on)]
    return choices.change(tx, user, wanted)


def _send_one(services: Services, actor: Actor, _request: inputs.Nothing) -> str:
    """Send the actor a message at once, and return what the mail server said.

    Raises:
        BadRequestError: no mail server is set.
        ConflictError: it was not sent; says why.
    """
    if not services.settings.smtp_host:
        raise BadRequestError(
            "No mail server is set: set `smtp_host` and the settings beside it, and restart."
        )
    with services.reading(actor) as tx:
        user = tx.get(User, actor.user_id)
        letter, server = sending.letter_to(tx, user), sending.server_of(services, tx)
        trial = Notification(
            notification_id=tx.new_id(Notification),
            workspace_id=tx.workspace_id,
            user_id=user.user_id,
            kind=NotificationKind.REMINDER,
            key="trial",
            title=f"{letter.workspace} can send you e-mails",
            lines=["You asked for this message. There is nothing to do."],
            due_at=tx.now,
            created_at=tx.now,
            updated_at=tx.now,
        )
    try:
        return smtp.send(server, composing.compose(letter, [trial]), lambda: None)
    except (NothingDoneError, smtp.RefusedError) as error:
        raise ConflictError(f"It was not sent. {error}") from error


def _try(tx: Transaction, _request: inputs.Nothing, said: str) -> str:
    return f"Sent to {tx.get(User, tx.actor.user_id).email}. The mail server said: {said}"


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "message settings",
        "Choose what you are told outside of the inbox, by which ways, and when.",
        input=inputs.ChooseMessages,
        permission=Permission.BELONG,
        run=_choose,
        message="Saved.",
    ),
    Command(
        name="message try",
        help="Send a test e-mail, to see whether messages go out.",
        input=inputs.Nothing,
        permission=Permission.ADMINISTER,
        prepare=_send_one,
        run=_try,
        message=lambda said: said,
    ),
    command(
        "message pause",
        "Hold back all e-mails and chat messages; what is told meanwhile waits.",
        input=inputs.Nothing,
        permission=Permission.ADMINISTER,
        run=lambda tx, _: pausing.pause(tx, is_paused=True),
        message="All messages are held back.",
    ),
    command(
        "message resume",
        "Let e-mails and chat messages go out again, with those that waited.",
        input=inputs.Nothing,
        permission=Permission.ADMINISTER,
        run=lambda tx, _: pausing.pause(tx, is_paused=False),
        message="Messages go out again.",
    ),
)
