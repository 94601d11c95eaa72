"""Who set a value of the content, when, and who looked at it: the commit of its lines (D2).

Worked out when a revision is pinned and kept in the pin, because the repository may lose the commit later.
What is not known is said with its reason: guessing would name the wrong person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.inputs import HIDDEN
from engine.record import UNSTORABLE

if TYPE_CHECKING:
    from engine.catalog.git_objects import CommitMessage, Line

_LONGEST = 300
_ADDRESS = re.compile(r"\s*<[^<>]*>\s*")


@dataclass(frozen=True)
class SetBy:
    """The commit that set a value. Names alone: an address of a person is nobody else's business."""

    commit: str
    author: str
    #: ISO 8601 with the author's offset.
    authored_at: str
    #: The first line of its message.
    summary: str
    #: Who is named as having reviewed or approved it, in its message or in that of the merge.
    reviewers: tuple[str, ...] = ()
    co_authors: tuple[str, ...] = ()
    #: The merge that brought it; None where it was committed without one.
    merge: str | None = None
    #: Whose merge that is.
    merged_by: str | None = None
    #: Whether the clone knows nothing older, so that it may have been set before.
    is_oldest_known: bool = False

    @property
    def authored_on(self) -> date | None:
        """The day of that where the author was; None where Git has no proper one."""
        try:
            return date.fromisoformat(self.authored_at[:10])
        except ValueError:
            return None

    def as_json(self) -> dict[str, Any]:
        """Return every field; lists for the people."""
        return {**asdict(self), "reviewers": list(self.reviewers), "co_authors": list(self.co_authors)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SetBy:
        """Return what ``as_json`` was called on; fields that only a newer release knows are ignored."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        people = {name: tuple(known.get(name, ())) for name in ("reviewers", "co_authors")}
        return cls(**{**known, **people})


@dataclass(frozen=True)
class Blame:
    """The commits of a resolved template's values."""

    #: Each of them once, the newest first.
    commits: Sequence[SetBy] = ()
    #: JSON pointer -> its commit, for the template's values.
    values: Mapping[str, SetBy] = field(default_factory=dict)
    #: JSON pointer below ``task_types`` -> its commit, for what the types say.
    type_values: Mapping[str, SetBy] = field(default_factory=dict)
    #: Path -> the commit that last changed the whole file.
    files: Mapping[str, SetBy] = field(default_factory=dict)
    #: Path -> why nobody knows who set its lines.
    unknown: Mapping[str, str] = field(default_factory=dict)

    def as_pin(self) -> dict[str, Any]:
        """Return it as JSON that names each commit once: hundreds of values share a few."""
        parts = {"values": self.values, "type_values": self.type_values, "files": self.files}
        return {
            "commits": [one.as_json() for one in self.commits],
            **{
                name: {key: self._places[one.commit] for key, one in part.items()}
                for name, part in parts.items()
            },
            "unknown": dict(self.unknown),
        }

    def newest(self, found: Iterable[SetBy]) -> SetBy | None:
        """Return the commit that came last; None of none."""
        return min(found, key=lambda one: self._places[one.commit], default=None)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {one.commit: place for place, one in enumerate(self.commits)}

    @classmethod
    def from_pin(cls, data: Mapping[str, Any] | None) -> Blame:
        """Return what ``as_pin`` was called on; of a pin that an older release made, nothing."""
        if data is None:
            return cls()
        commits = tuple(SetBy.from_json(one) for one in data["commits"])
        parts = ("values", "type_values", "files")
        values, type_values, files = ({k: commits[n] for k, n in data[part].items()} for part in parts)
        return cls(commits, values, type_values, files, data["unknown"])


@dataclass(frozen=True)
class History:
    """What Git knows of the lines of some files; made by a ``Source``."""

    #: Path -> who wrote each line.
    lines: Mapping[str, Sequence[Line]] = field(default_factory=dict)
    #: By their SHA, the newest first.
    commits: Mapping[str, SetBy] = field(default_factory=dict)
    #: Path -> why its lines are not known.
    unknown: Mapping[str, str] = field(default_factory=dict)

    def of_lines(self, path: str, first: int, last: int) -> SetBy | None:
        """Return the newest commit of these lines, blank ones behind them left out; None if not known."""
        lines = list(self.lines.get(path, ())[first - 1 : last])
        while len(lines) > 1 and lines[-1].is_blank:
            lines.pop()
        writers = {line.commit for line in lines}
        return next((one for commit, one in self.commits.items() if commit in writers), None)


def set_by(
    commits: Mapping[str, CommitMessage], merges: Mapping[str, str], cut_off: Iterable[str]
) -> dict[str, SetBy]:
    """Return the commits with their people; ``merges`` names the merge that brought a commit."""
    ends = frozenset(cut_off)
    found = {}
    for commit, said in commits.items():
        merge = merges.get(commit)
        merged = commits.get(merge) if merge else None
        reviewers = [*_people(said.reviewers), *(_people(merged.reviewers) if merged else [])]
        found[commit] = SetBy(
            commit=commit,
            author=_name(said.author),
            authored_at=known_date(said.authored_at),
            summary=shown(said.summary),
            reviewers=tuple(dict.fromkeys(reviewers)),
            co_authors=tuple(dict.fromkeys(_people(said.co_authors))),
            merge=merge,
            merged_by=_name(merged.author) if merged else None,
            is_oldest_known=commit in ends,
        )
    return found


def merges_of(parents: Mapping[str, Sequence[str]], head: str) -> dict[str, str]:
    """Return, for each commit beside the line of first parents from ``head``, the merge that brought it."""
    main: list[str] = []
    here: str | None = head
    while here is not None and here in parents:
        main.append(here)
        here = next(iter(parents[here]), None)
    brought: dict[str, str] = {}
    on_main = set(main)
    for merge in reversed(main):
        pending = list(parents[merge][1:])
        while pending:
            commit = pending.pop()
            if commit not in on_main and commit not in brought and commit in parents:
                brought[commit] = merge
                pending += parents[commit]
    return brought


def _people(text: str) -> list[str]:
    return [name for part in text.split("\x1f") if (name := _name(part))]


def _name(text: str) -> str:
    """Return a name without its address; of somebody with nothing but an address, what is before the @."""
    name = shown(_ADDRESS.sub(" ", text))
    if not name:
        name = shown(text.strip(" <>"))
    return name.split("@", 1)[0] if "@" in name and " " not in name else name


def known_date(authored_at: str) -> str:
    """Return a moment as Git gives it; nothing of one that no calendar has: whoever commits may say any."""
    try:
        datetime.fromisoformat(authored_at)
    except ValueError:
        return ""
    return authored_at


def shown(text: str) -> str:
    """Return what a commit says without what cannot be kept or would not be seen, and not too long."""
    return HIDDEN.sub("", UNSTORABLE.sub("", text)).strip()[:_LONGEST]
