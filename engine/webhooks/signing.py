"""Secrets of webhooks, and the headers that a message is signed with (Standard Webhooks)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks.webhooks import Webhook as Signer

#: How every secret begins.
PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """Make a secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(message_id: str, moment: datetime, body: str, keys: Sequence[str]) -> dict[str, str]:
    """Return the headers of a message that is sent at a moment, with a signature by each of the secrets."""
    signatures = [Signer(key).sign(message_id, moment, body) for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
