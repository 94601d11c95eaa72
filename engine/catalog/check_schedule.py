"""What is wrong with a template's schedule, or can hardly be meant."""

from __future__ import annotations

from collections.abc import Iterator

from engine.catalog import schedules
from engine.catalog.calendars import zone_named
from engine.catalog.findings import Finding
from engine.catalog.models import TaskTemplate, Trigger
from engine.catalog.parameters import placeholders
from engine.catalog.problems import ProblemCode
from engine.catalog.yaml_reader import Path

_CODE = ProblemCode.INVALID_SCHEDULE


def schedule_findings(template: TaskTemplate) -> Iterator[Finding]:
    """Yield what is wrong with a template's trigger, and what its author should look at again."""
    trigger = template.trigger
    if trigger is None:
        return
    if trigger.timezone is not None:
        try:
            zone_named(trigger.timezone)
        except ValueError as error:
            yield Finding(_CODE, ("trigger", "timezone"), f"trigger.timezone: {error}.")
            return
    if trigger.schedule is not None:
        yield from line_findings(("trigger", "schedule"), trigger.schedule)
        yield from _times_of_day(trigger.schedule)
    elif trigger.mode == "schedule":
        message = "A trigger of mode schedule needs a schedule."
        yield Finding(_CODE, ("trigger",), message, 'For example schedule: "0 9 * * 1".')
    yield from _contradictions(trigger)
    yield from _parameters(template, trigger)


def line_findings(path: Path, line: str) -> Iterator[Finding]:
    """Yield what is wrong with the crontab line that stands at a path, or may be."""
    if fault := schedules.fault_of(line):
        message = f'"{line}" is not a crontab line: {fault}.'
        hint = (
            'Five fields: minute, hour, day, month, day of week; for example "0 9 * * 1" for Mondays at nine.'
        )
        yield Finding(_CODE, path, message, hint)
    elif schedules.never_fires(line):
        message = f'The schedule "{line}" never fires.'
        yield Finding(ProblemCode.SCHEDULE_NEVER_FIRES, path, message, "Correct the day or month.")
    elif months := schedules.months_left_out(line):
        message = f'The schedule "{line}" leaves out {", ".join(months)}, for want of such a day.'
        hint = "Where the last day of the month is meant, write L for the day."
        yield Finding(ProblemCode.SCHEDULE_SKIPS_MONTHS, path, message, hint)


def _times_of_day(line: str) -> Iterator[Finding]:
    """Yield that a line names more times of a day than a bundle can begin at."""
    if schedules.fault_of(line) is None and schedules.times_of_day(line) > 1:
        message = f'The schedule "{line}" names several times of a day, and a bundle is anchored on a day.'
        hint = 'Give one minute and one hour, for example "0 9 * * *".'
        yield Finding(_CODE, ("trigger", "schedule"), message, hint)


def _contradictions(trigger: Trigger) -> Iterator[Finding]:
    for name in ("partners", "campaigns"):
        keys = getattr(trigger, name)
        for place, key in enumerate(keys):
            if key in keys[:place]:
                message = f"{key} is named twice in trigger.{name}."
                yield Finding(ProblemCode.DUPLICATE_REF, ("trigger", name, place), message, "Name it once.")
    if trigger.missed == "all" and trigger.overlap == "skip":
        message = "missed: all makes up for each missed start, and overlap: skip leaves out all but one."
        yield Finding(_CODE, ("trigger", "missed"), message, "Write missed: last, or another overlap.")


def _parameters(template: TaskTemplate, trigger: Trigger) -> Iterator[Finding]:
    """Yield values for parameters that there are not, and words that name no day."""
    declared = (template.parameters or {}).get("properties", {})
    for name, value in trigger.parameters.items():
        path = ("trigger", "parameters", name)
        if name not in declared:
            known = (
                f"Declared: {', '.join(declared)}." if declared else "The template declares no parameters."
            )
            message = f"{name} is not a declared parameter."
            yield Finding(ProblemCode.UNDECLARED_PARAMETER, path, message, known)
        for word in placeholders(value) if isinstance(value, str) else ():
            if word not in schedules.WORDS:
                message = f"{{{{ {word} }}}} names no day of a start."
                hint = f"Use one of: {', '.join(schedules.WORDS)}."
                yield Finding(ProblemCode.INVALID_PLACEHOLDER, path, message, hint)
