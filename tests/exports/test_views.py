"""The ready views give the figures that a plain reading of the same records gives (T4)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from engine.app import Workbench
from engine.bundles import service as bundles
from engine.clock import FixedClock
from exports import load, views, writer
from tests.conftest import ROOT
from tests.exports.conftest import rows
from tests.exports.lived import live
from tests.factories import make_bundle
from tests.golden.worker import Worker

Rows = list[dict[str, Any]]
#: All records of the tables that the views read, as in the files.
Records = dict[str, Rows]
READ = ("workspaces", "employees", "tasks", "bundles", "deliverables", "task_approvals", "task_qa_reviews")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _rounded(value: Fraction, digits: int) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _percent(part: int, whole: int) -> Decimal | None:
    return _rounded(Fraction(100 * part, whole), 1) if whole else None


def _grouped(found: Iterable[tuple[tuple[Any, ...], dict[str, Any]]]) -> dict[tuple[Any, ...], Rows]:
    groups: dict[tuple[Any, ...], Rows] = defaultdict(list)
    for key, row in found:
        groups[key].append(row)
    return groups


def _month(records: Records, text: str) -> date:
    zone = ZoneInfo(records["workspaces"][0]["timezone"])
    return _moment(text).astimezone(zone).date().replace(day=1)


def punctuality(records: Records, as_of: datetime) -> Rows:
    groups = _grouped(
        ((task["template_id"], _month(records, task["completed_at"])), task)
        for task in records["tasks"]
        if task["completed_at"]
    )
    found = []
    for (template, month), done in groups.items():
        dated = [task for task in done if task["late_seconds"] is not None]
        promised = [task for task in done if task["first_late_seconds"] is not None]
        kept = [task for task in dated if task["late_seconds"] <= 0]
        kept_first = [task for task in promised if task["first_late_seconds"] <= 0]
        moved = [
            task for task in done if task["first_deadline"] and task["first_deadline"] != task["deadline"]
        ]
        found.append(
            {
                "template_id": template,
                "month": month,
                "completed": len(done),
                "with_deadline": len(dated),
                "on_time": len(kept),
                "on_time_percent": _percent(len(kept), len(dated)),
                "with_first_deadline": len(promised),
                "on_first_deadline": len(kept_first),
                "on_first_deadline_percent": _percent(len(kept_first), len(promised)),
                "moved": len(moved),
            }
        )
    return found


def cycle_time(records: Records, as_of: datetime) -> Rows:
    groups = _grouped(
        ((run["template_id"], _month(records, run["completed_at"])), run)
        for run in records["bundles"]
        if run["status"] == "completed"
    )
    found = []
    for (template, month), runs in groups.items():
        spans = [_moment(run["completed_at"]) - _moment(run["created_at"]) for run in runs]
        days = [Fraction(span // timedelta(microseconds=1), 86_400_000_000) for span in spans]
        found.append(
            {
                "template_id": template,
                "month": month,
                "runs": len(runs),
                "median_days": median(days),
                "mean_days": sum(days, Fraction()) / len(days),
                "longest_days": max(days),
            }
        )
    return found


def rejections(records: Records, as_of: datetime) -> Rows:
    tasks = {task["task_id"]: task for task in records["tasks"]}
    versions = {row["deliverable_id"]: row for row in records["deliverables"]}
    groups = _grouped(
        (
            (
                tasks[given["task_id"]]["template_id"],
                versions[given["deliverable_id"]]["ref"],
                given["source"],
                _month(records, given["decided_at"]),
            ),
            given,
        )
        for given in records["task_approvals"]
        if given["decided_at"]
    )
    found = []
    for (template, ref, source, month), made in groups.items():
        rejected = sum(given["status"] == "rejected" for given in made)
        found.append(
            {
                "template_id": template,
                "deliverable_ref": ref,
                "source": source,
                "month": month,
                "decisions": len(made),
                "rejected": rejected,
                "approved_with_changes": sum(one["status"] == "approved_pending_changes" for one in made),
                "rejected_percent": _percent(rejected, len(made)),
                "most_versions": max(versions[one["deliverable_id"]]["version_number"] for one in made),
            }
        )
    return found


def qa_scores(records: Records, as_of: datetime) -> Rows:
    people = {row["employee_id"]: row["name"] for row in records["employees"]}
    groups = _grouped(
        ((review["employee_id"], _month(records, review["reviewed_at"])), review)
        for review in records["task_qa_reviews"]
    )
    found = []
    for (employee, month), made in groups.items():
        scores = [one["score"] for one in made if one["score"] is not None]
        found.append(
            {
                "employee_id": employee,
                "employee": people.get(employee),
                "month": month,
                "reviews": len(made),
                "scored": len(scores),
                "mean_score": _rounded(Fraction(sum(scores), len(scores)), 2) if scores else None,
                "passed": sum(one["passed"] is True for one in made),
                "failed": sum(one["passed"] is False for one in made),
            }
        )
    return found


_HELD_UP = {"waiting", "blocked", "help_needed", "pending_approval", "deferred"}


def workload(records: Records, as_of: datetime) -> Rows:
    found = []
    for person in records["employees"]:
        if not person["is_active"]:
            continue
        mine = [
            task
            for task in records["tasks"]
            if task["assignee_id"] == person["employee_id"] and not task["closed_at"]
        ]
        deadlines = [_moment(task["deadline"]) for task in mine if task["deadline"]]
        ahead = [deadline for deadline in deadlines if deadline >= as_of]
        found.append(
            {
                "employee_id": person["employee_id"],
                "employee": person["name"],
                "open": len(mine),
                "in_progress": sum(task["status"] == "in_progress" for task in mine),
                "held_up": sum(task["status"] in _HELD_UP for task in mine),
                "late": len(deadlines) - len(ahead),
                "due_in_7_days": sum(deadline - as_of < timedelta(days=7) for deadline in ahead),
                "next_deadline": min(ahead, default=None),
                "planned_minutes": sum(task["planned_minutes"] or 0 for task in mine),
            }
        )
    return found


ORACLES: dict[str, Callable[[Records, datetime], Rows]] = {
    "punctuality": punctuality,
    "cycle_time": cycle_time,
    "rejections": rejections,
    "qa_scores": qa_scores,
    "workload": workload,
}


def assert_views_say(connection: psycopg.Connection, records: Records, as_of: datetime) -> dict[str, Rows]:
    """Compare each view with the plain reading; return what the views say."""
    said: dict[str, Rows] = {}
    for view in views.VIEWS:
        with connection.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(f"SELECT * FROM {view.name}".encode()).fetchall()  # noqa: S608
        expected = ORACLES[view.name](records, as_of)
        keyed, wanted = (
            {tuple(row[name] for name in view.key): row for row in some} for some in (found, expected)
        )
        assert len(keyed) == len(found), f"{view.name} has two rows of one key"
        assert keyed.keys() == wanted.keys(), view.name
        for key, row in wanted.items():
            for name, value in row.items():
                if isinstance(value, Fraction):  # days, rounded to one digit
                    assert abs(Fraction(keyed[key][name]) - value) <= Fraction(1, 20) + Fraction(1, 10**6)
                else:
                    assert keyed[key][name] == value, (view.name, key, name)
        said[view.name] = found
    return said


@pytest.fixture
def reader(postgres_url_factory: Callable[[], str]) -> Iterable[psycopg.Connection]:
    """A reader's connection, in another zone than the workspace's."""
    with psycopg.connect(postgres_url_factory(), autocommit=True) as connection:
        connection.execute("SET search_path TO workbench_export; SET timezone TO 'America/New_York'")
        yield connection


def _loaded(reader: psycopg.Connection, folder: Path) -> tuple[Records, datetime]:
    host, name = reader.info.host, reader.info.dbname
    load.load(f"postgresql://{reader.info.user}@/{name}?host={host}", folder)
    as_of = json.loads((folder / "manifest.json").read_text())["as_of"]
    return {table: rows(folder, table) for table in READ}, _moment(as_of)


def test_every_view_says_what_a_plain_reading_of_the_export_says(
    workbench: Workbench, clock: FixedClock, reader: psycopg.Connection, tmp_path: Path
):
    """A bundle that is late is moved, and completed two days after it began."""
    live(workbench, "newsletter")
    bundle = make_bundle(
        workbench, "blog_post", anchor_date=date(2026, 11, 20), partner="acme", parameters={"topic": "Tents"}
    )
    with workbench.transaction(workbench.operator()) as tx:
        bundles.reanchor(tx, bundle.bundle_id, date(2027, 3, 1))
    clock.advance(days=2, hours=5)
    Worker(workbench).finish(bundle.bundle_id)
    writer.write(workbench, workbench.operator(), tmp_path / "export")
    records, as_of = _loaded(reader, tmp_path / "export")
    said = assert_views_say(reader, records, as_of)
    (article,) = (row for row in said["punctuality"] if row["template_id"] == "blog_post")
    assert article["moved"] > 0
    assert article["on_time"] > article["on_first_deadline"] > 0
    (run,) = (row for row in said["cycle_time"] if row["template_id"] == "blog_post")
    assert (run["runs"], run["longest_days"]) == (1, Decimal("2.2"))
    assert any(row["rejected"] and row["decisions"] > row["rejected"] for row in said["rejections"])
    assert said["qa_scores"]
    assert {row["open"] > 0 for row in said["workload"]} == {True, False}


_NEAR_A_MONTHS_END = st.builds(
    lambda start, minutes: datetime(2026, start, 1, tzinfo=UTC) + timedelta(minutes=minutes),
    st.sampled_from([3, 4, 11]),
    st.integers(-900, 900),
)
_SECONDS = st.one_of(st.none(), st.integers(-3, 3))
_AS_OF = datetime(2026, 4, 1, 12, tzinfo=UTC)
_DEADLINES = st.one_of(
    st.none(),
    st.integers(-2, 2).map(lambda seconds: _AS_OF + timedelta(seconds=seconds)),
    st.integers(-2, 2).map(lambda seconds: _AS_OF + timedelta(days=7, seconds=seconds)),
)
_TASKS = st.fixed_dictionaries(
    {
        "template_id": st.sampled_from(["one", "two", None]),
        "completed_at": st.one_of(st.none(), _NEAR_A_MONTHS_END),
        "late_seconds": _SECONDS,
        "first_late_seconds": _SECONDS,
        "deadline": _DEADLINES,
        "first_deadline": _DEADLINES,
        "closed_at": st.sampled_from([None, _AS_OF]),
        "planned_minutes": st.sampled_from([None, 0, 90]),
        "status": st.sampled_from([*sorted(_HELD_UP), "pending", "queued", "in_progress", "completed"]),
    }
)
_DECISIONS = st.fixed_dictionaries(
    {
        "decided_at": st.one_of(st.none(), _NEAR_A_MONTHS_END),
        "status": st.sampled_from(["pending", "approved", "approved_pending_changes", "rejected"]),
        "source": st.sampled_from(["internal", "portal"]),
    }
)
_REVIEWS = st.fixed_dictionaries(
    {
        "reviewed_at": _NEAR_A_MONTHS_END,
        "score": st.one_of(st.none(), st.integers(1, 5)),
        "passed": st.sampled_from([None, True, False]),
    }
)
_RUNS = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["active", "completed", "cancelled"]),
        "completed_at": _NEAR_A_MONTHS_END,
        "created_at": st.integers(0, 10**6).map(
            lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes % 40_000)
        ),
    }
)


def _text(value: Any) -> Any:
    return f"{value:%Y-%m-%dT%H:%M:%S}.000Z" if isinstance(value, datetime) else value


def _made(model: dict[str, Any], key: str, drawn: list[dict[str, Any]], **more: list[Any]) -> Rows:
    """Return copies of a record, each with a key of its own and what was drawn."""
    return [
        {**model, **{name: _text(value) for name, value in one.items()}, key: f"{key}_{place}"}
        | {name: values[place % len(values)] for name, values in more.items()}
        for place, one in enumerate(drawn)
    ]


@pytest.mark.wide
@pytest.mark.parametrize("zone", ["Pacific/Apia", "America/Los_Angeles"])
def test_every_view_says_what_a_plain_reading_says_of_any_records(
    lived_export: Path, reader: psycopg.Connection, zone: str
):
    """Around ends of months, deadlines to the second, and with nulls wherever records have them."""
    model, _ = _loaded(reader, lived_export)
    reader.execute("SET session_replication_role TO replica")  # records at random have nothing to point at
    reader.execute(
        "UPDATE manifest SET body = jsonb_set(body, '{as_of}', to_jsonb(%s::text))", [_text(_AS_OF)]
    )
    people = [row["employee_id"] for row in model["employees"]]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_TASKS, max_size=8), st.lists(_DECISIONS, max_size=8), st.lists(_REVIEWS, max_size=8),
           st.lists(_RUNS, max_size=8))  # fmt: skip
    def any_records(tasks: Any, decisions: Any, reviews: Any, runs: Any) -> None:
        if not tasks:
            decisions = []
        made = _made(
            model["tasks"][0], "task_id", tasks,
            assignee_id=[*people, None], task_number=list(range(1, 9)), task_uuid=[f"u{n}" for n in range(8)],
        )  # fmt: skip
        versions = model["deliverables"][:2]
        records = {
            "workspaces": [{**model["workspaces"][0], "timezone": zone}],
            "employees": model["employees"],
            "tasks": made,
            "bundles": _made(model["bundles"][0], "bundle_id", runs),
            "deliverables": versions,
            "task_approvals": _made(
                model["task_approvals"][0], "task_approval_id", decisions,
                task_id=[task["task_id"] for task in made] or [None],
                deliverable_id=[version["deliverable_id"] for version in versions],
            ),
            "task_qa_reviews": _made(
                model["task_qa_reviews"][0], "task_qa_review_id", reviews, employee_id=[*people, None]
            ),
        }  # fmt: skip
        for table in READ:
            reader.execute(f"DELETE FROM {table}".encode())  # noqa: S608
            reader.execute(
                f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, %s)".encode(),  # noqa: S608
                [json.dumps(records[table])],
            )
        assert_views_say(reader, records, _AS_OF)

    any_records()


def test_the_page_for_reporting_says_of_each_view_and_column_what_the_database_says():
    page = (ROOT / "exports/FORMAT.md").read_text(encoding="utf-8")
    for view in views.VIEWS:
        for name, meaning in {view.name: view.description, **view.columns}.items():
            assert f"| `{name}` | {meaning} |" in page, f"FORMAT.md lacks | `{name}` | {meaning} |"
