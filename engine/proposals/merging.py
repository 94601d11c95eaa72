"""Both versions of a text that two changed from the same beginning, and what becomes of them (EDT-05).

Git sets the lines against each other, as it does in every merge of the content. It is given a number for
each line, so nothing that a text says is taken for a mark of a conflict, no line end is lost, and no mark
ever gets into a text.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog.layout import kind_of
from engine.catalog.problems import Problem, errors_of
from engine.catalog.schemas import named, show_named
from engine.catalog.yaml_reader import Path as Place
from engine.catalog.yaml_reader import read_yaml
from engine.errors import UnavailableError
from engine.live_content.git_runs import without_git
from engine.proposals.overlay import content_with

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: What ends a line of a text area and of YAML alike.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_SECONDS = 20
#: Git settles nothing here by what somebody has in a file of settings.
_ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}


class Side(StrEnum):
    """Whose lines are taken where both changed the same."""

    MINE = "mine"  #: what was written
    LIVE = "live"  #: what is there now
    BOTH = "both"  #: both, what is there now first


@dataclass(frozen=True)
class Region:
    """A run of lines of both versions."""

    #: What both come to; None where both changed the same lines, each otherwise.
    merged: str | None
    #: What it was, what was written, and what is there now; empty where it is merged.
    before: str = ""
    mine: str = ""
    live: str = ""

    def as_chosen(self, side: Side) -> str:
        """Return the lines of a side; what is merged is the same for all."""
        if self.merged is not None:
            return self.merged
        if side is Side.BOTH:
            first = self.live if not self.live or self.live[-1] in "\r\n" else f"{self.live}\n"
            return first + self.mine
        return self.mine if side is Side.MINE else self.live


@dataclass(frozen=True)
class Merge:
    """Two versions of a text set against the one that both began from."""

    regions: Sequence[Region]

    @property
    def conflicts(self) -> list[Region]:
        """Where both changed the same lines."""
        return [region for region in self.regions if region.merged is None]

    @property
    def text(self) -> str | None:
        """What both come to; None where somebody has to choose."""
        return None if self.conflicts else self.as_chosen({})

    def as_chosen(self, choices: Mapping[int, Side]) -> str:
        """Return the text by a choice for each conflict, numbered from 0; ``mine`` where there is none."""
        numbers = iter(range(len(self.regions)))
        return "".join(
            region.as_chosen(
                Side.MINE if region.merged is not None else choices.get(next(numbers), Side.MINE)
            )
            for region in self.regions
        )


def merged(before: str, mine: str, live: str) -> Merge:
    """Set what was written (``mine``) against what is there now (``live``); both began from ``before``.

    Every line that either wrote is in the result: merged, or in a region to choose from.

    Raises:
        UnavailableError: Git cannot be run.
    """
    for one, other in ((before, live), (live, mine)):
        if one == other:
            return Merge((Region(mine),))
    if mine == before:
        return Merge((Region(live),))
    texts = (mine, before, live)
    lines = list(dict.fromkeys(chain.from_iterable(map(lines_of, texts))))
    numbers = {line: number for number, line in enumerate(lines)}
    found = _merge_files(*("".join(f"{numbers[line]}\n" for line in lines_of(text)) for text in texts))
    return Merge(tuple(_regions(found.splitlines(), lines)))


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with what ends each: CRLF, LF or CR, and nothing else."""
    return _LINE.findall(text)


def _merge_files(mine: str, before: str, live: str) -> str:
    with tempfile.TemporaryDirectory(prefix="workbench-merge-") as folder:
        names = {"mine": mine, "before": before, "live": live}
        for name, text in names.items():
            Path(folder, name).write_text(text, encoding="ascii")
        try:
            done = subprocess.run(  # noqa: S603 - nothing of it is a shell's
                ["git", "merge-file", "-p", "-q", "--diff3", *names],  # noqa: S607 - Git of the PATH
                cwd=folder,
                env={**without_git(os.environ), **_ENVIRONMENT},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UnavailableError(f"Git could not set both versions against each other: {error}") from error
    if done.returncode < 0 or done.returncode > 127:  # otherwise the number of conflicts
        said = done.stderr.decode("utf-8", "replace").strip()
        raise UnavailableError(f"Git could not set both versions against each other: {said}")
    return done.stdout.decode("ascii")


def _regions(marked: Sequence[str], lines: Sequence[str]) -> Iterator[Region]:
    """Yield the regions of what Git wrote: numbers of lines, and around those of a conflict its marks."""
    sides = {"<": "mine", "|": "before", "=": "live"}
    parts: dict[str, list[str]] = {"": []}
    side = ""
    for line in marked:
        if line[0].isdigit():
            parts[side].append(lines[int(line)])
        elif line[0] == ">":
            yield Region(None, **{name: "".join(words) for name, words in parts.items()})
            parts, side = {"": []}, ""
        else:
            if not side and parts[""]:
                yield Region("".join(parts[""]))
            side = sides[line[0]]
            parts.pop("", None)
            parts[side] = []
    if parts[""]:
        yield Region("".join(parts[""]))


def doubts(
    content: Content, path: str, *, before: str | None, mine: str, live: str, result: str
) -> list[str]:
    """Say what a text means that neither version meant, though their lines went together.

    What both changed, each otherwise, is named; so is what ``content check`` finds in the result alone.
    """
    both = _changed(path, before or "", mine) & _changed(path, before or "", live)
    differing = {one for one in both if _values(path, mine).get(one) != _values(path, live).get(one)}
    said = [f"Both versions change {one}. Read what it says now." for one in sorted(differing)]
    known = {fault.identity for text in (mine, live) for fault in _faults(content, path, text)}
    return said + [
        f"Line {fault.line}: {fault.message}" if fault.file == path else f"{fault.file}: {fault.message}"
        for fault in _faults(content, path, result)
        if fault.identity not in known
    ]


def _faults(content: Content, path: str, text: str) -> list[Problem]:
    return errors_of(content_with(content, {path: text}).problems)


def _changed(path: str, before: str, after: str) -> set[str]:
    old, new = _values(path, before), _values(path, after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _values(path: str, text: str) -> dict[str, Any]:
    """Return the single values of a YAML text by where they stand; none where it cannot be read."""
    place = kind_of(path)
    if place is None or place.kind == "process_doc":
        return {}
    data = read_yaml(text.encode("utf-8"), path).data
    return {show_named(where, data): value for where, value in _leaves(data, ())}


def _leaves(value: Any, where: Place) -> Iterator[tuple[Place, Any]]:
    """Yield the values; a list of nameless entries is one, as a new entry moves the numbers after it."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*where, name))
    elif isinstance(value, list) and all(isinstance(named((n,), value)[0], str) for n in range(len(value))):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*where, number))
    else:
        yield where, value
