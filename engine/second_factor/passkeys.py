"""Passkeys (WebAuthn, by py_webauthn): what a browser is asked for, and whether what it sends is right.

The person has to be there and to be verified, by a PIN, a finger or a face: a key that was found is not
enough. Who made a passkey is not asked for.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

#: Answers of browsers are some hundred bytes; a longer one is none.
LONGEST_ANSWER = 20_000
_TIMEOUT_MS = 5 * 60_000


class WrongPasskeyError(Exception):
    """What a browser sent is not what it was asked for; it is not said why, as it may be an attack."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The board as browsers know it, to which passkeys are bound."""

    #: The name of its host.
    host: str
    #: The addresses at which pages may ask for a passkey.
    origins: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Passkey:
    """A passkey as it is kept."""

    #: By which it is known.
    credential: str
    public_key: str
    counter: int


def new_challenge() -> str:
    """Return what is to be signed next: 256 bits of chance, in base64url."""
    return secrets.token_urlsafe(32)


def asked_to_make(
    site: Site, challenge: str, *, user_id: str, email: str, name: str, known: Iterable[str]
) -> dict[str, Any]:
    """Return what a browser is asked for to make a passkey, as JSON data; none that is ``known`` already."""
    from webauthn import generate_registration_options  # noqa: PLC0415 - it takes long, and few need it
    from webauthn.helpers.structs import (  # noqa: PLC0415 - as above
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=site.host,
        rp_name="Workbench",
        user_id=user_id.encode(),
        user_name=email,
        user_display_name=name,
        challenge=_bytes(challenge),
        timeout=_TIMEOUT_MS,
        exclude_credentials=_described(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return _as_data(options)


def made(site: Site, challenge: str, answer: str) -> Passkey:
    """Return the passkey that a browser made when it was asked with this challenge.

    Raises:
        WrongPasskeyError: it did not.
    """
    from webauthn import verify_registration_response  # noqa: PLC0415 - as above
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415 - as above

    try:
        found = verify_registration_response(
            credential=_read(answer),
            expected_challenge=_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=list(site.origins),
            require_user_verification=True,
        )
    except Exception as error:  # the library stumbles over hostile bytes in more ways than it names
        raise WrongPasskeyError from error
    return Passkey(
        credential=bytes_to_base64url(found.credential_id),
        public_key=bytes_to_base64url(found.credential_public_key),
        counter=found.sign_count,
    )


def asked_to_sign(site: Site, challenge: str, known: Iterable[str]) -> dict[str, Any]:
    """Return what a browser is asked for to sign with one of the ``known`` passkeys, as JSON data."""
    from webauthn import generate_authentication_options  # noqa: PLC0415 - as above
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415 - as above

    options = generate_authentication_options(
        rp_id=site.host,
        challenge=_bytes(challenge),
        timeout=_TIMEOUT_MS,
        allow_credentials=_described(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _as_data(options)


def signed_with(answer: str) -> str:
    """Return the id of the passkey with which a browser says that it signed; empty for none."""
    return str(_read(answer).get("id", ""))


def signed(site: Site, challenge: str, answer: str, passkey: Passkey) -> int:
    """Return how many signatures a passkey has told of, now that it signed this challenge.

    Raises:
        WrongPasskeyError: it did not, or it tells of no more than before: it was copied, or this is a repeat.
    """
    from webauthn import verify_authentication_response  # noqa: PLC0415 - as above

    try:
        found = verify_authentication_response(
            credential=_read(answer),
            expected_challenge=_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=list(site.origins),
            credential_public_key=_bytes(passkey.public_key),
            credential_current_sign_count=passkey.counter,
            require_user_verification=True,
        )
    except Exception as error:  # the library stumbles over hostile bytes in more ways than it names
        raise WrongPasskeyError from error
    return found.new_sign_count


def _read(answer: str) -> dict[str, Any]:
    try:
        found = json.loads(answer) if len(answer) <= LONGEST_ANSWER else None
    except (ValueError, RecursionError) as error:
        raise WrongPasskeyError from error
    if not isinstance(found, dict):
        raise WrongPasskeyError
    return found


def _described(known: Iterable[str]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor  # noqa: PLC0415 - as above

    return [PublicKeyCredentialDescriptor(id=_bytes(one)) for one in known]


def _as_data(options: Any) -> dict[str, Any]:
    from webauthn import options_to_json  # noqa: PLC0415 - as above

    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


def _bytes(text: str) -> bytes:
    from webauthn import base64url_to_bytes  # noqa: PLC0415 - as above

    return base64url_to_bytes(text)
