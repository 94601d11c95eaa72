"""A template with its overrides applied, together with everything that it depends on: what a bundle pins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property, partial
from typing import Any

from engine.catalog.blame import Blame
from engine.catalog.calendars import HolidaysOf
from engine.catalog.meta_schemas import PINNED
from engine.catalog.models import (
    ApprovalPolicy,
    Calendar,
    DeliverableDefinition,
    ProcessDoc,
    TaskDefinition,
    TaskTemplate,
    TaskType,
    ToolUse,
)
from engine.catalog.parts import tools_in_use
from engine.errors import ContentError

#: Begins the entry of a closure that is no file.
_HOLIDAYS = "holidays/"


@dataclass(frozen=True)
class Origin:
    """Where a value was written."""

    #: ``global``, ``partner`` or ``campaign``.
    level: str
    file: str
    line: int
    #: The commit that last changed the file; None where it is not committed.
    commit: str | None
    #: The last line of the value, 0 where it was read from a pin: there the blame is worked out already.
    last_line: int = field(default=0, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return ``{level, file, line, commit}``."""
        return {"level": self.level, "file": self.file, "line": self.line, "commit": self.commit}


@dataclass(frozen=True)
class ClosureFile:
    """One of the files that a resolved template consists of, or the public holidays of its calendar."""

    #: For public holidays no file of content: ``holidays/DE-BY``.
    path: str
    sha256: str
    #: The commit that last changed the file, or the older one that a quarantined file is taken from.
    commit: str | None
    author: str | None = None
    authored_at: str | None = None

    @classmethod
    def of_holidays(cls, whose: HolidaysOf) -> ClosureFile:
        """Return the entry of public holidays: where a package says others, it is another closure."""
        said = json.dumps([[day.isoformat(), name] for day, name in whose.days.items()])
        return cls(f"{_HOLIDAYS}{whose}", hashlib.sha256(said.encode()).hexdigest(), None)

    @property
    def is_of_content(self) -> bool:
        """Whether it is a file that somebody commits."""
        return not self.path.startswith(_HOLIDAYS)

    @property
    def authored_on(self) -> date | None:
        """The day of that; None without a commit."""
        return date.fromisoformat(self.authored_at[:10]) if self.authored_at else None


def approval_of(template: TaskTemplate, task: TaskDefinition, kind: TaskType | None) -> ApprovalPolicy:
    """Return the policy given by the task, else the template, else the type; else none is required."""
    return task.approval or template.approval or (kind.approval if kind else None) or ApprovalPolicy()


def deliverables_of(task: TaskDefinition, kind: TaskType | None) -> list[DeliverableDefinition]:
    """List what a task hands over: the type's definitions and its own, which win by ref (TYP-05)."""
    definitions = [*(kind.deliverables if kind else []), *task.deliverables]
    return list({definition.ref: definition for definition in definitions}.values())


