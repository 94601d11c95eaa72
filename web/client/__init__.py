"""The client for programs in Python, installed as ``workbench.client`` (``web/API.md``, From Python).

``models``, ``errors`` and ``collections`` are generated from ``web/api/openapi.json`` by ``make schemas``.
"""

from .answers import Answer, Events, Listing
from .client import Client
from .given import UNSET, File, Unset
from .refusals import ClientError, Detail, NotSeenError, RefusedError, UnreachableError

__all__ = [
    "UNSET",
    "Answer",
    "Client",
    "ClientError",
    "Detail",
    "Events",
    "File",
    "Listing",
    "NotSeenError",
    "RefusedError",
    "UnreachableError",
    "Unset",
]
