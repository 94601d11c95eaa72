"""Cursors: where a reader of the feed stands, sealed, so that it tells nothing and nobody makes one.

A cursor is encrypted and authenticated with a key of the store, of the workspace and of the reader. All have
one length, and two for the same place have nothing in common.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import struct
from typing import NamedTuple

from engine.access import Actor
from engine.errors import BadCursorError

#: What stands in the place of a hash before the first event.
_NO_MARK = bytes(8)
_FORM = struct.Struct(">BQ8s")
_VERSION = 1
_NONCE_BYTES = 12
_TAG_BYTES = 16
#: Of base 64, without padding: a multiple of three bytes leaves no bit that could be changed unseen.
LENGTH = (_NONCE_BYTES + _FORM.size + _TAG_BYTES) * 4 // 3


class Place(NamedTuple):
    """Up to where the events of a workspace were passed."""

    #: The number of the last of them; 0 before the first.
    seq: int
    #: A part of its hash: where an older store was put back, the same number is another event's.
    mark: bytes

    @classmethod
    def at(cls, seq: int, digest: str) -> Place:
        """Give the place of the event with this number and hash."""
        return cls(seq, hashlib.sha256(digest.encode()).digest()[: len(_NO_MARK)] if seq else _NO_MARK)


#: Before the first event.
START = Place(0, _NO_MARK)


class Cursors:
    """Seals and opens the cursors of one store."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def seal(self, actor: Actor, place: Place) -> str:
        """Make the cursor of a place, for this actor alone."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - few need it; 50 ms

        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._key(actor)).encrypt(nonce, _FORM.pack(_VERSION, *place), None)
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, actor: Actor, cursor: str) -> Place:
        """Give the place of a cursor.

        Raises:
            BadCursorError: it was changed, or given to another user, in another workspace or store.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above

        try:
            if len(cursor) != LENGTH:
                raise ValueError("another length")
            sent = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
            nonce, sealed = sent[:_NONCE_BYTES], sent[_NONCE_BYTES:]
            version, seq, mark = _FORM.unpack(AESGCM(self._key(actor)).decrypt(nonce, sealed, None))
            if version != _VERSION:
                raise ValueError("another form")
        except (ValueError, binascii.Error, InvalidTag) as error:
            raise refusal("This cursor is none that the feed of this store gave to you") from error
        return Place(seq, mark)

    def _key(self, actor: Actor) -> bytes:
        whose = f"changes/{actor.workspace_id}/{actor.user_id}".encode()
        return hmac.digest(self._secret, whose, "sha256")

    def name(self, audit_event_id: str) -> str:
        """Name an event by its id, which itself would tell how many others were made beside it."""
        told = hmac.digest(self._secret, f"event/{audit_event_id}".encode(), "sha256")
        return "chg_" + base64.b32encode(told[:15]).decode().lower()


def refusal(why: str) -> BadCursorError:
    """Make the refusal of a cursor; what to do next is the same whatever is wrong with it."""
    told = (
        "leave “after” out to go on from now, and read the records afresh, or send after=start for all that "
        "ever happened"
    )
    detail = {"code": "BAD_CURSOR", "field": "after", "message": f"{why}; {told}"}
    return BadCursorError(f"{why}: {told}.", details=[detail])
