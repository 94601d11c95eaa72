"""The commands of secrets: setting and removing one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from engine.access import Actor, Permission
from engine.accounts.service import find_by_email
from engine.command import AnyCommand, Command, Services, command
from engine.errors import bad_field
from engine.inputs import Input
from engine.secrets import chats, names, sealing, service
from engine.secrets.models import Secret
from engine.transaction import Transaction

LONGEST_VALUE = 10_000
SecretName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.:@+-]{0,199}$")]


class OnSecret(Input):
    """Which secret is meant."""

    #: What it is called by whatever needs it, such as smtp_password.
    name: SecretName


class SetSecret(OnSecret):
    """A secret and its value."""

    #: The value itself; it stands nowhere but in what is sealed.
    value: str = Field(
        min_length=1, max_length=LONGEST_VALUE, json_schema_extra={"verbatim": True, "secret": True}
    )


def _seal(services: Services, actor: Actor, request: SetSecret) -> str:
    """Seal a value that something reads, and that can be what it reads.

    Raises:
        BadRequestError: nothing reads a secret of that name, or the value is no address of a chat.
    """
    whose = request.name.removeprefix(names.CHAT)
    if whose != request.name:
        with services.reading(actor) as tx:
            user = find_by_email(tx, whose)
        if user is None or not user.is_active:
            raise bad_field("name", f"nobody signs in as {whose}; use the e-mail with which somebody does")
        try:
            chats.place_of(request.value)
        except chats.NoAddressError:
            raise bad_field(
                "value",
                "it is no address of a chat. Write it as Apprise does, for example "
                "slack://token_a/token_b/token_c or msteams://…",
            ) from None
    elif request.name not in names.OF_NOBODY and not request.name.startswith(names.TASK):
        raise bad_field(
            "name",
            f"nothing reads a secret {request.name}. There are {', '.join(names.OF_NOBODY)}, "
            f"{names.CHAT}EMAIL with the e-mail with which somebody signs in, for their chat, and "
            f"{names.TASK}NAME for what a task type lists under `secrets`",
        )
    return sealing.seal(services, request.value)


def _set(tx: Transaction, request: SetSecret, sealed: str) -> Secret:
    return service.keep(tx, request.name, sealed)


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="secrets set",
        help="Keep a password or an address that the product needs, sealed.",
        input=SetSecret,
        permission=Permission.ADMINISTER,
        prepare=_seal,
        run=_set,
        message=lambda secret: f"The secret “{secret.name}” is set.",
    ),
    command(
        "secrets remove",
        "Forget a secret.",
        input=OnSecret,
        permission=Permission.ADMINISTER,
        run=lambda tx, request: service.remove(tx, request.name),
        message=lambda secret: f"The secret “{secret.name}” is removed.",
    ),
)
