"""Where each part of a bundle comes from: file and line, and who set it, read from its pin alone (D2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.access import Permission, require
from engine.bundles import pins
from engine.bundles.models import Bundle
from engine.catalog.blame import SetBy
from engine.catalog.models import TaskDefinition
from engine.catalog.resolved import Origin, ResolvedTemplate
from engine.errors import NotFoundError
from engine.tasks import lookup
from engine.transaction import Transaction

#: Lists whose entries stand alone, and what each entry is called by.
_NAMED_BY = {
    "steps": "ref",
    "deliverables": "ref",
    "proof": "label",
    "tools": "tool",
    "links": "name",
    "phases": "key",
}
#: What a revision says that was pinned before pins kept who set a value.
NOT_KEPT = "The bundle was started with a release that did not keep who set a value."


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something that a template says: a step, a due rule, another field."""

    #: The ref of its task; None for what the whole template says.
    task: str | None
    #: ``due``, ``steps/outline``: the field, and of a list which entry; with ``type/`` where the task's type
    #: says it.
    field: str
    #: What is said, as JSON.
    value: Any
    #: ``global``, ``partner`` or ``campaign``.
    level: str
    file: str
    #: The line of what was changed last in it; 0 for a whole file.
    line: int
    #: The newest commit of all its lines; None where that is not known.
    set_by: SetBy | None
    #: Why that is not known; empty where it is.
    unknown: str
    #: The commit that last changed the file.
    file_commit: str | None

    def as_json(self) -> dict[str, Any]:
        """Return every field."""
        return {
            "task": self.task,
            "field": self.field,
            "value": self.value,
            "level": self.level,
            "file": self.file,
            "line": self.line,
            "set_by": self.set_by.as_json() if self.set_by else None,
            "unknown": self.unknown or None,
            "file_commit": self.file_commit,
        }


