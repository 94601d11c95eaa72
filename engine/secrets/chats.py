"""The address of somebody's chat, which is kept as a secret: whether it is one that Apprise knows."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise import Apprise


class NoAddressError(Exception):
    """What is kept as somebody's chat address is none that Apprise knows."""


def place_of(address: str) -> Apprise:
    """Return where an address of Apprise leads, such as ``slack://…``; nothing is sent.

    Addresses are set by admins alone, so they may lead anywhere, into the own network too. They hold
    passwords: nothing of them is logged.

    Raises:
        NoAddressError: it is no address.
    """
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    from apprise import Apprise  # noqa: PLC0415 - it takes a second and 50 MB, and few workspaces need it

    place = Apprise()
    if not place.add(address):
        raise NoAddressError
    return place
