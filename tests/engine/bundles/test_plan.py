"""The plan that the start form previews: warnings, titles and people, without any store."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.bundles.plan import plan
from engine.bundles.request import NewBundle
from engine.catalog.calendars import Calendar
from engine.catalog.models import TaskTemplate, TaskType
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import BadRequestError

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OFFICE = Calendar(
    key="office",
    name="Office",
    timezone="Europe/Berlin",
    working_days=["mon", "tue", "wed", "thu"],
    holidays=[{"date": "2026-12-24", "name": "Christmas Eve"}],
)


def planned(
    tasks,
    *,
    calendar=None,
    anchor="2026-12-23",
    people=None,
    employees=None,
    title=None,
    given=None,
    **fields,
):
    template = TaskTemplate.model_validate(
        {"key": "small", "name": "Small", "task_type": "work", "tasks": tasks, **fields}
    )
    resolved = ResolvedTemplate(
        key="small",
        template=template,
        origins={},
        commit=None,
        task_types={"work": TaskType(key="work", name="Work")},
        process_docs={},
        calendar=calendar,
        closure=(),
    )
    new = NewBundle(template="small", anchor_date=anchor, title=title, parameters=given or {})
    return plan(resolved, new, now=NOW, zone="UTC", people=people or {}, employees=employees or {})


def task(ref="one", **fields):
    return {"ref": ref, "title": ref.capitalize(), **fields}


@pytest.mark.parametrize(
    ("offset", "calendar", "warning"),
    [
        (0, None, ()),
        (3, None, ("due on a Saturday",)),
        (1, OFFICE, ("due on a holiday (Christmas Eve)",)),
        (2, OFFICE, ("due on a free Friday",)),
        (-33, None, ("due in the past",)),
        (-39, None, ("due on a Saturday", "due in the past")),
    ],
)
def test_a_free_or_past_day_is_warned_about(offset, calendar, warning):
    assert planned([task(offset_days=offset)], calendar=calendar).tasks[0].warnings == warning


def test_due_today_is_not_past():
    assert planned([task(offset_days=0)], anchor="2026-11-21").tasks[0].warnings == ("due on a Saturday",)


def test_a_task_due_before_what_it_depends_on_is_warned_about():
    tasks = planned([task("one", offset_days=1), task("two", offset_days=0, depends_on=["one"])]).tasks
    assert tasks[1].warnings == ("due before “One”, which it comes after",)
    assert tasks[0].warnings == ()


def test_a_task_due_before_one_it_waits_for_by_way_of_another_is_warned_about():
    between = [task("one", offset_days=1), task("two", depends_on=["one"])]
    last = planned([*between, task("three", offset_days=0, depends_on=["two"])]).tasks[2]
    assert last.warnings == ("due before “One”, which it comes after",)


def test_a_date_that_falls_back_to_the_anchor_is_warned_about_with_what_it_is_early_for():
    made = planned(
        [
            task("one", offset_days=2),
            task("ask", when={"properties": {"sponsored": {"const": True}}}),
            task("thank", due={"offset": 1, "from": "task_completed:ask"}, depends_on=["one"]),
        ],
        anchor="2026-12-21",
        parameters={"type": "object", "properties": {"sponsored": {"type": "boolean"}}},
    )
    assert made.tasks[1].warnings == (
        "due counted from the anchor date, because “Ask” is not made",
        "due before “One”, which it comes after",
    )


def test_a_given_title_wins_over_the_templates_name():
    assert planned([task()]).title == "Small"
    assert planned([task()], title="  Mine  ").title == "Mine"
    assert planned([task()], title="   ").title == "Small"


TOPIC = {"type": "object", "properties": {"topic": {"type": "string"}, "place": {"default": "Jena"}}}


@pytest.mark.parametrize(
    ("pattern", "given", "title"),
    [
        ("Article: {{ topic }}", {"topic": "tents"}, "Article: tents"),
        ("{{ topic }} in {{place}}", {"topic": "tents"}, "tents in Jena"),
        ("Article: {{ topic }}", {}, "Small"),
        ("Article: {{ topic }}", {"topic": ""}, "Small"),
        ("Article: {{ topic }}", {"topic": "{{ place }}"}, "Article: {{ place }}"),
        ("The same for all", {}, "The same for all"),
        (None, {"topic": "tents"}, "Small"),
    ],
)
def test_a_bundle_without_a_title_takes_it_from_the_templates_pattern_else_from_its_name(
    pattern, given, title
):
    """D12: a pattern of which a parameter is empty is half a title, and not used."""
    pattern = {"parameters": TOPIC, "bundle_title": pattern, "given": given}
    assert planned([task()], **pattern).title == title
    assert planned([task()], **pattern, title="Mine").title == "Mine"


def test_a_title_made_of_parameters_has_500_characters_at_most():
    pattern = {"parameters": TOPIC, "bundle_title": "A: {{ topic }}"}
    assert len(planned([task()], **pattern, given={"topic": "x" * 497}).title) == 500
    with pytest.raises(BadRequestError, match="The bundle's title has 501 characters with these parameters"):
        planned([task()], **pattern, given={"topic": "x" * 498})


@pytest.mark.parametrize(
    ("assignee", "default", "expected"),
    [
        (None, None, (None, None)),
        (None, {"role": "writer"}, ("emp_ana", "writer")),
        ({"role": "operator"}, {"role": "writer"}, (None, "operator")),
        ({"employee": "ben"}, {"role": "writer"}, ("emp_ben", None)),
    ],
)
def test_a_role_is_the_campaigns_person_for_it_else_stays_a_role(assignee, default, expected):
    found = planned(
        [task(assignee=assignee)],
        default_assignee=default,
        people={"writer": "emp_ana"},
        employees={"ben": "emp_ben"},
    )
    assert (found.tasks[0].assignee_id, found.tasks[0].assignee_role) == expected


def test_an_employee_who_is_not_there_is_named():
    with pytest.raises(BadRequestError, match="zoe"):
        planned([task(assignee={"employee": "zoe"})])


def test_the_same_request_gives_the_same_plan():
    tasks = [task("one", offset_days=1), task("two", due={"offset": 1, "from": "task_completed:one"})]
    assert planned(tasks) == planned(tasks)
    assert planned(tasks).tasks[1].due_date is None
    assert planned(tasks).anchor_date == date(2026, 12, 23)
