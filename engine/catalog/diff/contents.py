"""What changed in the content between two revisions: what authors wrote, and what work gets (CNT-07, D1).

Trees are compared by the ids of their files. Only what changed is read, and of the rest what it takes to
resolve the templates that depend on it: which these may be is seen in the bytes, before anything is parsed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from pydantic import BaseModel, ValidationError

from engine.catalog.content import Content
from engine.catalog.diff.changes import Change, ChangeKind, Part
from engine.catalog.diff.compare import compare, renames
from engine.catalog.diff.effective import HANDED_DOWN, Work, work_of
from engine.catalog.diff.reading import Reader, Reading, type_keys
from engine.catalog.diff.sides import Side
from engine.catalog.layout import Place, kind_of
from engine.catalog.loader import FileCache, LoadedFile
from engine.catalog.models import TaskTemplate
from engine.catalog.overrides import Override
from engine.catalog.problems import errors_of
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import ContentError

#: What templates name by its key, wherever it stands.
_NAMED: Mapping[str, str] = {
    "task_type": "task_types",
    "calendar": "calendars",
    "process_doc": "process_docs",
}
#: What of a type is written into the tasks that have it, and so told of them.
_OF_TASKS = frozenset(HANDED_DOWN) | {"deliverables"}


@dataclass(frozen=True, kw_only=True)
class FileDiff:
    """What the author of one file wrote; of an item that has another key now, of both its files."""

    path: str
    place: Place
    #: What is in use of it on each side; None where there is nothing.
    before: BaseModel | None
    after: BaseModel | None
    changes: Sequence[Change] = ()
    #: Its path before, where it has another now.
    path_before: str | None = None
    #: What is in use where it is not the file as it stands.
    notes: Sequence[str] = ()

    @property
    def pair(self) -> tuple[BaseModel | None, BaseModel | None]:
        """What was compared: of an override that came or went, the other side says nothing."""
        if self.place.kind != "override":
            return self.before, self.after
        nothing = Override.model_validate(
            {"overrides": self.place.name, self.place.level: self.place.scope_key}
        )
        return self.before or nothing, self.after or nothing


@dataclass(frozen=True)
class Scope:
    """For whom a template is resolved; both None is everybody."""

    partner: str | None = None
    campaign: str | None = None

    def __str__(self) -> str:
        """Return it in words."""
        if self.campaign is not None:
            return f"campaign {self.campaign}"
        return f"partner {self.partner}" if self.partner is not None else "everybody"


@dataclass(frozen=True, kw_only=True)
class ScopeDiff:
    """What the work of somebody gets otherwise than before."""

    scope: Scope
    #: What it gets on each side; None where the template is not there, or cannot be resolved.
    before: Work | None
    after: Work | None
    changes: Sequence[Change] = ()
    #: Changes for everybody that are none here, because the override says these itself.
    hidden: Sequence[Change] = ()
    #: What overrides the template here, as it is now, the narrowest first.
    overrides: Sequence[Override] = ()
    #: Why it cannot be resolved.
    notes: Sequence[str] = ()

    def old_ref(self, ref: str) -> str:
        """Return the ref that a task had before."""
        renamed = (one for one in self.changes if one.kind is ChangeKind.RENAMED and one.is_whole_task)
        return next((str(one.before) for one in renamed if one.after == ref), ref)


@dataclass(frozen=True, kw_only=True)
class TemplateDiff:
    """What the work of one template gets: for everybody first, then for whom there is an override."""

    key: str
    name: str
    scopes: Sequence[ScopeDiff]


@dataclass(frozen=True, kw_only=True)
class ContentDiff:
    """Everything that changed between two revisions."""

    base: Side
    head: Side
    files: Sequence[FileDiff]
    templates: Sequence[TemplateDiff]
    #: What was read of both, for whoever asks more of it.
    reading: Reading = field(repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not self.files


def diff(
    base: Side,
    head: Side,
    *,
    partner_of: Mapping[str, str] | None = None,
    cache: FileCache | None = None,
    only: str | None = None,
) -> ContentDiff:
    """Return what changed from one revision to the other; with ``only``, for the work of that template alone.

    ``partner_of`` gives the partners of campaigns, by key, as far as they are known: a campaign's override
    lies over that of its partner.

    Raises:
        UnavailableError: a file cannot be read.
    """
    known = cache or FileCache()
    reading = Reading(Reader(base, known), Reader(head, known))
    files = list(_written(reading))
    was = {
        file.place.name: PurePosixPath(file.path_before).stem
        for file in files
        if file.path_before and file.place.kind == "task_template"
    }
    keys = sorted(_affected(reading) - set(was.values())) if only is None else [only]
    reading.load_templates({*keys, *was.values()})
    templates = [
        found for key in keys if (found := _template(reading, key, was.get(key, key), partner_of or {}))
    ]
    return ContentDiff(base=base, head=head, files=files, templates=templates, reading=reading)


# What authors wrote


def _written(reading: Reading) -> Iterator[FileDiff]:
    for reader in reading.both:
        reader.load(reading.changed)
    moved = _moved(reading)
    for path in reading.changed:
        place = kind_of(path)
        if place is None or path in moved.values():
            continue
        old_path = moved.get(path, path)
        old, new = reading.before.files.get(old_path), reading.after.files.get(path)
        before, after = (file.item if file else None for file in (old, new))
        file = FileDiff(
            path=path,
            place=place,
            before=before,
            after=after,
            path_before=old_path if old_path != path else None,
            notes=[*_notes(reading.before.side, old), *_notes(reading.after.side, new)],
        )
        yield replace(file, changes=_changes(file))


def _moved(reading: Reading) -> dict[str, str]:
    """Return new path -> old path of what is certainly the same by another key."""
    found: dict[str, str] = {}
    by_kind: dict[tuple[str, str, str], tuple[dict[str, BaseModel], dict[str, BaseModel]]] = {}
    for number, reader in enumerate(reading.both):
        for path in reading.changed:
            file = reader.files.get(path)
            if file is not None and file.item is not None and file.place.kind != "override":
                kind = (file.place.kind, file.place.level, file.place.scope_key)
                by_kind.setdefault(kind, ({}, {}))[number][path] = file.item
    for before, after in by_kind.values():
        found |= renames(before, after)
    return found


def _changes(file: FileDiff) -> list[Change]:
    before, after = file.pair
    if before is None or after is None or type(before) is not type(after):
        return []
    return list(compare(before, after))


def _notes(side: Side, file: LoadedFile | None) -> Iterator[str]:
    """Say what is in use where the file as it stands does not load."""
    faults = errors_of(file.problems) if file else []
    if file is None or not faults:
        return
    if file.item is None:
        yield f"On {side} it does not load, and no older version is in use: {faults[0]}"
    else:
        commit = (file.quarantine_commit or "")[:12]
        yield f"On {side} it does not load, so the version of commit {commit} stays in use: {faults[0]}"


# What work gets


def _affected(reading: Reading) -> set[str]:
    """Return the keys of the templates that a changed file may be a part of."""
    places = [place for path in reading.changed if (place := kind_of(path)) is not None]
    keys = {place.name for place in places if place.kind in ("task_template", "override")}
    names = {place.name.encode() for place in places if place.kind in _NAMED}
    if names:
        for reader in reading.both:
            files = reader.side.revision.files
            users = [path for key, paths in reader.templates.items() if key not in keys for path in paths]
            raw = reader.side.source.read([files[path] for path in users if files[path].is_regular])
            for path in users:
                text = raw.get(files[path].blob_id, b"")
                if any(name in text for name in names) and (place := kind_of(path)) is not None:
                    keys.add(place.name)
    there = {key for reader in reading.both for key in reader.templates}
    return keys & there


def _template(reading: Reading, key: str, old_key: str, partner_of: Mapping[str, str]) -> TemplateDiff | None:
    before, after = reading.contents
    if old_key not in before.templates or key not in after.templates:
        return None  # it came or went as a whole, which the file says
    everybody = _scope(reading, (old_key, key), Scope())
    scopes = [everybody]
    overridden = {scope[1:] for content in reading.contents for scope in content.overrides if scope[0] == key}
    for level, name in sorted(overridden, key=lambda one: (one[0] != "partner", one[1])):
        scope = Scope(name) if level == "partner" else Scope(partner_of.get(name), name)
        found = _scope(reading, (old_key, key), scope)
        seen = {(one.kind, one.where, one.field, one.name) for one in found.changes}
        hidden = [one for one in everybody.changes if (one.kind, one.where, one.field, one.name) not in seen]
        laid = [after.overrides.get((key, *one)) for one in reversed(_levels(scope))]
        scopes.append(replace(found, hidden=hidden, overrides=[one for one in laid if one is not None]))
    if not any(one.changes or one.notes for one in scopes):
        return None
    return TemplateDiff(key=key, name=after.templates[key].name, scopes=scopes)


def _scope(reading: Reading, keys: tuple[str, str], scope: Scope) -> ScopeDiff:
    found: list[Work | None] = []
    notes: list[str] = []
    for reader, content, key in zip(reading.both, reading.contents, keys, strict=True):
        try:
            found.append(work_of(resolved_in(content, key, scope)))
        except ContentError as error:
            found.append(None)
            notes.append(f"On {reader.side} it cannot be resolved for {scope}: {error.message}")
    before, after = found
    changes: list[Change] = []
    if before is not None and after is not None:
        changes = [*compare(before.template, after.template), *_around(before.resolved, after.resolved)]
    return ScopeDiff(scope=scope, before=before, after=after, changes=changes, notes=notes)


def resolved_in(content: Content, key: str, scope: Scope) -> ResolvedTemplate:
    """Return a template as work gets it; ``content check`` judges it, here it is only compared.

    Raises:
        ContentError: the override does not fit the template.
    """
    template = content.templates[key]
    if any((key, level, name) in content.overrides for level, name in _levels(scope)):
        merged = content.merged(key, partner=scope.partner, campaign=scope.campaign)
        try:
            template = TaskTemplate.model_validate(merged.data)
        except ValidationError as error:
            raise ContentError(
                "the override does not fit the template. `workbench content check` says where."
            ) from error
    types = {name: content.task_types[name] for name in type_keys(template) if name in content.task_types}
    return ResolvedTemplate(
        key=key,
        template=template,
        origins={},
        commit=content.commit,
        task_types=types,
        process_docs={
            one: content.process_docs[one] for one in template.doc_ids() if one in content.process_docs
        },
        calendar=content.calendars.get(template.calendar or ""),
        closure=(),
    )


def _levels(scope: Scope) -> list[tuple[str, str]]:
    named = (("partner", scope.partner), ("campaign", scope.campaign))
    return [(level, name) for level, name in named if name is not None]


def _around(before: ResolvedTemplate, after: ResolvedTemplate) -> Iterator[Change]:
    """Yield what changed in what both name: their types, their calendar, their process docs."""
    for key, new in sorted(after.task_types.items()):
        if (old := before.task_types.get(key)) is not None and old is not new:
            of_type = compare(old, new, (Part("task_types", key),))
            yield from (one for one in of_type if not _is_told_of_tasks(one))
    if before.calendar and after.calendar and before.calendar.key == after.calendar.key:
        yield from compare(before.calendar, after.calendar, (Part("calendars", after.calendar.key),))
    for doc_id, doc in sorted(after.process_docs.items()):
        if (was := before.process_docs.get(doc_id)) is not None and was is not doc:
            yield from compare(was, doc, (Part("process_docs", doc_id),))


def _is_told_of_tasks(change: Change) -> bool:
    inside = change.where[1].field if len(change.where) > 1 else change.field
    return inside in _OF_TASKS
