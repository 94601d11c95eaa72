"""What governs the work on a task: the resolved settings of its type, and its tools (R27)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from engine.catalog.models import TaskType
from engine.tasks.models import Task


@dataclass(frozen=True)
class Setting:
    """One value, as a person reads it."""

    label: str
    value: str
    #: What the type says about it; empty where it says nothing.
    help: str = ""
    #: Where the value leads, if it is an address of the web.
    url: str | None = None


def of_task(task: Task, types: Mapping[str, TaskType]) -> list[Setting]:
    """List the settings of a task as its type orders and names them, then others, then its tools."""
    kind = types.get(task.task_type)
    schema: Mapping[str, Any] = kind.config_schema.get("properties", {}) if kind else {}
    ordered = [*(kind.ui.order if kind else ()), *schema, *task.config]
    names = [name for name in dict.fromkeys(ordered) if task.config.get(name) not in (None, "", [], {})]
    widgets = kind.ui.widgets if kind else {}
    found = [_setting(name, task.config[name], schema.get(name), widgets.get(name)) for name in names]
    return [*found, *(_tool(tool) for tool in task.tools)]


def plain_settings(values: Mapping[str, Any]) -> list[Setting]:
    """List values by their own names, without those that say nothing."""
    return [
        _setting(name, value, None, None) for name, value in values.items() if value not in (None, "", [], {})
    ]


def _setting(name: str, value: object, rule: object, widget: str | None) -> Setting:
    said: Mapping[str, Any] = rule if isinstance(rule, dict) else {}
    shown = _words(value, is_amount=widget == "number")
    return Setting(
        str(said.get("title") or _named(name)), shown, str(said.get("description") or ""), _url(value)
    )


def _tool(tool: Mapping[str, Any]) -> Setting:
    told = ", ".join(f"{_named(name).lower()}: {_words(value)}" for name, value in tool["params"].items())
    return Setting("Tool", f"{_named(tool['tool'])}{' with ' if told else ''}{told}")


def _words(value: object, *, is_amount: bool = False) -> str:
    """Say a value in words; an amount with its thousands marked, which would spoil a year."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:,}" if is_amount else str(value)
    if isinstance(value, list) and all(isinstance(one, (str, int, float)) for one in value):
        return ", ".join(map(_words, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _named(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _url(value: object) -> str | None:
    """Return a value that is an address of the web; nothing else is made a link."""
    if not isinstance(value, str) or len(value.split()) != 1:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and parts.netloc else None
