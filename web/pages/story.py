"""A story as a page: by days, narrowed by kind, each entry with the place it leads to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import url_for

from engine.bundles.models import BundleStatus
from engine.errors import bad_field
from engine.inputs import whole_number
from engine.reports.entries import Entry, Kind
from engine.reports.guidance import Attached
from engine.reports.story import Story
from engine.reports.versions import VersionTold
from engine.tasks.states import TaskStatus
from web.pagination import Pages

#: Entries on one page: a task fits, the story of a large bundle goes on.
PER_PAGE = 500
_TITLES = {
    Kind.WORK: "Work",
    Kind.VERSION: "Versions",
    Kind.DECISION: "Decisions",
    Kind.REMARK: "Words",
    Kind.EVIDENCE: "Proof and files",
    Kind.GUIDANCE: "Guidance",
    Kind.QA: "QA",
    Kind.BUNDLE: "The run",
}


_LARGEST_OFFSET = 999_999_999


@dataclass(frozen=True)
class StoryPage:
    """One story as somebody reads it."""

    story: Story
    zone: str
    kind: Kind | None = None
    offset: int = 0

    @property
    def status(self) -> TaskStatus | BundleStatus:
        """Where the work stands."""
        return (BundleStatus if self.story.about == "bundle" else TaskStatus)(self.story.status)

    @cached_property
    def kinds(self) -> list[tuple[Kind, str, int]]:
        """What the story can be narrowed to: kind, words, how many entries."""
        counts = Counter(entry.kind for entry in self.story.entries)
        return [(kind, title, counts[kind]) for kind, title in _TITLES.items() if counts[kind]]

    @cached_property
    def _chosen(self) -> list[Entry]:
        return [entry for entry in self.story.entries if self.kind in (None, entry.kind)]

    @property
    def pages(self) -> Pages:
        """Which part of the story is shown."""
        return Pages(len(self._chosen), PER_PAGE, self.offset)

    @cached_property
    def days(self) -> list[tuple[date, list[Entry]]]:
        """The shown entries by the days of the reader's zone."""
        shown = self._chosen[self.offset : self.offset + PER_PAGE]
        return [(day, list(found)) for day, found in groupby(shown, key=self.day_of)]

    def day_of(self, entry: Entry) -> date:
        """Return the day of an entry in the reader's zone."""
        return entry.at.astimezone(ZoneInfo(self.zone)).date()

    @cached_property
    def things(self) -> list[list[VersionTold]]:
        """The versions of each thing that was handed over."""
        found: list[list[VersionTold]] = []
        for version in self.story.versions:
            if version.version_number == 1 or not found:
                found.append([])
            found[-1].append(version)
        return found

    def fresh_guidance(self, versions: list[VersionTold], version: VersionTold) -> list[Attached]:
        """List what was attached between the version before and the next one."""
        place = versions.index(version)
        before = versions[place - 1].guidance if place else None
        if before is None or version.guidance is None:
            return []
        return [item for item in version.guidance.attachments if item not in before.attachments]

    def says(self, entry: Entry) -> str:
        """List what happened; the story's own task is not named in each line."""
        if self.story.about == "bundle":
            return entry.what
        name = self.story.title if self.story.about == "task" else self.story.title.partition(" of ")[2]
        for ending in (f" of {name}", f" on {name}", f" ({name})"):
            if entry.what.endswith(ending):
                return entry.what.removesuffix(ending)
        return entry.what.replace(f" of {name}", "").replace(name, "the task")

    def address(self, entry: Entry) -> str | None:
        """Return where an entry leads, where that is elsewhere than this story's own subject."""
        if entry.entity_type == "deliverables":
            return url_for("deliverables.view", deliverable_id=entry.entity_id)
        if entry.entity_type == "artifacts":
            return url_for("tasks.artifact", artifact_id=entry.entity_id)
        if self.story.about == "bundle" and entry.task_id:
            return url_for("stories.task", task_id=entry.task_id)
        return None


def load(story: Story, zone: str, arguments: Mapping[str, str]) -> StoryPage:
    """Return the page of a story as an address asks for it.

    Raises:
        BadRequestError: there is no such kind, or no such place to begin.
    """
    kind, offset = arguments.get("kind", ""), arguments.get("offset", "0") or "0"
    if kind and kind not in list(Kind):
        raise bad_field("kind", f"{kind!r} is not a kind of entry; use one of {', '.join(Kind)}")
    begin = whole_number(offset, 0, _LARGEST_OFFSET)
    if begin is None:
        raise bad_field("offset", f"{offset!r} is not a number")
    return StoryPage(story, zone, Kind(kind) if kind else None, begin)
