"""One loaded revision of the content: what is live, what is wrong, and resolution on top of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain
from threading import Lock
from typing import Any

from pydantic import ValidationError

from engine.catalog.blame import Blame, History, SetBy
from engine.catalog.check_references import type_findings
from engine.catalog.check_template import template_findings
from engine.catalog.config_check import config_findings
from engine.catalog.findings import Finding, first
from engine.catalog.loader import LoadedFile, model_findings
from engine.catalog.models import Calendar, ProcessDoc, TaskTemplate, TaskType, WorkspaceReminders
from engine.catalog.overrides import Override
from engine.catalog.problems import Problem, ProblemCode, errors_of, problem
from engine.catalog.reminder_rules import DEFAULTS
from engine.catalog.resolve import Location, Node, merge, over_types, unwrap, wrap
from engine.catalog.resolved import ClosureFile, Origin, ResolvedTemplate
from engine.catalog.schemas import show_named
from engine.catalog.source import FileCommit, Revision, Source
from engine.errors import ContentError, TemplateNotFoundError, UnavailableError

Scope = tuple[str, str, str]


@dataclass(frozen=True)
class Merged:
    """A template with its overrides as data, and the places of its values."""

    data: Any
    locations: Mapping[str, Location]
    files: tuple[LoadedFile, ...]

    def placed(self, finding: Finding) -> Problem:
        """Return the problem at the file and line that the value, or its nearest parent, comes from."""
        pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in finding.path)
        while pointer:
            inside = (
                location
                for place, location in self.locations.items()
                if place == pointer or place.startswith(pointer + "/")
            )
            if (location := next(inside, None)) is not None:
                return problem(finding.code, location.file, (location.line, 1), finding.message, finding.hint)
            pointer = pointer.rpartition("/")[0]
        return problem(finding.code, self.files[-1].path, (1, 1), finding.message, finding.hint)


@dataclass(frozen=True)
class Content:
    """One loaded revision. Immutable for its users; resolved templates are remembered."""

    commit: str | None
    #: Whether uncommitted files were read (only with ``--worktree``).
    dirty: bool
    problems: tuple[Problem, ...]
    task_types: Mapping[str, TaskType]
    templates: Mapping[str, TaskTemplate]
    process_docs: Mapping[str, ProcessDoc]
    #: With their public holidays written out.
    calendars: Mapping[str, Calendar]
    #: (template key, ``partner`` or ``campaign``, its key) -> override.
    overrides: Mapping[Scope, Override]
    #: Every content file by path, broken ones included.
    files: Mapping[str, LoadedFile]
    source: Source | None = field(default=None, repr=False, compare=False)
    revision: Revision | None = field(default=None, repr=False, compare=False)
    #: Of whom and what the whole workspace is reminded, and when nobody is.
    reminders: WorkspaceReminders = DEFAULTS
    _resolved: dict[tuple[str, str | None, str | None], ResolvedTemplate] = field(
        default_factory=dict, repr=False, compare=False
    )
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def resolve(
        self, key: str, *, partner: str | None = None, campaign: str | None = None
    ) -> ResolvedTemplate:
        """Return the template for a partner and campaign (RES-01); remembered per revision.

        Whoever overrides nothing shares it: working it out takes longer than most pages.

        Raises:
            TemplateNotFoundError: no usable template with that key; names what is wrong with its file.
            ContentError: the overrides, or the types and calendars it needs, do not fit it, or an override
                does not load, nor any older version of it.
        """
        self._refuse_unread_override(key, partner, campaign)
        partner = partner if (key, "partner", partner) in self.overrides else None
        campaign = campaign if (key, "campaign", campaign) in self.overrides else None
        chosen = (key, partner, campaign)
        with self._lock:
            if chosen not in self._resolved:
                self._resolved[chosen] = self._resolve(self.merged(key, partner=partner, campaign=campaign))
            return self._resolved[chosen]

    def merged(self, key: str, *, partner: str | None = None, campaign: str | None = None) -> Merged:
        """Return the template's data with the overrides that exist, narrower ones last."""
        base = self._by_item.get(("task_template", key))
        if key not in self.templates or base is None:
            raise self._not_found(key)
        files, node = [base], wrap(base.document, "global")
        for level, scope_key in (("partner", partner), ("campaign", campaign)):
            if scope_key is not None and (key, level, scope_key) in self.overrides:
                file = self._by_item[f"override.{level}.{scope_key}", key]
                files.append(file)
                change = wrap(file.document, "partner" if level == "partner" else "campaign")
                node = merge(node, over_types(node, change, self._type_as_nodes))
        return _merged(node, files)

    def _type_as_nodes(self, key: str) -> Node | None:
        return self._type_node(key) if ("task_type", key) in self._by_item else None

    def _type_node(self, key: str) -> Node:
        return wrap(self._by_item["task_type", key].document, "global")

    def merged_findings(self, merged: Merged) -> tuple[TaskTemplate | None, list[Finding]]:
        """Return the merged template, and what is wrong with it by itself and with its types' settings."""
        try:
            template = TaskTemplate.model_validate(merged.data)
        except ValidationError as error:
            return None, first(model_findings(error, lambda path: show_named(path, merged.data)))
        found = chain(template_findings(template), config_findings(template, self.task_types))
        return template, first(found)

    def last_commit(self, path: str) -> FileCommit | None:
        """Return the commit that last changed a file; the history is read once, when first asked."""
        return self._commits.get(path)

    def _resolve(self, merged: Merged) -> ResolvedTemplate:
        key = merged.files[0].place.name
        template, findings = self.merged_findings(merged)
        if template is not None:
            findings += first(type_findings(template, self))
        problems = errors_of(merged.placed(finding) for finding in findings)
        if template is None or problems:
            raise self._unusable(key, problems)
        types = {k: self.task_types[k] for k in sorted(_type_keys(template))}
        docs = {k: self.process_docs[k] for k in sorted(template.doc_ids()) if k in self.process_docs}
        files = [
            *merged.files,
            *(self._by_item["task_type", name] for name in types),
            *(self._by_item["process_doc", name] for name in docs),
            *([self._by_item["calendar", template.calendar]] if template.calendar else []),
        ]
        origins = self._origins(merged.locations)
        type_origins = {
            f"/{name}{pointer}": origin
            for name in types
            for pointer, origin in self._origins(unwrap(self._type_node(name))[1]).items()
        }
        is_committed = not self.dirty or all(self._commit_of(file.path) for file in files)
        return ResolvedTemplate(
            key=key,
            template=template,
            origins=origins,
            commit=self._commit_holding(files) if is_committed else None,
            dirty=not is_committed,
            task_types=types,
            process_docs=docs,
            calendar=self.calendars[template.calendar] if template.calendar else None,
            closure=tuple(sorted(self._closure(template, files), key=lambda file: file.path)),
            type_origins=type_origins,
            find_blame=partial(self._blame, origins, type_origins, [file.path for file in files]),
        )

    def _blame(
        self, origins: Mapping[str, Origin], type_origins: Mapping[str, Origin], paths: list[str]
    ) -> Blame:
        """Work out who set these values, from the history of the files that say them."""
        if self.source is None or self.revision is None or self.revision.commit is None:
            return Blame(unknown=dict.fromkeys(paths, "The content was not in a Git repository."))
        said_in = {origin.file for part in (origins, type_origins) for origin in part.values()}
        committed = {path: commit for path in paths if (commit := self._commit_of(path)) is not None}
        read_at = {
            path: self.files[path].quarantine_commit or self.revision.commit
            for path in committed.keys() & said_in
        }
        try:
            history = self.source.history(self.revision, read_at, set(committed.values()))
        except UnavailableError as error:
            return Blame(unknown=dict.fromkeys(paths, f"The history could not be read: {error.public}"))
        unread = dict.fromkeys(
            (path for path in paths if path not in committed),
            "The file was not committed as it was read.",
        )
        values, type_values = _set_by(history, origins), _set_by(history, type_origins)
        files = {path: known for path, at in committed.items() if (known := history.commits.get(at))}
        used = {one.commit for part in (values, type_values, files) for one in part.values()}
        commits = tuple(one for commit, one in history.commits.items() if commit in used)
        return Blame(commits, values, type_values, files, {**history.unknown, **unread})

    def _closure(self, template: TaskTemplate, files: list[LoadedFile]) -> Iterator[ClosureFile]:
        """Yield what a template consists of: its files, and the public holidays that its calendar names."""
        yield from map(self._closure_file, files)
        calendar = self._by_item["calendar", template.calendar].item if template.calendar else None
        if isinstance(calendar, Calendar) and calendar.holidays_of is not None:
            yield ClosureFile.of_holidays(calendar.holidays_of)

    def _commit_holding(self, files: list[LoadedFile]) -> str | None:
        """Return the commit that has all these files as they were read: nobody looks there in vain (N8).

        With the older version of a file it is an older commit; None where no one commit had them all.
        """
        if self.source is None or self.revision is None or not any(file.quarantine_blob for file in files):
            return self.commit
        blobs = {file.path: file.quarantine_blob or self.revision.files[file.path].blob_id for file in files}
        try:
            return self.source.commit_holding(self.revision, blobs)
        except UnavailableError:
            return None  # the repository went away after loading

    def _origins(self, locations: Mapping[str, Location]) -> dict[str, Origin]:
        return {
            pointer: Origin(place.level, place.file, place.line, self._commit_of(place.file), place.last_line)
            for pointer, place in locations.items()
        }

    def _commit_of(self, path: str) -> str | None:
        if (older := self.files[path].quarantine_commit) is not None:
            return older
        known = self._commits.get(path)
        return known.commit if known else None

    def _closure_file(self, file: LoadedFile) -> ClosureFile:
        known = self._commits.get(file.path) if file.quarantine_commit is None else None
        return ClosureFile(
            path=file.path,
            sha256=file.sha256,
            commit=self._commit_of(file.path),
            author=known.author if known else None,
            authored_at=known.authored_at if known else None,
        )

    def _refuse_unread_override(self, key: str, partner: str | None, campaign: str | None) -> None:
        """Refuse a template without the override that somebody wrote for it: it may ask for an approval."""
        scopes = ((key, "partner", partner), (key, "campaign", campaign))
        faults = [fault for scope in scopes for fault in self._unread_overrides.get(scope, ())]
        if faults and key in self.templates:
            raise self._unusable(key, faults)

    @cached_property
    def _unread_overrides(self) -> dict[tuple[str, str | None, str | None], list[Problem]]:
        """What is wrong with each override of which no version loads."""
        return {
            (file.place.name, file.place.level, file.place.scope_key): errors_of(file.problems)
            for file in self.files.values()
            if file.place.kind == "override" and file.item is None
        }

    def _not_found(self, key: str) -> TemplateNotFoundError:
        faults = [
            fault
            for file in self.files.values()
            if file.place.kind == "task_template" and file.place.name == key
            for fault in errors_of(file.problems)
        ]
        if faults:
            return TemplateNotFoundError(
                f"The template {key} cannot be used, and no older version of it can: {faults[0]}",
                details=[fault.as_detail() for fault in faults],
            )
        if unread := next((one for one in self.problems if one.code == ProblemCode.NO_CONTENT), None):
            return TemplateNotFoundError(f"There is no template {key}, nor any other: {unread.message}")
        return TemplateNotFoundError(
            f"There is no template {key}. What is not committed is read with `--worktree` alone; `workbench "
            f"content check` lists what is wrong. Templates: {', '.join(sorted(self.templates)) or 'none'}."
        )

    def _unusable(self, key: str, problems: list[Problem]) -> ContentError:
        words = " ".join(str(found) for found in problems)
        return ContentError(
            f"The template {key} cannot be used. {words}", details=[found.as_detail() for found in problems]
        )

    @cached_property
    def _commits(self) -> Mapping[str, FileCommit]:
        if self.source is None or self.revision is None:
            return {}
        try:
            return self.source.last_commits(self.revision)
        except UnavailableError:
            # The repository went away after loading: content stays usable, without commits per file.
            return {}

    @cached_property
    def _by_item(self) -> dict[tuple[str, str], LoadedFile]:
        found: dict[tuple[str, str], LoadedFile] = {}
        for file in self.files.values():
            place = file.place
            kind = f"override.{place.level}.{place.scope_key}" if place.kind == "override" else place.kind
            if file.item is not None:
                found.setdefault((kind, place.name), file)
        return found


