"""What may be wrong with `reminders:` beyond its form: crontab lines, and names that stand twice."""

from __future__ import annotations

from collections.abc import Iterator

from engine.catalog.check_schedule import line_findings
from engine.catalog.findings import Finding, duplicates
from engine.catalog.reminder_rules import ReminderRules
from engine.catalog.yaml_reader import Path


def reminder_findings(path: Path, rules: ReminderRules | None) -> Iterator[Finding]:
    """Yield what is wrong with the rules that stand at a path of a file."""
    recurring = (rules.recurring if rules else None) or []
    for number, one in enumerate(recurring):
        yield from line_findings((*path, "recurring", number, "schedule"), one.schedule)
    yield from duplicates((*path, "recurring"), "name", [one.name for one in recurring])