@dataclass(frozen=True)
class ResolvedTemplate:
    """Template and overrides as one, with the origin of every written value and the whole closure."""

    key: str
    template: TaskTemplate
    #: JSON pointer -> origin, for every value that a file says (defaults have none).
    origins: Mapping[str, Origin]
    #: The newest commit that has all of it as it was read; None without Git, and where no one commit has.
    commit: str | None
    task_types: Mapping[str, TaskType]
    process_docs: Mapping[str, ProcessDoc]
    calendar: Calendar | None
    closure: tuple[ClosureFile, ...]
    #: Whether some of its files are not committed as they were read (only with ``--worktree``).
    dirty: bool = False
    #: JSON pointer below ``task_types`` -> origin, for every value that the types say.
    type_origins: Mapping[str, Origin] = field(default_factory=dict)
    #: Works out the blame: it reads history, and who shows a template does not want that.
    find_blame: Callable[[], Blame] = field(default=Blame, repr=False, compare=False)

    @cached_property
    def blame(self) -> Blame:
        """Who set each value (D2); of a pin, what was known when it was made."""
        return self.find_blame()

    @cached_property
    def closure_hash(self) -> str:
        """The sha256 over the sorted (path, sha256) pairs of the closure."""
        return closure_hash(self.closure)

    @property
    def written_on(self) -> date | None:
        """The day on which its newest file was written; None without Git."""
        return max((file.authored_on for file in self.closure if file.authored_on), default=None)

    @property
    def is_of_several_commits(self) -> bool:
        """Whether every file is committed, but no one commit has all as they were read."""
        return (
            self.commit is None
            and not self.dirty
            and all(file.commit for file in self.closure if file.is_of_content)
        )

    @property
    def is_active(self) -> bool:
        """Whether bundles can be started from it (CNT-12)."""
        return self.template.is_active

    def task_type_of(self, task: TaskDefinition) -> TaskType:
        """Return the type of a task: its own, else the template's."""
        key = self.template.type_key_of(task)
        if key is None or key not in self.task_types:
            raise ContentError(
                f"Task {task.ref} of {self.key} has no task type. Name one in task_type.",
                details=[{"code": "UNKNOWN_TASK_TYPE", "message": f"{task.ref}: {key}"}],
            )
        return self.task_types[key]

    def config_of(self, task: TaskDefinition) -> dict[str, Any]:
        """Return the task's settings: its own over the template's, per key; null removes a key."""
        return _shallow(self.template.config, task.config)

    def rules_of(self, task: TaskDefinition) -> dict[str, Any]:
        """Return the task's guidance: its own over the template's, per key; null removes a key."""
        return _shallow(self.template.rules, task.rules)

    def tools_of(self, task: TaskDefinition) -> list[ToolUse]:
        """Return the tools: the type's, the template's and the task's, but for those that one drops."""
        kind = self.task_types.get(self.template.type_key_of(task) or "")
        return tools_in_use(kind.tools if kind else [], self.template.tools, task.tools)

    def approval_of(self, task: TaskDefinition) -> ApprovalPolicy:
        """Return the policy given by the task, else the template, else the type; else none is required."""
        return approval_of(self.template, task, self.task_types.get(self.template.type_key_of(task) or ""))

    def deliverables_of(self, task: TaskDefinition) -> list[DeliverableDefinition]:
        """List what the task hands over: the type's definitions and its own, which win by ref (TYP-05)."""
        return deliverables_of(task, self.task_types.get(self.template.type_key_of(task) or ""))

    def as_json(self) -> dict[str, Any]:
        """Give the form that ``content show --json`` prints: ``{template, origins}``."""
        origins = {pointer: origin.as_json() for pointer, origin in self.origins.items()}
        return {"template": self.template.model_dump(mode="json"), "origins": origins}

    def as_pin(self) -> dict[str, Any]:
        """Return everything as JSON; ``from_pin`` needs neither repository nor files (D2)."""
        return {
            "key": self.key,
            "commit": self.commit,
            "dirty": self.dirty,
            "closure_hash": self.closure_hash,
            "closure": [asdict(file) for file in self.closure],
            "template": _written(self.template),
            "task_types": {key: _written(item) for key, item in sorted(self.task_types.items())},
            "process_docs": {key: _written(item) for key, item in sorted(self.process_docs.items())},
            "calendar": None if self.calendar is None else _written(self.calendar),
            "origins": _written_origins(self.origins),
            "type_origins": _written_origins(self.type_origins),
            "blame": self.blame.as_pin(),
        }

    @classmethod
    def from_pin(cls, data: Mapping[str, Any]) -> ResolvedTemplate:
        """Return the resolved template that ``as_pin`` was called on.

        Fields that only a newer release knows are ignored: it may share the store with this one.
        """
        calendar = data["calendar"]
        return cls(
            key=data["key"],
            template=TaskTemplate.model_validate(data["template"], extra="ignore", context=PINNED),
            origins=_read_origins(data["origins"]),
            commit=data["commit"],
            task_types={
                k: TaskType.model_validate(item, extra="ignore", context=PINNED)
                for k, item in data["task_types"].items()
            },
            process_docs={
                k: ProcessDoc.model_validate(item, extra="ignore") for k, item in data["process_docs"].items()
            },
            calendar=None if calendar is None else Calendar.model_validate(calendar, extra="ignore"),
            closure=tuple(ClosureFile(**file) for file in data["closure"]),
            dirty=data.get("dirty", False),
            # Older releases pinned neither.
            type_origins=_read_origins(data["type_origins"]) if "type_origins" in data else {},
            find_blame=partial(Blame.from_pin, data.get("blame")),
        )


def _written_origins(origins: Mapping[str, Origin]) -> dict[str, Any]:
    """Return origins as JSON that names each file once: hundreds of values share a handful."""
    places: dict[tuple[str, str, str | None], int] = {}
    values = {
        pointer: [places.setdefault((origin.level, origin.file, origin.commit), len(places)), origin.line]
        for pointer, origin in origins.items()
    }
    return {"files": [list(place) for place in places], "values": values}


def _read_origins(data: Mapping[str, Any]) -> dict[str, Origin]:
    files = data["files"]
    return {
        pointer: Origin(files[number][0], files[number][1], line, files[number][2])
        for pointer, (number, line) in data["values"].items()
    }


def _written(item: Any) -> dict[str, Any]:
    """Return the fields that the author wrote; the defaults are part of the format."""
    dumped: dict[str, Any] = json.loads(item.model_dump_json(exclude_unset=True))
    return dumped


def closure_hash(closure: Iterable[ClosureFile]) -> str:
    """Return the sha256 over the sorted (path, sha256) pairs."""
    lines = sorted(f"{file.path}\0{file.sha256}\n" for file in closure)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _shallow(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**base, **change}.items() if value is not None}
