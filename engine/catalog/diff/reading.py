"""Reads of two revisions no more than a comparison asks for, each file once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

from engine.catalog.content import Content, build_content
from engine.catalog.diff.sides import Side
from engine.catalog.layout import Place, kind_of
from engine.catalog.loader import FileCache, LoadedFile, load_revision
from engine.catalog.models import TaskTemplate
from engine.catalog.overrides import Override
from engine.catalog.source import Blob


@dataclass
class Reader:
    """Reads files of one side, each once."""

    side: Side
    cache: FileCache
    files: dict[str, LoadedFile] = field(default_factory=dict)

    def load(self, paths: Iterable[str]) -> None:
        """Read these, as far as they are there."""
        there = self.side.revision.files
        wanted = {path: there[path] for path in paths if path in there and path not in self.files}
        if wanted:
            revision = replace(self.side.revision, files=wanted)
            self.files |= load_revision(self.side.source, revision, self.cache)

    @cached_property
    def by_place(self) -> Mapping[Place, str]:
        """The path of each item."""
        places = ((kind_of(path), path) for path in self.side.revision.files)
        return {place: path for place, path in places if place is not None}

    @cached_property
    def templates(self) -> Mapping[str, Sequence[str]]:
        """The paths of each template and of its overrides, by its key."""
        found: dict[str, list[str]] = {}
        for place, path in self.by_place.items():
            if place.kind in ("task_template", "override"):
                found.setdefault(place.name, []).append(path)
        return found

    @property
    def content(self) -> Content:
        """What was read, as content."""
        revision = replace(self.side.revision, dirty=False)
        return build_content(revision, self.files, None, ())


@dataclass
class Reading:
    """Both sides."""

    before: Reader
    after: Reader
    #: What was read of each for its templates.
    contents: tuple[Content, Content] = field(init=False)

    @cached_property
    def changed(self) -> Sequence[str]:
        """The paths that are on one side alone, or differ."""
        old, new = self.before.side.revision.files, self.after.side.revision.files
        return sorted(
            path for path in old.keys() | new.keys() if _version(old.get(path)) != _version(new.get(path))
        )

    @property
    def both(self) -> tuple[Reader, Reader]:
        """One after the other."""
        return self.before, self.after

    def load_templates(self, keys: Set[str]) -> None:
        """Read templates with their overrides, and the types and calendars that they name."""
        for reader in self.both:
            reader.load(path for key in keys for path in reader.templates.get(key, ()))
            items = [
                file.item
                for file in reader.files.values()
                if isinstance(file.item, (TaskTemplate, Override)) and file.place.name in keys
            ]
            named = [
                *(Place("task_type", key) for item in items for key in type_keys(item)),
                *(Place("calendar", item.calendar) for item in items if item.calendar),
            ]
            reader.load(reader.by_place[place] for place in dict.fromkeys(named) if place in reader.by_place)
        self.contents = (self.before.content, self.after.content)

    def load_reminders(self) -> None:
        """Read what the whole workspace is reminded of, and the calendar that it names."""
        for reader in self.both:
            reader.load(path for place, path in reader.by_place.items() if place.kind == "reminders")
            calendar = Place("calendar", reader.content.reminders.calendar or "")
            reader.load([reader.by_place[calendar]] if calendar in reader.by_place else [])
        self.contents = (self.before.content, self.after.content)


def _version(blob: Blob | None) -> object:
    return (blob.blob_id, blob.is_regular) if blob else None


def type_keys(item: TaskTemplate | Override) -> set[str]:
    """Return the keys of the types that a template, or an override, names."""
    return {key for key in (item.task_type, *(task.task_type for task in item.tasks or ())) if key}
