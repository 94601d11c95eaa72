"""What is expected at a moment, compared with the records: rows as an export has them, in other words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.accounts.models import User
from engine.bundles.models import Bundle, BundleLink
from engine.catalog.scenarios import (
    DAY_PATTERN,
    MOMENT_PATTERN,
    Expectation,
    Reminded,
    Rows,
    read_day,
    read_moment,
)
from engine.catalog.yaml_reader import Path
from engine.clock import in_zone, to_text
from engine.deliverables.models import Deliverable
from engine.entities import RECORD_TYPES
from engine.record import Record
from engine.reference.models import Campaign, Employee, Partner
from engine.reminders.models import Reminder
from engine.scenarios.stage import Stage
from engine.tasks.models import Task
from engine.transaction import Transaction

_KINDS = {kind.spec.table: kind for kind in RECORD_TYPES}
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")


@dataclass(frozen=True)
class Miss:
    """Something that is not as expected."""

    #: Where it is written, within the expectation.
    path: Path
    #: What it is about: ``draft: status``.
    about: str
    expected: str
    found: str

    @property
    def message(self) -> str:
        """The sentence that says so."""
        return f"{self.about}: expected {self.expected}, found {self.found}."


def misses(stage: Stage, expected: Expectation) -> Iterator[Miss]:
    """Yield what is not as expected now, in the order of the fields; reminders are looked at once."""
    with stage.looking() as tx:
        rows = _Rows(tx, stage)
        yield from _tasks(rows, expected)
        if expected.bundle is not None:
            found = rows.of(tx.get(Bundle, stage.bundle_id)) if stage.bundle_id else None
            yield from rows.differences(("bundle",), "the bundle", found, _fields(expected.bundle, "status"))
        links = {link.name: link for link in tx.find(BundleLink, bundle_id=stage.bundle_id)}
        for name, wanted in expected.links.items():
            found = rows.of(links[name]) if name in links else None
            yield from rows.differences(("links", name), f"link {name}", found, _fields(wanted, "state"))
        yield from _board(rows, expected)
        if expected.reminders is not None:
            yield from _reminders(rows, expected.reminders)
        for number, one in enumerate(expected.export):
            yield from _export(rows, ("export", number), one)


class _Rows:
    """Records as rows in the words of a scenario: ids of people, tasks and deliverables are names."""

    def __init__(self, tx: Transaction, stage: Stage) -> None:
        self.tx, self.stage = tx, stage
        self.tasks = {task_id: ref for ref, task_id in stage.tasks.items()}
        self._names: dict[str, dict[str, str]] = {
            "tasks": self.tasks,
            "employees": {one.employee_id: one.key for one in tx.find(Employee)},
            "users": {one.user_id: one.name for one in tx.find(User)},
            "partners": {one.partner_id: one.key for one in tx.find(Partner)},
            "campaigns": {one.campaign_id: one.key for one in tx.find(Campaign)},
            "deliverables": {one.deliverable_id: one.ref for one in tx.find(Deliverable)},
        }

    def of(self, record: Record) -> dict[str, Any]:
        """Return a record as a row."""
        row = record.model_dump(mode="json", exclude=set(record.spec.secret) or None)
        for field, table in record.spec.references.items():
            if table in self._names and field in row:
                row[field] = self._named(row[field], self._names[table])
        return row

    def differences(
        self, path: Path, about: str, row: Mapping[str, Any] | None, wanted: Mapping[str, Any]
    ) -> Iterator[Miss]:
        """Yield in which of the wanted fields a row differs."""
        if row is None:
            yield Miss(path, about, "it", "nothing of that name")
            return
        for name, value in wanted.items():
            found = row.get(name, row.get(f"{name}_id"))
            if not self.is_same(value, found):
                yield Miss(path, f"{about}: {name}", _shown(value), self.said(found))

    def is_same(self, wanted: Any, found: Any) -> bool:
        """Whether what is found is what is wanted, days and moments written either way."""
        if isinstance(wanted, str) and isinstance(found, str) and wanted != found:
            return self._is_same_time(wanted, found)
        return type(wanted) is type(found) and bool(wanted == found)

    def said(self, found: Any) -> str:
        """Say what is found; a moment as clocks of the workspace show it."""
        if isinstance(found, str) and _MOMENT.fullmatch(found):
            return f"{in_zone(datetime.fromisoformat(found), self.stage.zone):%Y-%m-%d %H:%M}"
        return _shown(found)

    def _is_same_time(self, wanted: str, found: str) -> bool:
        try:
            if _MOMENT.fullmatch(found) and re.fullmatch(MOMENT_PATTERN, wanted):
                moment = read_moment(wanted, self.stage.anchor, self.stage.zone)
                return to_text(moment)[:16] == found[:16]
            if re.fullmatch(DAY_PATTERN, wanted):
                return read_day(wanted, self.stage.anchor).isoformat() == found
        except ValueError:
            return False
        return False

    def _named(self, value: Any, names: Mapping[str, str]) -> Any:
        if isinstance(value, list):
            return [names.get(one, one) for one in value]
        if isinstance(value, dict):
            return {key: names.get(one, one) for key, one in value.items()}
        return names.get(value, value)


def _fields(wanted: str | dict[str, Any], usual: str) -> dict[str, Any]:
    return wanted if isinstance(wanted, dict) else {usual: wanted}


def _tasks(rows: _Rows, expected: Expectation) -> Iterator[Miss]:
    made = rows.stage.tasks
    for ref, wanted in expected.tasks.items():
        found = rows.of(rows.tx.get(Task, made[ref])) if ref in made else None
        yield from rows.differences(("tasks", ref), ref, found, _fields(wanted, "status"))
    for number, ref in enumerate(expected.made):
        if ref not in made:
            yield Miss(("made", number), ref, "a task of the bundle", "no such task")
    for number, ref in enumerate(expected.not_made):
        if ref in made:
            yield Miss(("not_made", number), ref, "no such task", "a task of the bundle")


def _board(rows: _Rows, expected: Expectation) -> Iterator[Miss]:
    tasks = rows.tx.find(Task, bundle_id=rows.stage.bundle_id) if expected.board else []
    for column, refs in expected.board.items():
        there = sorted(rows.tasks.get(task.task_id, task.name) for task in tasks if task.lane == column)
        if there != sorted(refs):
            yield Miss(("board", column), f"column {column}", _listed(sorted(refs)), _listed(there))


def _reminders(rows: _Rows, expected: list[Reminded]) -> Iterator[Miss]:
    """Yield what was expected and did not come, then what came and was not expected."""
    came = [one for one in rows.tx.find(Reminder, order_by=("send_at", "reminder_id")) if one.state.is_told]
    left = [one for one in came if one.reminder_id not in rows.stage.told]
    rows.stage.told |= {one.reminder_id for one in came}
    for number, wanted in enumerate(expected):
        fitting = next((one for one in left if _fits(rows, one, wanted)), None)
        if fitting is None:
            others = _listed([_said_of(rows, one) for one in left])
            yield Miss(("reminders", number), "reminders", _said_as(wanted), others)
        else:
            left.remove(fitting)
    for one in left:
        yield Miss(("reminders",), "reminders", "no other", _said_of(rows, one))


def _fits(rows: _Rows, one: Reminder, wanted: Reminded) -> bool:
    row = rows.of(one)
    is_of = (row["user_id"], row["type"], row["task_id"]) == (wanted.to, wanted.of, wanted.task)
    return is_of and (wanted.at is None or rows.is_same(wanted.at, row["sent_at"]))


def _said_of(rows: _Rows, one: Reminder) -> str:
    row = rows.of(one)
    of_what = f" of {row['task_id']}" if row["task_id"] else ""
    return f"{row['type']}{of_what} to {row['user_id']} at {rows.said(row['sent_at'])}"


def _said_as(wanted: Reminded) -> str:
    of_what = f" of {wanted.task}" if wanted.task else ""
    return f"{wanted.of}{of_what} to {wanted.to}{f' at {wanted.at}' if wanted.at else ''}"


def _export(rows: _Rows, path: Path, wanted: Rows) -> Iterator[Miss]:
    kind = _KINDS[wanted.table]
    found = [row for row in map(rows.of, rows.tx.find(kind)) if _is_chosen(rows, row, wanted.where)]
    about = f"{wanted.table} {_shown(wanted.where)}" if wanted.where else wanted.table
    if wanted.count is not None and len(found) != wanted.count:
        yield Miss((*path, "count"), about, f"{wanted.count} rows", str(len(found)))
    elif wanted.count is None and not found:
        yield Miss((*path, "where"), about, "at least one row", "none")
    for row in found:
        yield from rows.differences((*path, "fields"), about, row, wanted.fields)


def _is_chosen(rows: _Rows, row: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    return all(rows.is_same(value, row.get(name, row.get(f"{name}_id"))) for name, value in where.items())


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_shown(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(words: list[str]) -> str:
    return ", ".join(words) or "none"
