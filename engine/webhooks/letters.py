"""What is sent to a webhook and what it answers, and which addresses may be sent to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult

from engine.artifacts import addresses, urls
from engine.errors import BadRequestError, bad_field
from engine.webhooks.models import Webhook, WebhookDelivery

#: Which setting opens private addresses.
SETTING = "WORKBENCH_PRIVATE_WEBHOOKS"
#: What a receiver answers that wants nothing any more.
GONE = 410


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message that is to be sent now, and what it takes to send it."""

    hook: Webhook
    message: WebhookDelivery
    keys: list[str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of sending a message."""

    #: None where nothing was answered.
    status: int | None
    #: The beginning of its text; None where nothing was answered, or that broke off.
    text: str | None
    #: Why the message was not taken, in words; None where it was.
    failure: str | None
    milliseconds: int


#: Sends a message to an address; ``posting.post``.
Post = Callable[..., Answer]


def check_url(url: str, *, private: bool) -> SplitResult:
    """Give the parts of an address that messages may be sent to, as far as the address itself says so.

    What its name leads to is looked at each time that something is sent.

    Raises:
        BadRequestError: it is no address of the web, not https, or names a private address; says what to do.
    """
    try:
        parts = urls.check_url(url, odd_ports=private)
        host, _ = urls.place_of(parts)
    except BadRequestError as error:
        raise bad_field("url", error.message) from error
    if parts.scheme != "https" and not private:
        raise bad_field("url", f"must begin with https; http to this machine itself needs {SETTING}")
    try:
        literal = ip_address(host)
    except ValueError:
        return parts
    if addresses.is_closed(literal, private_links=private):
        raise bad_field("url", f"{host} is no public address; where that is meant, set {SETTING}")
    return parts
