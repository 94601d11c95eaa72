"""A forge says that somebody pushed: whether it is the forge, and the fetch that follows (decision 10)."""

from __future__ import annotations

import hashlib
import hmac

from engine.access import Actor, Permission, require
from engine.command import Services
from engine.jobs import putting
from engine.jobs.claims import Claims
from engine.jobs.models import JobStatus, Lane
from engine.live_content.jobs import FETCH
from engine.secrets import service as secrets
from engine.secrets.names import CONTENT_WEBHOOK

#: Fetches that are asked for follow one another.
_LANE = Lane(name=FETCH.name)
_MOST_ATTEMPTS = 3
_PREFIX = "hook"


def secret_of(services: Services, actor: Actor) -> str | None:
    """Return what deliveries are signed with; None where content is not fetched, or no secret is kept.

    Raises:
        ConflictError, UnavailableError: the secret cannot be opened.
    """
    if not services.settings.content_remote:
        return None
    with services.reading(actor) as tx:
        return secrets.open_secret(services, tx, CONTENT_WEBHOOK)


def is_signed(secret: str, body: bytes, *, signature: str, token: str) -> bool:
    """Whether a delivery comes from who knows the secret.

    ``signature`` is what GitHub sends as ``X-Hub-Signature-256``, over the body; ``token`` what GitLab sends
    as ``X-Gitlab-Token``, the secret itself. Where both are there, the signature counts. How long it takes
    tells nothing of the secret.
    """
    if signature:
        expected = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
        return hmac.compare_digest(expected.encode(), _bytes(signature))
    return hmac.compare_digest(secret.encode(), _bytes(token))


def ask_for_fetch(services: Services, actor: Actor) -> bool:
    """Have the content fetched as soon as a worker is free; False where such a fetch waits already.

    One that has begun may have looked before the push, so that one more follows it, however many ask: those
    who ask at once do so one after another, by the lock of the transaction.

    Raises:
        ForbiddenError: the actor administers nothing.
    """
    require(actor, Permission.ADMINISTER, "have the content fetched")
    with services.transaction(actor) as tx:
        last = next(iter(Claims(tx.database).last_of([FETCH.name])), None)
        if last is not None and last.status is JobStatus.READY:
            return False
        return putting.put(
            tx,
            FETCH.name,
            args={},
            key=f"{FETCH.name}:{tx.new_id_with(_PREFIX)}",
            not_before=tx.wall_clock,
            lane=_LANE,
            max_attempts=_MOST_ATTEMPTS,
        )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
