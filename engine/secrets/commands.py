"""The commands of secrets: setting and removing one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from engine.access import Actor, Permission
from engine.command import AnyCommand, Command, Services, command
from engine.inputs import Input
from engine.secrets import sealing, service
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
    value: str = Field(min_length=1, max_length=LONGEST_VALUE, json_schema_extra={"verbatim": True})


def _seal(services: Services, _actor: Actor, request: SetSecret) -> str:
    return sealing.seal(services.settings, request.value)


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
