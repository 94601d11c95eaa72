"""What counts as an address, wherever one is given: proofs, links, deliverables, facts, guidance (H4)."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote, urlsplit

from engine.budgets import CHARACTERS_OF_AN_ADDRESS
from engine.errors import bad_field

#: More is no address that somebody opens.
LONGEST = CHARACTERS_OF_AN_ADDRESS
_SHOWN = 80
_WEB = frozenset({"http", "https"})
#: A token has 43 characters; pages called "sign in" elsewhere have shorter names.
_WAY_IN = re.compile(r"/(?:sign-in|invitation)/+[\w-]{40,}", re.ASCII)
_MAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def check(text: object, field: str = "url", *, mail: bool = False, own: bool = False) -> str:
    """Give back an address without the blanks around it; http and https with a host are always good.

    ``mail`` takes mailto too: as a proof, and as a bundle's link, which a proof may fill (definitions.md
    section 4). ``own`` takes paths of this application, for what is handed over (product.md, decision 13).

    Raises:
        BadRequestError: it is not an address; says how one begins.
    """
    url = text.strip() if isinstance(text, str) else ""
    if signs_in(url):
        raise bad_field(
            field, "this address is a one-time link, which signs in whoever follows it; no record keeps one"
        )
    if not (is_address(url, mail=mail) or (own and is_own_path(url))):
        wanted = "https://, http:// or mailto:" if mail else "https:// or http://"
        shown = str(text)[:_SHOWN]
        raise bad_field(field, f"{shown!r} is not an address; give one that starts with {wanted}")
    return url


def is_address(url: str, *, mail: bool = False) -> bool:
    """Whether a text is an address outside of this application."""
    if (
        not _is_plain(url) or signs_in(url) or "\\" in url
    ):  # browsers read a backslash as a slash, and so another host
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port  # refuses a port that is not a number
    except ValueError:
        return False
    if parts.scheme in _WEB:
        return bool((parts.hostname or "").strip("."))
    return mail and parts.scheme == "mailto" and _MAIL_ADDRESS.fullmatch(parts.path) is not None


def signs_in(url: str) -> bool:
    """Whether following an address would offer to sign somebody in, here or at another such board (S14).

    An invitation does, too.
    """
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return False
    return _WAY_IN.search(posixpath.normpath(path.replace("\\", "/"))) is not None


def is_own_path(url: str) -> bool:
    """Whether a text is a path of this application, which leads to no other host."""
    return _is_plain(url) and not signs_in(url) and url.startswith("/") and not url.startswith(("//", "/\\"))


def _is_plain(url: str) -> bool:
    """Whether nothing in it is invisible or turns the direction of what follows, such as U+202E."""
    return 0 < len(url) <= LONGEST and url.isprintable() and " " not in url  # the one printable space
