"""Codes that people type: those of an authenticator app (RFC 6238, by pyotp), and recovery codes."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime

#: As many recovery codes somebody has at a time.
RECOVERY_CODES = 10
#: How many half minutes the clock of a phone may be ahead or behind.
_CLOCKS_DIFFER = 1
_ISSUER = "Workbench"
_OF_APP = re.compile(r"[0-9]{6}")
#: Signs that are told apart when they are read aloud: no 0, 1, l or o. Eighty bits of chance in sixteen.
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
_GROUPS, _IN_GROUP = 4, 4
_OF_RECOVERY = re.compile(f"[{_SIGNS}]{{{_GROUPS * _IN_GROUP}}}")


def new_secret() -> str:
    """Return a fresh secret for an app: 160 bits of chance, in base32."""
    from pyotp import random_base32  # noqa: PLC0415 - only who has an app needs it

    return random_base32()


def address_of(secret: str, email: str) -> str:
    """Return what an app reads from a QR code."""
    from pyotp import TOTP  # noqa: PLC0415 - as above

    return TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def counter_of(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """Return the number of the half minute, later than ``after``, whose code this is; None for none.

    The clock of the phone may be one half minute ahead or behind. A code counts once: whoever looked over a
    shoulder has nothing.
    """
    from pyotp import TOTP  # noqa: PLC0415 - as above

    app = TOTP(secret)
    present = app.timecode(now)
    for counter in range(present - _CLOCKS_DIFFER, present + _CLOCKS_DIFFER + 1):
        if secrets.compare_digest(app.generate_otp(counter), code) and counter > after:
            return counter
    return None


def plain(typed: str) -> str:
    """Return a code as it is compared: without spaces and hyphens, in small letters."""
    return re.sub(r"[\s-]", "", typed).lower()


def is_of_app(code: str) -> bool:
    """Whether a plain code looks like one of an app."""
    return _OF_APP.fullmatch(code) is not None


def is_recovery(code: str) -> bool:
    """Whether a plain code looks like a recovery code."""
    return _OF_RECOVERY.fullmatch(code) is not None


def new_recovery_codes() -> list[str]:
    """Return fresh recovery codes, as people write them down: ``k3pq-…``."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def hash_recovery(user_id: str, code: str) -> str:
    """Hash a recovery code of a user, for the store to keep; it is chance enough to need no slow hash."""
    return hashlib.sha256(f"{user_id} {plain(code)}".encode()).hexdigest()


def _group() -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(_IN_GROUP))
