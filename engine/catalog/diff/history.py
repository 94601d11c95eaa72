"""What changed in a template revision by revision: the commits that touched what it consists of, in words."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from engine.catalog.blame import shown
from engine.catalog.content import Content
from engine.catalog.diff.contents import diff
from engine.catalog.diff.report import lines_of_template
from engine.catalog.diff.sides import Side
from engine.catalog.diff.wording import Style
from engine.catalog.git_objects import Touch, open_repo, prefix_of, touches
from engine.catalog.layout import CONTENT
from engine.catalog.loader import FileCache
from engine.catalog.source import GitSource

#: So many of the newest commits of a change are told.
MOST_COMMITS = 30
#: What programs read at the end of a message.
_TRAILER = re.compile(r"[A-Za-z]+(-[A-Za-z]+)+: ")
#: So many of the newest revisions are told.
MOST_REVISIONS = 10
#: A commit says the same for ever, so what was worked out last is kept.
_MOST_KEPT = 500
_kept: OrderedDict[tuple[Path, str, str], Sequence[str]] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Told:
    """One revision of a template."""

    touch: Touch
    #: What work got otherwise from it on, a sentence each; none where it only reads otherwise.
    lines: Sequence[str]


def changes_of(folder: Path, content: Content, key: str) -> list[Told]:
    """Return the newest commits that changed a template, its overrides or what these name, newest first.

    ``folder`` is the one that holds ``content/``; without Git there are none.

    Raises:
        TemplateNotFoundError: there is no such template.
        ContentError: it cannot be used as it is.
        UnavailableError: the repository cannot be read.
    """
    resolved = content.resolve(key)
    if content.commit is None:
        return []
    paths = {file.path for file in resolved.closure if file.is_of_content}
    paths |= {
        path
        for path, file in content.files.items()
        if file.place.kind == "override" and file.place.name == key
    }
    with open_repo(folder) as repo:
        found = touches(repo, content.commit, prefix_of(repo, folder), paths, MOST_REVISIONS)
    cache = FileCache()
    return [Told(touch, _lines(folder, key, touch, cache)) for touch in found]


@dataclass(frozen=True)
class Written:
    """One commit of a change, as its author told of it."""

    commit: str
    author: str
    summary: str
    #: The first paragraph after it; empty where there is none.
    reason: str


def commits_between(folder: Path, base: str, head: str) -> list[Written]:
    """Return the commits that ``head`` has and ``base`` has not and that changed content, oldest first.

    Those that only merge are left out, and more than ``MOST_COMMITS``, the oldest first.

    Raises:
        UnavailableError: the repository cannot be read.
    """
    with open_repo(folder) as repo:
        output: bytes = repo.git.log(
            "--no-merges", "-z", "--format=%H%x00%an%x00%s%x00%b", f"--max-count={MOST_COMMITS}",
            "--end-of-options", f"{base}..{head}", "--", prefix_of(repo, folder) + CONTENT,
            stdout_as_string=False,
        )  # fmt: skip
    texts = output.decode("utf-8", "backslashreplace").split("\0")
    found = [
        Written(commit, shown(author), shown(summary), _first_paragraph(body))
        for commit, author, summary, body in zip(*[iter(texts)] * 4, strict=False)
    ]
    return found[::-1]


def _first_paragraph(body: str) -> str:
    """Return why a commit was made, as its message says it; ``Reviewed-by: …`` says no reason."""
    lines = [line for line in body.strip().partition("\n\n")[0].splitlines() if not _TRAILER.match(line)]
    return shown(" ".join(" ".join(lines).split()))


def _lines(folder: Path, key: str, touch: Touch, cache: FileCache) -> Sequence[str]:
    known = (folder, key, touch.commit)
    with _lock:
        if known in _kept:
            _kept.move_to_end(known)
            return _kept[known]
    lines = _compared(folder, key, touch, cache)
    with _lock:
        _kept[known] = lines
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return lines


def _compared(folder: Path, key: str, touch: Touch, cache: FileCache) -> Sequence[str]:
    after = _side(folder, touch.commit)
    if touch.parent is None:
        return ["The content begins here"]
    before = _side(folder, touch.parent)
    path = f"content/task_templates/{key}.yaml"
    if path not in before.revision.files:
        return ["The template is new"]
    if path not in after.revision.files:
        return ["The template is gone"]
    found = diff(before, after, cache=cache, only=key)
    return [line for template in found.templates for line in lines_of_template(template, Style.TEXT)]


def _side(folder: Path, commit: str) -> Side:
    source = GitSource(folder, commit)
    return Side(commit, source, source.revision())
