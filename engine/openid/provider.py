"""An OpenID provider: where it sends people, and whom it vouches for once they are back."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.addresses import is_loopback
from engine.config import Settings
from engine.errors import UnauthorizedError, UnavailableError

if TYPE_CHECKING:
    from requests import Response

#: Signatures that only the provider can make. What it shares with us signs nothing: its public keys are no
#: secret, and `none` is no signature.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: What makes them. Keys of kinds that are not known yet do no harm.
_KINDS = ("RSA", "EC", "OKP")
#: How far its clock and ours may differ.
_CLOCKS_DIFFER = timedelta(minutes=2)
#: For so long what it says about itself, and its keys, are believed unasked.
_BELIEVED_FOR = timedelta(hours=1)
#: Whoever makes up keys lets us ask for the real ones no more often than this, nor one that is away.
_ASKED_AGAIN_AFTER = timedelta(seconds=10)
#: To connect, and then between two pieces of an answer.
_SECONDS = (5, 10)
#: In seconds; a provider that answers does so meanwhile.
_WAITED_FOR_OTHERS = 0.5
_BEGIN_AGAIN = "Begin again on the page for signing in."


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A sign-in that has begun in one browser, which keeps this until it is back; it holds once."""

    #: What the provider hands back, so that nobody is made to end what another began.
    state: str
    #: What the signed token must repeat, so that no other token is taken for it.
    nonce: str
    #: What proves that whoever exchanges the code is who asked for it (PKCE).
    verifier: str

    @classmethod
    def fresh(cls) -> Begun:
        """Draw new ones."""
        return cls(state=_drawn(), nonce=_drawn(), verifier=_drawn())


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom a provider vouches for."""

    issuer: str
    #: What the provider calls them; it never gives that to somebody else.
    subject: str
    #: Their address in small letters, if the provider has seen that it is theirs, and if it is ASCII.
    email: str | None
    name: str
    #: The groups that they are in; None where the provider does not say.
    groups: frozenset[str] | None


class Provider:
    """One OpenID provider; what it says about itself is kept for a while. Safe between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._issuer = settings, settings.oidc_issuer
        self._lock = threading.Lock()
        self._facts: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._facts_at: datetime | None = None
        self._keys_at: datetime | None = None
        self._away_at: datetime | None = None

    def address_for(self, begun: Begun, back: str, now: datetime) -> str:
        """Return where to send a browser, which comes back to the address ``back``.

        Raises:
            UnavailableError: the provider does not answer, or not as one.
        """
        facts = self._known(now)
        with _client(self._settings, None, back) as client:
            address, _ = client.create_authorization_url(
                facts["authorization_endpoint"],
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
            )
        return str(address)

    def try_out(self, now: datetime) -> None:
        """Ask what it says about itself, unless that is known.

        Raises:
            UnavailableError: the provider does not answer, or not as one.
        """
        self._known(now)

    def vouches_for(self, secret: str | None, begun: Begun, code: str, back: str, now: datetime) -> Person:
        """Exchange the code that a browser brought back, and return whom the provider vouches for.

        Raises:
            UnauthorizedError: the code is none, or what was signed is not for us, here and now.
            UnavailableError: the provider does not answer, or not as one.
        """
        from authlib.integrations.base_client import OAuthError  # noqa: PLC0415 - few workspaces need it
        from requests import RequestException  # noqa: PLC0415 - as above

        facts, settings = self._known(now), self._settings
        with _client(settings, secret, back, _way_to_prove(facts, secret)) as client:
            try:
                token = client.fetch_token(
                    facts["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=begun.verifier,
                    allow_redirects=False,
                )
            except OAuthError as error:
                if error.error in ("invalid_client", "unauthorized_client"):
                    raise _unavailable(
                        settings, "does not know the board by its `oidc_client_id` and `oidc_client_secret`"
                    ) from error
                raise UnauthorizedError(
                    f"{settings.oidc_name} does not know this sign-in any more. {_BEGIN_AGAIN}"
                ) from error
            except (RequestException, ValueError) as error:
                raise _unavailable(settings, "did not answer") from error
            claims = self._checked(token, begun.nonce, now)
            also = self._also_told(client, facts, claims)
        return _person(settings, claims, also)

    def _checked(self, token: Mapping[str, Any], nonce: str, now: datetime) -> Mapping[str, Any]:
        """Return what a signed token says, once it is the provider's, for this board, sign-in and moment.

        Raises:
            UnauthorizedError: it is not.
            UnavailableError: the provider's keys cannot be had.
        """
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - as above
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above

        settings = self._settings
        wanted = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": settings.oidc_client_id},
        }
        expected = {
            "nonce": nonce,
            "client_id": settings.oidc_client_id,
            "access_token": token.get("access_token"),
        }
        try:
            header, claims = self._opened(str(token.get("id_token", "")), now)
            checked = CodeIDToken(claims, header, wanted, expected)
            checked.validate(now=int(now.timestamp()), leeway=int(_CLOCKS_DIFFER.total_seconds()))
        except (JoseError, ValueError) as error:
            raise UnauthorizedError(
                f"What {settings.oidc_name} sent does not prove who you are ({_why(error)}). {_BEGIN_AGAIN}"
            ) from error
        return dict(checked)

    def _opened(self, id_token: str, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
        """Check the signature; keys are asked for anew if it is by one that is not known."""
        from joserfc import jwt  # noqa: PLC0415 - as above
        from joserfc.errors import InvalidKeyIdError  # noqa: PLC0415 - as above
        from joserfc.jwk import KeySet  # noqa: PLC0415 - as above
        from joserfc.jws import JWSRegistry  # noqa: PLC0415 - as above

        taken = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        try:
            token = jwt.decode(id_token, KeySet.import_key_set(self._known_keys(now)), registry=taken)
        except InvalidKeyIdError:
            newer = KeySet.import_key_set(self._known_keys(now, anew=True))
            token = jwt.decode(id_token, newer, registry=taken)
        return dict(token.header), dict(token.claims)

    def _also_told(self, client: Any, facts: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the provider says of the same person besides, where it has an address for that."""
        from authlib.integrations.base_client import OAuthError  # noqa: PLC0415 - as above
        from requests import RequestException  # noqa: PLC0415 - as above

        if not (address := facts.get("userinfo_endpoint")):
            return {}
        try:
            told = _json(client.get(address, timeout=_SECONDS, allow_redirects=False))
        except (OAuthError, RequestException, ValueError):
            return {}  # what the token says is enough to know who it is
        return told if told.get("sub") == claims["sub"] else {}

    def _known(self, now: datetime) -> Mapping[str, Any]:
        """Return what the provider says about itself (discovery)."""
        with self._asking():
            if self._facts_at is None or not _is_fresh(self._facts_at, now, _BELIEVED_FOR):
                facts = self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration", now)
                if facts.get("issuer") != self._issuer:
                    raise UnavailableError(
                        f"The OpenID provider calls itself {facts.get('issuer')!r}, and `oidc_issuer` is "
                        f"{self._issuer!r}: make them the same, to the last sign."
                    )
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    self._require_safe(str(facts.get(name, "")), name)
                if userinfo := facts.get("userinfo_endpoint"):
                    self._require_safe(str(userinfo), "userinfo_endpoint")
                self._facts, self._facts_at = facts, now
            return self._facts

    def _known_keys(self, now: datetime, *, anew: bool = False) -> Any:
        address = str(self._known(now)["jwks_uri"])
        with self._asking():
            lasts = _ASKED_AGAIN_AFTER if anew else _BELIEVED_FOR
            if self._keys_at is None or not _is_fresh(self._keys_at, now, lasts):
                found = self._fetch(address, now)
                keys = [one for one in found.get("keys", ()) if one.get("kty") in _KINDS]
                self._keys, self._keys_at = {"keys": keys}, now
            return self._keys

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Ask as the only one; while one waits for a slow provider, the others need not wait with them.

        Raises:
            UnavailableError: another one is waiting for its answer.
        """
        if not self._lock.acquire(timeout=_WAITED_FOR_OTHERS):
            raise UnavailableError(_away(self._issuer))
        try:
            yield
        finally:
            self._lock.release()

    def _fetch(self, address: str, now: datetime) -> dict[str, Any]:
        """Fetch what the provider publishes; one that is away is not asked again at once."""
        import requests  # noqa: PLC0415 - as above

        if self._away_at is not None and _is_fresh(self._away_at, now, _ASKED_AGAIN_AFTER):
            raise UnavailableError(_away(self._issuer))
        began = time.monotonic()
        try:
            found = _json(requests.get(address, timeout=_SECONDS, allow_redirects=False))
        except (requests.RequestException, ValueError) as error:
            # From when it is known: to wait for it may take longer than the pause that follows.
            self._away_at = now + timedelta(seconds=time.monotonic() - began)
            raise UnavailableError(_away(self._issuer)) from error
        self._away_at = None
        return found

    def _require_safe(self, address: str, name: str) -> None:
        """Refuse to send secrets to where others on the way read them."""
        is_here = is_loopback(self._issuer) and address.startswith("http://") and is_loopback(address)
        if not (address.startswith("https://") or is_here):
            raise UnavailableError(f"The OpenID provider gives no HTTPS address as {name}: {address!r}.")


@cache
def provider_of(settings: Settings) -> Provider:
    """Return the provider of the settings, with what this process knows of it already."""
    return Provider(settings)


def _client(settings: Settings, secret: str | None, back: str, way: str | None = None) -> Any:
    from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415 - as above

    return OAuth2Session(
        client_id=settings.oidc_client_id,
        client_secret=secret,
        token_endpoint_auth_method=way,
        scope=settings.oidc_scopes,
        redirect_uri=back,
        code_challenge_method="S256",
        default_timeout=_SECONDS,
    )


def _way_to_prove(facts: Mapping[str, Any], secret: str | None) -> str:
    """Say how the board shows its secret: as the standard has it, unless only the other way is taken."""
    if secret is None:
        return "none"
    taken = facts.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    is_post = "client_secret_basic" not in taken and "client_secret_post" in taken
    return "client_secret_post" if is_post else "client_secret_basic"


def _person(settings: Settings, claims: Mapping[str, Any], also: Mapping[str, Any]) -> Person:
    told = {**also, **claims}
    # Whether an address was seen to be theirs is said of the address beside it.
    of_address = claims if "email_verified" in claims or "email" not in also else also
    email, groups, name = of_address.get("email"), told.get(settings.oidc_groups_claim), told.get("name")
    is_theirs = of_address.get("email_verified") in (True, "true")  # some write it as a text
    return Person(
        issuer=settings.oidc_issuer,
        subject=str(claims["sub"]),
        email=_plain_address(email) if is_theirs else None,
        name=name.strip()[:200] if isinstance(name, str) else "",
        groups=_groups(groups),
    )


def _plain_address(email: object) -> str | None:
    """Return an address in small letters; None for none, and for signs that make another one when small.

    ``"\N{KELVIN SIGN}im@example.com".lower()`` is Kim's, and another mailbox.
    """
    is_plain = isinstance(email, str) and email.isascii()
    return str(email).strip().lower() if is_plain else None


def _groups(told: object) -> frozenset[str] | None:
    """Return somebody's groups; some providers tell one alone as a text. None where none are told."""
    if isinstance(told, str):
        return frozenset({told} - {""})
    return frozenset(map(str, told)) if isinstance(told, list) else None


def _json(response: Response) -> dict[str, Any]:
    """Read an answer that is a JSON object.

    Raises:
        ValueError: it is none; so it is where the status is no good one.
    """
    if response.status_code != 200:
        raise ValueError(response.status_code)
    found = response.json()
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _is_fresh(at: datetime, now: datetime, lasts: timedelta) -> bool:
    return abs(now - at) < lasts  # a clock that was set back keeps nothing for longer


def _away(issuer: str) -> str:
    return (
        f"The OpenID provider {issuer} does not answer. Try again in a moment, or sign in with a password "
        "or a one-time link: both go on."
    )


def _unavailable(settings: Settings, what: str) -> UnavailableError:
    return UnavailableError(
        f"{settings.oidc_name} {what}. Sign in with a password or a one-time link, and tell an admin."
    )


def _why(error: Exception) -> str:
    return str(getattr(error, "error", "") or "not readable").replace("_", " ")


def _drawn() -> str:
    return secrets.token_urlsafe(32)
