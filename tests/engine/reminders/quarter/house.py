"""What the house says: three teams in three zones, its own rules, and those of one template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import holidays
import yaml

from tests.conftest import ROOT, commit_all
from tests.engine.bundles.calendar_oracle import Team
from tests.engine.reminders.quarter.intended import SHIPPED, Hours

ZONE = "Europe/Berlin"
#: What is started by hand, with what it asks for.
TEMPLATES: dict[str, dict[str, Any]] = {
    "blog_post": {"topic": "Solar roofs"},
    "link_placement": {"target_url": "https://acme.example/roofs"},
    "podcast_episode": {},
    "technical_audit": {"site_url": "https://acme.example"},
    "local_grid_scan": {},
    "untyped_work": {},
}
#: What begins by itself: on Mondays, and on the first of each month.
SCHEDULED = ("newsletter", "monthly_tax_report")
#: What this house says besides what Workbench ships.
HOUSE: dict[str, Any] = {
    "due": [{"business_days": 2}, {"hours": 3}],
    "overdue": [
        {"after": {"business_hours": 0}, "to": "assignee"},
        {"after": {"business_hours": 6}, "to": "owner"},
        {"after": {"days": 3}, "to": "managers"},
        {"after": {"business_days": 4}, "to": "flag"},
    ],
    "missing_evidence": "owner",
    "stage_change": "owner",
    "help": [{"after": {"hours": 5}, "to": "managers"}, {"after": {"business_days": 1}, "to": "flag"}],
}
#: What one template says besides that.
LINKS: dict[str, Any] = {
    "due": [{"business_hours": 5}, {"days": 3}],
    "recurring": [
        {
            "name": "chase",
            "schedule": "0 9 * * 1",
            "text": "Write to the editor again",
            "to": "assignee",
            "overlap": "skip",
            "missed": "last",
        },
        {
            "name": "count",
            "schedule": "30 5 * * 3",
            "text": "Count the answers",
            "to": "owner",
            "overlap": "send",
            "missed": "none",
        },
    ],
}
#: So long before the quarter, and after it, dates of its tasks may lie.
_MARGIN = timedelta(days=150)
_QUIET = {"from": "18:00", "to": "08:00"}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Which quarter it is."""

    begins: date
    days: int
    #: As many are started by hand; others begin by themselves.
    bundles: int
    seed: int
    #: When all reminders of a day come together; None: at once.
    digest: str | None = None


def furnish(repository: Path, plan: Plan) -> None:
    """Let the content say so; templates without a calendar of their own go by Sydney's."""
    content = repository / "content"
    calendar = {"key": "sydney_office", "name": "Sydney office", "timezone": "Australia/Sydney"}
    (content / "calendars" / "sydney_office.yaml").write_text(yaml.safe_dump(calendar))
    said = {"key": "workspace", "calendar": "sydney_office", "quiet": _QUIET, "reminders": HOUSE}
    if plan.digest:
        said["digest"] = plan.digest
    (content / "reminders" / "workspace.yaml").write_text(yaml.safe_dump(said))
    with (content / "task_templates" / "link_placement.yaml").open("a") as file:
        file.write(yaml.safe_dump({"reminders": LINKS}))
    commit_all(repository)


def rules_of(plan: Plan) -> Callable[[str | None], tuple[Mapping[str, Any], Hours]]:
    """Return what gives the rules and the hours that hold for the tasks of a template."""
    first, last = plan.begins - _MARGIN, plan.begins + timedelta(days=plan.days) + _MARGIN
    digest = time.fromisoformat(plan.digest) if plan.digest else None
    hours = {
        key: Hours(team, time(8), time(18), digest, first, last) for key, team in _teams(first, last).items()
    }
    calendars = {key: _calendar_of(key) for key in (*TEMPLATES, *SCHEDULED)}
    house = {**SHIPPED, **HOUSE}

    def of(template: str | None) -> tuple[Mapping[str, Any], Hours]:
        rules = {**house, **LINKS} if template == "link_placement" else house
        return rules, hours[calendars[str(template)]]

    return of


def _calendar_of(template: str) -> str:
    lines = (ROOT / "content" / "task_templates" / f"{template}.yaml").read_text().splitlines()
    named = (line.partition(": ")[2] for line in lines if line.startswith("calendar: "))
    return next(named, "sydney_office")


def _teams(first: date, last: date) -> dict[str, Team]:
    """Give the three teams; of whose holidays the package is asked directly."""
    years = range(first.year, last.year + 1)
    week = frozenset({"mon", "tue", "wed", "thu", "fri"})
    berlin = frozenset(holidays.country_holidays("DE", subdiv="BE", years=years))
    new_york = frozenset(holidays.country_holidays("US", years=years))
    return {
        "berlin_office": Team("Europe/Berlin", week, time(17), berlin),
        "new_york_office": Team("America/New_York", week, time(17, 30), new_york),
        "sydney_office": Team("Australia/Sydney", week, None, frozenset()),
    }