def _set_by(history: History, origins: Mapping[str, Origin]) -> dict[str, SetBy]:
    found = {
        pointer: history.of_lines(origin.file, origin.line, origin.last_line)
        for pointer, origin in origins.items()
    }
    return {pointer: one for pointer, one in found.items() if one is not None}


def _merged(node: Node, files: list[LoadedFile]) -> Merged:
    data, locations = unwrap(node)
    return Merged(data, locations, tuple(files))


def _type_keys(template: TaskTemplate) -> set[str]:
    return {key for task in template.tasks if (key := template.type_key_of(task)) is not None}


def build_content(
    revision: Revision, files: Mapping[str, LoadedFile], source: Source | None, problems: tuple[Problem, ...]
) -> Content:
    """Return the content of a revision from its loaded files; ``problems`` are those found in all."""
    items: dict[type, dict[Any, Any]] = {
        TaskType: {},
        TaskTemplate: {},
        ProcessDoc: {},
        Calendar: {},
        WorkspaceReminders: {},
        Override: {},
    }
    for _, file in sorted(files.items()):
        place = file.place
        if file.item is not None:
            scoped = (place.name, place.level, place.scope_key)
            item = file.item.written_out if isinstance(file.item, Calendar) else file.item
            items[type(item)].setdefault(scoped if place.kind == "override" else place.name, item)
    return Content(
        commit=revision.commit,
        dirty=revision.dirty,
        problems=problems,
        task_types=items[TaskType],
        templates=items[TaskTemplate],
        process_docs=items[ProcessDoc],
        calendars=items[Calendar],
        overrides=items[Override],
        reminders=next(iter(items[WorkspaceReminders].values()), DEFAULTS),
        files=files,
        source=source,
        revision=revision,
    )
