"""Whether what somebody gives proves a factor of theirs: read, and opened, outside of a transaction."""

from __future__ import annotations

from collections.abc import Sequence

from engine.access import Actor
from engine.accounts import passwords
from engine.accounts import service as accounts
from engine.accounts.models import SecondFactorKind, User
from engine.command import Services
from engine.errors import ConflictError, UnauthorizedError, UnavailableError, WorkbenchError, bad_field
from engine.second_factor import codes, passkeys, service
from engine.second_factor.models import FactorSetup, RecoveryCode, SecondFactor
from engine.second_factor.passkeys import Passkey, Site
from engine.second_factor.service import Proof
from engine.secrets import sealing
from engine.throttle import Attempt

_WRONG_CODE = (
    "This code is wrong, too old, or was used already. Wait for the next one of your app, or use a recovery "
    "code."
)
_WRONG_PASSKEY = "That passkey was not taken. Try again, with one that you have set up here."


def code_of(services: Services, actor: Actor, user: User, typed: str) -> Proof:
    """Return what a code proves, of an app of the user's or a recovery code; ``actor`` is who reads.

    Raises:
        UnauthorizedError: nothing.
        ConflictError, UnavailableError: nothing that can be opened, and the secret of an app cannot be.
    """
    proof = _find_code(services, actor, user, codes.plain(typed))
    if proof is None:
        raise UnauthorizedError(_WRONG_CODE)
    return proof


def passkey_of(own: Sequence[SecondFactor], site: Site, challenge: str, answer: str) -> Proof:
    """Return what a browser's answer proves, which signed the challenge with a passkey of one's own.

    Raises:
        UnauthorizedError: nothing.
    """
    try:
        credential = passkeys.signed_with(answer)
        factor = next((one for one in own if one.credential == credential), None)
        if factor is None or factor.credential is None or factor.public_key is None:
            raise UnauthorizedError(_WRONG_PASSKEY)
        known = Passkey(credential=factor.credential, public_key=factor.public_key, counter=factor.counter)
        counter = passkeys.signed(site, challenge, answer, known)
    except passkeys.WrongPasskeyError as error:
        raise UnauthorizedError(_WRONG_PASSKEY) from error
    return Proof(kind=SecondFactorKind.PASSKEY, key=factor.second_factor_id, counter=counter)


def oneself(services: Services, actor: Actor, given: str) -> Proof | None:
    """Prove that it is the actor who asks, at a screen that may stand unlocked; None for their password.

    They give a code of an app, a recovery code, or their password where the account takes it. Guesses get
    slower here too.

    Raises:
        BadRequestError: it is none of these.
        UnauthorizedError: too many wrong guesses, one after another.
        ConflictError, UnavailableError: as ``code_of``.
    """
    with services.reading(actor) as tx:
        user = tx.get(User, actor.user_id)
        password_hash = user.password_hash if accounts.takes_password(tx, user) else None
    attempt = Attempt(user.email, device=f"session of {user.user_id}", is_factor=True)
    with services.sign_in_throttle.trying(attempt, services.clock.now()):
        proof = _find_code(services, actor, user, codes.plain(given))
        if proof is None and not passwords.matches(given, password_hash):
            raise bad_field("proof", "no code of yours that counts now, and not your password")
    return proof


def counter_of_setup(services: Services, setup: FactorSetup, typed: str) -> int:
    """Return which half minute the code is of that an app shows which is being set up.

    Raises:
        BadRequestError: it shows another one.
        ConflictError, UnavailableError: its secret cannot be opened.
    """
    secret = _open(services, setup.sealed, setup.name)
    counter = codes.counter_of(secret, codes.plain(typed), services.clock.now(), after=0)
    if counter is None:
        raise bad_field(
            "code",
            "the app shows another code now; if that goes on, look whether the clock of the phone is right",
        )
    return counter


def passkey_of_setup(setup: FactorSetup, site: Site, answer: str) -> Passkey:
    """Return the passkey that a browser made for what is being set up.

    Raises:
        BadRequestError: it made none for it.
    """
    try:
        return passkeys.made(site, setup.challenge or "", answer)
    except passkeys.WrongPasskeyError as error:
        raise bad_field(
            None, "The browser made no passkey that can be taken here. Press the button again."
        ) from error


def secret_of(services: Services, setup: FactorSetup) -> str:
    """Return the secret of an app that is being set up, for the page that shows it.

    Raises:
        ConflictError, UnavailableError: it cannot be opened.
    """
    return _open(services, setup.sealed, setup.name)


def _find_code(services: Services, actor: Actor, user: User, code: str) -> Proof | None:
    with services.reading(actor) as tx:
        own = service.of(tx, user.user_id)
        digest = codes.hash_recovery(user.user_id, code)
        recovery = tx.find_by_key(RecoveryCode, digest) if codes.is_recovery(code) else None
    if recovery is not None and recovery.used_at is None:
        return Proof(kind=SecondFactorKind.RECOVERY_CODE, key=digest)
    if not codes.is_of_app(code):
        return None
    unopened: WorkbenchError | None = None
    for factor in own:
        if factor.kind is not SecondFactorKind.APP:
            continue
        try:
            secret = _open(services, factor.sealed, factor.name)
        except (ConflictError, UnavailableError) as error:
            unopened = error  # another app may be the one
            continue
        counter = codes.counter_of(secret, code, services.clock.now(), after=factor.counter)
        if counter is not None:
            return Proof(kind=SecondFactorKind.APP, key=factor.second_factor_id, counter=counter)
    if unopened is not None:
        raise unopened
    return None


def _open(services: Services, sealed: str | None, name: str) -> str:
    if sealed is None:
        raise ConflictError("What you began to set up is a passkey, and no app. Begin again.")
    try:
        return sealing.unseal(services.settings, name, sealed)
    except ConflictError as error:
        raise ConflictError(
            f"The secret of the app “{name}” was sealed with another key file than that of this board. Use a "
            "passkey or a recovery code; an operator can put the file back, or take the app away: workbench "
            "user reset-factors EMAIL"
        ) from error
