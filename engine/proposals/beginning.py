"""What a change of a template begins with: an override, a copy, or the file itself (EDT-03); pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from engine.catalog.layout import editor_line
from engine.catalog.rewriting import rewritten
from engine.catalog.yaml_reader import read_yaml
from engine.errors import ConflictError, TemplateNotFoundError, bad_field
from engine.proposals.naming import name_for, path_of
from engine.proposals.overlay import text_of

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: What a new template says first of itself: nobody can start it until somebody writes `active`.
NEW_STATUS = "draft"
_WIDEST = 10**6


@dataclass(frozen=True)
class Beginning:
    """The file that a change begins with."""

    #: The key of the template that it is about.
    template: str
    path: str
    #: What the file says now; None where it is new.
    before: str | None
    text: str
    #: What the proposal is called until its author says so.
    title: str
    #: Why it is proposed, as far as that is known.
    why: str = ""


def for_everybody(content: Content, key: str) -> Beginning:
    """Begin to change a template itself.

    Raises:
        TemplateNotFoundError: there is no such file.
    """
    text = _text_of_template(content, key)
    return Beginning(key, path_of(key), text, text, f"Change {_name_of(content, key)}")


def as_override(content: Content, key: str, level: str, scope: str, reason: str = "") -> Beginning:
    """Begin, or go on with, what a partner or campaign has another way.

    The reason is written into a file that is new; for one that is there it is why the change is proposed.

    Raises:
        TemplateNotFoundError: there is no such template.
    """
    _text_of_template(content, key)
    path = path_of(key, (level, scope))
    before = text_of(content, path)
    says = {"overrides": key, level: scope, **({"reason": reason} if reason else {})}
    text = f"{editor_line(path, 'override')}\n{_dumped(says)}" if before is None else before
    title = f"Change {_name_of(content, key)} for {level} {scope.replace('_', ' ')}"
    return Beginning(key, path, before, text, title, why=reason if before is not None else "")


def as_copy(content: Content, key: str, name: str) -> Beginning:
    """Begin a new template that says what another one says, as a draft; what only one may have is left out.

    Raises:
        TemplateNotFoundError: there is no such template.
        BadRequestError: the name cannot be one.
        ConflictError: there is a template of that name.
        ContentError: the file cannot be read.
    """
    new = _free_key(content, name)
    raw = _text_of_template(content, key).encode()
    says = dict(read_yaml(raw, path_of(key)).data or {})
    says.pop("portal_service_item_id", None)
    text = rewritten(raw, path_of(key), {**says, "key": new, "name": name, "status": NEW_STATUS}).decode()
    return Beginning(new, path_of(new), None, text, f"Add {name}, from {_name_of(content, key)}")


def from_nothing(content: Content, name: str, task_type: str, tasks: Iterable[str]) -> Beginning:
    """Begin a template from its name, a type and its first tasks, each due on the anchor date.

    Raises:
        BadRequestError: the name cannot be one, there is no such type, or there is no task.
        ConflictError: there is a template of that name.
    """
    new = _free_key(content, name)
    if task_type not in content.task_types:
        known = ", ".join(sorted(content.task_types))
        raise bad_field("task_type", f"There is no task type {task_type}. Choose one of: {known}.")
    titles = [title for one in tasks if (title := " ".join(one.split()))]
    if not titles:
        raise bad_field("tasks", "Write at least one task, each on its own line.")
    refs: list[str] = []
    for title in titles:
        refs.append(name_for(title, refs))
    says = {
        "key": new,
        "name": name,
        "status": NEW_STATUS,
        "task_type": task_type,
        "tasks": [
            {"ref": ref, "title": title, "offset_days": 0} for ref, title in zip(refs, titles, strict=True)
        ],
    }
    path = path_of(new)
    text = f"{editor_line(path, 'task_template')}\n{_dumped(says)}"
    return Beginning(new, path, None, text, f"Add {name}")


def _free_key(content: Content, name: str) -> str:
    key = name_for(name)
    if not any(sign.isalnum() for sign in name):
        raise bad_field("name", "Give it a name of letters or digits.")
    if text_of(content, path_of(key)) is not None:
        raise ConflictError(
            f"There is a template {key} already. Choose another name, or change that one.",
            details=[
                {
                    "code": "CONFLICT",
                    "field": "name",
                    "message": f"There is a template {key} already. Choose another name.",
                }
            ],
        )
    return key


def _text_of_template(content: Content, key: str) -> str:
    text = text_of(content, path_of(key)) if re.fullmatch(r"[a-z][a-z0-9_]*", key) else None
    if text is None:
        raise TemplateNotFoundError(f"There is no template {key}, so it cannot be changed.")
    return text


def _name_of(content: Content, key: str) -> str:
    return content.templates[key].name if key in content.templates else key


def _dumped(says: Mapping[str, Any]) -> str:
    return yaml.safe_dump(says, sort_keys=False, allow_unicode=True, width=_WIDEST)
