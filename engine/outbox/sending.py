"""The jobs that send what people are told by e-mail: what is over by then is left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.access import Permission, may
from engine.accounts import actors
from engine.accounts.models import User, Workspace
from engine.audit.models import Action
from engine.command import Services
from engine.errors import WorkbenchError
from engine.inbox import seen
from engine.inbox import service as inbox
from engine.jobs.context import Context, NothingDoneError
from engine.jobs.port import Kind
from engine.notifications import choices
from engine.notifications.models import Notification, Way
from engine.notifications.service import JOBS
from engine.outbox import composing, pausing, smtp
from engine.secrets import service as secrets
from engine.secrets.names import SMTP_PASSWORD
from engine.transaction import Transaction

#: As many items of each section are looked at, to see what is still there.
MOST_ITEMS = 200


def mail(services: Services) -> Kind:
    """Give the job that sends an e-mail of what somebody is told."""

    def handle(context: Context) -> str:
        with context.kept():
            return _send(services, context)

    return Kind(name=JOBS[Way.MAIL], handle=handle, is_held=lambda: pausing.is_paused(services))


def _send(services: Services, context: Context) -> str:
    with services.reading(actors.system(services.workspace.workspace_id)) as tx:
        told = still_to_tell(services, tx, meant(tx, context), Way.MAIL)
        if not told:
            return "Nothing of it is still to be told."
        user = tx.get(User, told[0].user_id)
        message = composing.compose(letter_to(tx, user), told, _thread(told))
        server = server_of(services, tx)
    try:
        said = smtp.send(server, message, lambda: context.effect(f"mail to {user.email}"))
    except smtp.RefusedError as error:
        with services.transaction(actors.system(user.workspace_id)) as tx:
            if isinstance(error, smtp.UnknownAddressError):
                choices.refused(tx, tx.get(User, user.user_id), str(error))
            context.give_up(str(error))
        return str(error)
    with services.transaction(actors.system(user.workspace_id)) as tx:
        mark_sent(tx, user, told, Way.MAIL)
        context.finish(f"To {user.email}: {said}")
    return said


def letter_to(tx: Transaction, user: User) -> composing.Letter:
    """Say to whom an e-mail goes, and where it leads."""
    chosen = choices.of(tx, [user])[user.user_id]
    return composing.Letter(
        site=tx.settings.site,
        workspace=tx.get(Workspace, tx.workspace_id).name,
        sender=tx.settings.smtp_from,
        name=user.name,
        address=user.email,
        stop_token=choices.stopping(chosen),
        moment=tx.wall_clock,
    )


def server_of(services: Services, tx: Transaction) -> smtp.Server:
    """Give the mail server of the settings, with its password.

    Raises:
        NothingDoneError: the password cannot be opened, or no mail server is set; says what to do.
    """
    if not services.settings.smtp_host:
        raise NothingDoneError("No mail server is set: set `smtp_host`.")
    try:
        password = secrets.open_secret(services, tx, SMTP_PASSWORD) if services.settings.smtp_user else None
    except WorkbenchError as error:
        raise NothingDoneError(error.message) from error
    return smtp.Server.of(services.settings, password)


def still_to_tell(
    services: Services, tx: Transaction, found: Sequence[Notification], way: Way
) -> list[Notification]:
    """Leave out what its reader has seen or done since, or no longer wants by this way.

    Whoever may not sign in any more is told nothing.
    """
    user = tx.find_by_key(User, found[0].user_id) if found else None
    if user is None or not user.is_active:
        return []
    actor = actors.actor_of(tx, user)
    with services.reading(actor) as own:
        there = {item.name for item in inbox.load(own, shown=MOST_ITEMS).items}
        keys = {name.partition("@")[0] for name in there}
    has_news = may(actor, Permission.SEE_OWN_WORK)
    chosen = choices.of(tx, [user])[user.user_id]

    def is_wanted(one: Notification) -> bool:
        return way in one.ways and way in choices.ways_to(services.settings, user, chosen, one.kind)

    def is_there(one: Notification) -> bool:
        if one.is_listed:
            return one.notification_id in keys or not has_news
        return one.key in there or not seen.is_name(one.key)

    return [one for one in found if is_wanted(one) and is_there(one)]


def mark_sent(tx: Transaction, user: User, told: Sequence[Notification], way: Way) -> None:
    """Note that notifications went out."""
    for one in told:
        notification = tx.get(Notification, one.notification_id)
        notification.sent_at = notification.sent_at or tx.now
        tx.save(notification)
        summary = f"{user.name} was told by {way}: {notification.title}"
        tx.record(Action.NOTIFICATION_SENT, notification, summary, after={"way": way.value})


def meant(tx: Transaction, context: Context) -> list[Notification]:
    """Find what a job is to send: some notifications, or all of somebody's that are due at a moment."""
    ids: list[str] | None = context.args.get("notification_ids")
    if ids is not None:
        tx.read_ahead({Notification: ids})
        return [one for one_id in ids if (one := tx.find_by_key(Notification, one_id)) is not None]
    due_at = datetime.fromisoformat(context.args["due_at"])
    found = tx.find(Notification, user_id=context.args["user_id"], due_at=due_at)
    return sorted(found, key=lambda one: one.notification_id)


def _thread(told: Sequence[Notification]) -> str | None:
    """Name what e-mails stand together by: their bundle, where all of one are of the same."""
    bundles = {one.about_bundle_id for one in told}
    return bundles.pop() if len(bundles) == 1 else None
