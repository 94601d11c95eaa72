"""A due rule in words: ``7 days before the anchor date``, ``2 hours after “Draft” is done``."""

from __future__ import annotations

from collections.abc import Mapping

from engine.catalog.models import DueRule, TaskTemplate
from engine.catalog.overrides import Override
from engine.plurals import plural

_UNITS = {"days": "day", "business_days": "working day", "hours": "hour"}


def due_words(rule: DueRule | None, template: TaskTemplate | Override) -> str:
    """Return when a task is due, as people say it; ``template`` names the task or parameter counted from."""
    if rule is None:
        return "no due date"
    moment = _moment(rule, template)
    if rule.offset == 0:
        return _at(rule, moment)
    side = "before" if rule.offset < 0 else "after"
    number = abs(rule.offset)
    return f"{plural(number, _UNITS[rule.unit])} {side} {moment}"


def _at(rule: DueRule, moment: str) -> str:
    if rule.after_task is not None:
        return f"as soon as {moment}"
    where = "the first working day from" if rule.unit == "business_days" else "on"
    return f"{where} {moment}"


def _moment(rule: DueRule, template: TaskTemplate | Override) -> str:
    if rule.after_task is not None:
        title = next((task.title for task in template.tasks if task.ref == rule.after_task), None)
        return f"“{title or rule.after_task}” is done"
    if rule.parameter is not None:
        return f"the day given as “{_title(rule.parameter, template.parameters)}”"
    return "the day it is started" if rule.counted_from == "bundle_start" else "the anchor date"


def _title(name: str, parameters: Mapping[str, object] | None) -> str:
    properties = (parameters or {}).get("properties")
    declared = properties.get(name) if isinstance(properties, dict) else None
    title = declared.get("title") if isinstance(declared, dict) else None
    return str(title or name.replace("_", " "))
