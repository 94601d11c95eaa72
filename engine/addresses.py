"""What forms the addresses in settings have."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

#: A bucket of object storage, and perhaps a prefix in it.
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/\w[\w.-]*)*/?", re.ASCII)


def is_site(url: str) -> bool:
    """Whether this is the address of a whole site: scheme, host, perhaps a port."""
    if not re.fullmatch(r"https?://[^\s/?#@\\]+/?", url, re.IGNORECASE):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_bucket(place: str) -> bool:
    """Whether a place of files is one in object storage."""
    return place.startswith("s3://")


def is_whole_bucket(place: str) -> bool:
    """Whether a place in object storage is written as it has to be."""
    return _BUCKET.fullmatch(place) is not None


def is_safe_endpoint(url: str) -> bool:
    """Whether this can be a service that is sent secrets: by HTTPS, or on this machine, as tests have it."""
    if not re.fullmatch(r"https?://[^\s?#@\\]+", url):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and (parts.scheme == "https" or is_loopback(url))
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine, so that nobody is on the way."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
