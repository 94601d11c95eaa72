"""The pages that are measured, and where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from benchmarks.over_http.driving import Target
from benchmarks.over_http.stores import Prepared

#: Name -> address; the four of which a ratio is asked come first.
ADDRESSES = {
    "board": "/board?",
    "list": "/board?view=list&",
    "search": "/board?view=list&q=podcast&",
    "task": "/tasks/{task}?",
    "bundle": "/bundles/{bundle}?",
    "inbox": "/inbox?",
    "my work": "/my-work?",
}
ASKED = ("board", "list", "search", "task")


@dataclass(frozen=True)
class Page:
    """One page of one person."""

    name: str
    who: str
    address: str

    @classmethod
    def of(cls, name: str, who: str, prepared: Prepared) -> Page:
        """Return a page by its name, for ``admin`` or ``member``."""
        return cls(name, who, ADDRESSES[name].format(task=prepared.task, bundle=prepared.bundle))

    def target(self, headers: Mapping[str, str], *, fresh: bool = False) -> Target:
        """Return the request for it; ``fresh`` makes its address one that nobody asked for before."""
        return Target(path=self.address + ("fresh={fresh}" if fresh else "fresh=0"), headers=headers)

    def floor_target(self, member: str) -> Target:
        """Return the request for its floor page."""
        as_whom = "" if self.who == "admin" else f"as={quote(member)}&"
        return Target(path=f"{self.address}{as_whom}fresh={{fresh}}", headers={"Accept": "text/html"})
