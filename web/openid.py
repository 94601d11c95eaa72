"""Sign-ins with the OpenID provider that have begun in this browser, and what pages say of the provider."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask import Flask, session

from engine.accounts.sessions import with_what
from engine.openid.provider import Begun
from web.context import current_workbench

_BEGUN = "openid"
#: Somebody who was signed out opens several tabs at once; each may come back.
_MOST = 3
#: Longer ways back are left out: a cookie holds 4 KiB.
_LONGEST_WAY = 500
#: For so long somebody may take to sign in at the provider.
_LASTS = timedelta(minutes=15)


@dataclass(frozen=True)
class Trip:
    """A sign-in on its way to the provider and back."""

    state: str
    nonce: str
    verifier: str
    #: When it began, in seconds since 1970.
    at: int
    #: Where the person wanted to go.
    next: str
    #: The invitation that they accept with it.
    invitation: str = ""

    @property
    def begun(self) -> Begun:
        """What has to be the same when it is back."""
        return Begun(state=self.state, nonce=self.nonce, verifier=self.verifier)


def keep(begun: Begun, target: str, invitation: str, now: datetime) -> None:
    """Let this browser keep a sign-in until it is back; the oldest of too many is forgotten."""
    target, invitation = (way if len(way) <= _LONGEST_WAY else "" for way in (target, invitation))
    trip = Trip(begun.state, begun.nonce, begun.verifier, int(now.timestamp()), target, invitation)
    session[_BEGUN] = [*session.get(_BEGUN, [])[1 - _MOST :], asdict(trip)]


def take(state: str, now: datetime) -> Trip | None:
    """Return the sign-in that has begun in this browser with this state, once; None for any other."""
    kept = [Trip(**one) for one in session.get(_BEGUN, [])]
    found = next((one for one in kept if one.state == state), None)
    if found is None:
        return None
    session[_BEGUN] = [asdict(one) for one in kept if one is not found]
    is_in_time = abs(now.timestamp() - found.at) < _LASTS.total_seconds()
    return found if is_in_time else None


def name() -> str:
    """Return what people call the provider; empty where none is set."""
    settings = current_workbench().settings
    return settings.oidc_name if settings.oidc_issuer else ""


def register(app: Flask) -> None:
    """Let templates say how the provider is called, and with what somebody signed in."""
    app.jinja_env.globals.update(openid_name=name, with_what=with_what)
