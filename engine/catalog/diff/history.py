"""What changed in a template revision by revision: the commits that touched what it consists of, in words."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from engine.catalog.content import Content
from engine.catalog.diff.contents import diff
from engine.catalog.diff.report import lines_of_template
from engine.catalog.diff.sides import Side
from engine.catalog.diff.wording import Style
from engine.catalog.git_objects import Touch, open_repo, prefix_of, touches
from engine.catalog.loader import FileCache
from engine.catalog.source import GitSource

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