def blame(
    tx: Transaction, bundle_id: str, task: str | None = None, field: str | None = None
) -> tuple[ResolvedTemplate, list[Part]]:
    """Return a bundle's pinned template, and where its parts come from.

    ``task`` keeps one task's, named by its ref in the template or as tasks are elsewhere; ``field`` keeps one
    field, or one entry of it.

    Raises:
        ForbiddenError: the actor may not read templates.
        NotFoundError: no such bundle, task or field that the actor may see.
    """
    require(tx.actor, Permission.BROWSE_TEMPLATES, "read where a bundle comes from")
    bundle = tx.get(Bundle, bundle_id)
    resolved = pins.resolved_of(tx, bundle)
    if task is None:
        parts = [*of_template(resolved)]
        for definition in resolved.template.tasks:
            parts += of_task(resolved, definition.ref)
    else:
        parts = of_task(resolved, _ref_of(tx, bundle, resolved, task))
    if field is not None:
        known = dict.fromkeys(part.field for part in parts)
        parts = [part for part in parts if part.field == field or part.field.startswith(f"{field}/")]
        if not parts:
            raise NotFoundError(f"Nothing says {field} there. What is said: {', '.join(known)}.")
    return resolved, parts


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What one file, with those that override it, says below one place."""

    origins: Mapping[str, Origin]
    set_by: Mapping[str, SetBy]
    base: str
    data: Mapping[str, Any]
    prefix: str = ""


def _ref_of(tx: Transaction, bundle: Bundle, resolved: ResolvedTemplate, task: str) -> str:
    """Return the ref in the template of the task that is named."""
    refs = [definition.ref for definition in resolved.template.tasks]
    if task in refs:
        return task
    try:
        found = lookup.find(tx, task)
    except NotFoundError as error:
        called = ", ".join(refs)
        raise NotFoundError(f"{error.message} In its template the tasks are called {called}.") from error
    if found.bundle_id != bundle.bundle_id:
        raise NotFoundError(f"{found.name} is not a task of {bundle.title}.")
    if found.template_task_ref is None:
        raise NotFoundError(f"{found.name} was made by hand: nothing of it comes from a template.")
    if found.template_task_ref not in refs:
        raise NotFoundError(f"{found.name} stays from an older revision: its template has it no more.")
    return found.template_task_ref


def of_template(resolved: ResolvedTemplate) -> list[Part]:
    """Return what the template says of the bundle as a whole, and its documents and calendar."""
    own = {pointer: origin for pointer, origin in resolved.origins.items() if not _is_of_task(pointer)}
    data = resolved.template.model_dump(mode="json", exclude={"tasks"})
    said = _Said(origins=own, set_by=resolved.blame.values, base="", data=data)
    return [*_parts(resolved, None, said), *_files(resolved)]


def of_task(resolved: ResolvedTemplate, ref: str) -> list[Part]:
    """Return what the template says of one task, then what its task type does."""
    place, task = next((place, task) for place, task in enumerate(resolved.template.tasks) if task.ref == ref)
    kind = resolved.task_type_of(task)
    said = _Said(
        origins=resolved.origins,
        set_by=resolved.blame.values,
        base=f"/tasks/{place}",
        data={**task.model_dump(mode="json"), "due": _due_of(task)},
    )
    of_type = _Said(
        origins=resolved.type_origins,
        set_by=resolved.blame.type_values,
        base=f"/{kind.key}",
        data=kind.model_dump(mode="json"),
        prefix="type/",
    )
    parts = [*_parts(resolved, ref, said)]
    # What the task says itself goes before what its type does.
    own = {f"type/{part.field}" for part in parts}
    return [*parts, *(part for part in _parts(resolved, ref, of_type) if part.field not in own)]


def _is_of_task(pointer: str) -> bool:
    return pointer.startswith("/tasks/")


def _due_of(task: TaskDefinition) -> Any:
    return task.due_rule.model_dump(mode="json") if task.due_rule else None


def _parts(resolved: ResolvedTemplate, task: str | None, said: _Said) -> Iterator[Part]:
    """Yield a part for each field that is said, and for each entry of a list whose entries have names."""
    for (name, entry), pointers in _grouped(said).items():
        field = "due" if name == "offset_days" else name
        value = said.data.get(field)
        if entry is not None:
            value = value[entry]  # type: ignore[index]
            field = f"{field}/{value[_NAMED_BY[name]]}"
        found = {pointer: said.set_by[pointer] for pointer in pointers if pointer in said.set_by}
        newest = resolved.blame.newest(found.values())
        changed = next((pointer for pointer, one in found.items() if one == newest), pointers[0])
        origin = said.origins[changed]
        yield Part(
            task=task,
            field=said.prefix + field,
            value=value,
            level=origin.level,
            file=origin.file,
            line=origin.line,
            set_by=newest,
            unknown="" if newest else resolved.blame.unknown.get(origin.file, NOT_KEPT),
            file_commit=origin.commit,
        )


def _grouped(said: _Said) -> dict[tuple[str, int | None], list[str]]:
    """Return the pointers of each field, and of a list whose entries have names of each entry."""
    groups: dict[tuple[str, int | None], list[str]] = {}
    for pointer in said.origins:
        if not pointer.startswith(f"{said.base}/"):
            continue
        name, *inner = pointer.removeprefix(f"{said.base}/").split("/")
        is_entry = name in _NAMED_BY and bool(inner)
        groups.setdefault((name, int(inner[0]) if is_entry else None), []).append(pointer)
    return groups


def _files(resolved: ResolvedTemplate) -> Iterator[Part]:
    """Yield the documents and the calendar, each as a whole file."""
    said_in: Sequence[Mapping[str, Origin]] = (resolved.origins, resolved.type_origins)
    others = {origin.file for origins in said_in for origin in origins.values()}
    for file in resolved.closure:
        if file.path in others or not file.is_of_content:
            continue
        set_by = resolved.blame.files.get(file.path)
        yield Part(
            task=None,
            field=file.path.removeprefix("content/").rpartition(".")[0],
            value=None,
            level="global",
            file=file.path,
            line=0,
            set_by=set_by,
            unknown="" if set_by else resolved.blame.unknown.get(file.path, NOT_KEPT),
            file_commit=file.commit,
        )
