"""Moving a bundle's dates: the days among its parameters too, what moves, what stays, and why (R3)."""

from __future__ import annotations

import textwrap
from datetime import UTC, date, datetime

import pytest

from engine.audit.models import Action, Event
from engine.bundles import instantiate, service
from engine.bundles.models import Bundle
from engine.bundles.request import NewBundle
from engine.catalog.catalog import Catalog
from engine.catalog.layout import editor_line
from engine.errors import BadRequestError, ConflictError
from engine.tasks import lifecycle, update
from engine.tasks.models import Task
from tests.conftest import commit_all

RELEASE = """
    key: release
    name: Rocket release
    task_type: work
    calendar: office
    references: [{name: Notes, url: "https://example.com/{{ final_day }}"}]
    parameters:
      type: object
      required: [final_day]
      properties:
        final_day: {type: string, format: date, title: Final day}
        review: {type: string, format: date-time, title: Review}
        quick: {type: string, format: date, title: Quick day, default: "2026-12-10"}
        name: {type: string, title: Name}
    tasks:
      - {ref: prepare, title: Prepare, offset_days: -3}
      - {ref: fly, title: "Fly on {{ final_day }}", depends_on: [prepare], due: {from: "parameter:final_day"}}
      - {ref: land, title: Land, depends_on: [fly], offset_days: 8}
      - {ref: tell, title: Tell, due: {offset: 2, unit: business_days, from: "task_completed:prepare"}}
      - {ref: look, title: Look back, due: {offset: 3, unit: hours, from: "parameter:review"}}
      - {ref: begin, title: Begin, due: {offset: 1, from: bundle_start}}
      - {ref: hasten, title: Hasten, due: {offset: 1, from: "parameter:quick"}}
      - {ref: dream, title: Dream}
      - ref: rush
        title: Rush
        offset_days: -1
        when: {properties: {final_day: {const: "2026-12-27"}}}
"""
GIVEN = {"final_day": "2026-12-27"}


@pytest.fixture(scope="session")
def small_repository(tmp_path_factory):
    """The small content, and a template whose dates count from everything there is."""
    from tests.engine.bundles.conftest import write_content

    folder = write_content(tmp_path_factory.mktemp("release"))
    path = "content/task_templates/release.yaml"
    text = textwrap.dedent(RELEASE).lstrip("\n")
    (folder / path).write_text(f"{editor_line(path, 'task_template')}\n{text}")
    commit_all(folder)
    return folder


@pytest.fixture(scope="session")
def loaded_catalog(small_repository) -> Catalog:
    return Catalog(small_repository)


@pytest.fixture
def release(start, work):
    def begin(anchor: date = date(2026, 12, 20), **parameters):
        return work(start("release", anchor_date=anchor, parameters={**GIVEN, **parameters}))

    return begin


def move(on, day: str = "2027-01-20", *, dry_run: bool = False, **parameters):
    return on.do(lambda tx, key: service.reanchor(tx, key, day, dry_run, parameters=parameters))


def bundle_of(on) -> Bundle:
    return on.find(Bundle, bundle_id=on.bundle_id)[0]


def dates_of(tasks) -> dict:
    return {ref: (task.due_date, task.deadline) for ref, task in tasks.items()}


def stays(moves) -> dict[str, str]:
    return {kept.title: kept.why for kept in moves.kept}


def warned(moves) -> dict[str, tuple[str, ...]]:
    return {one.title: one.warnings for one in moves.warnings}


def test_every_task_is_named_once_as_moving_or_as_staying_with_its_reason(release):
    on = release(review="2027-01-02T10:00:00+01:00")
    on.do(lambda tx, _: update.update(tx, None, on.task("dream").task_id, {"due_date": "2026-12-30"}))
    moves = move(on)
    assert {change.title: (change.before, change.after) for change in moves.changes} == {
        "Prepare": (date(2026, 12, 17), date(2027, 1, 17)),
        "Land": (date(2026, 12, 28), date(2027, 1, 28)),
        "Rush": (date(2026, 12, 19), date(2027, 1, 19)),
    }
    assert stays(moves) == {
        "Fly on 2026-12-27": "counted from Final day, which stays",
        "Tell": "dated once “Prepare” is completed",
        "Look back": "counted from Review, which stays",
        "Begin": "counted from the start of the bundle",
        "Hasten": "counted from Quick day, which stays",
        "Dream": "set by hand",
    }


def test_a_task_that_is_then_due_before_its_blocker_is_warned_about_also_where_it_stays(release):
    moves = move(release(), dry_run=True)
    assert warned(moves).get("Fly on 2026-12-27") == ("due before “Prepare”, which it depends on",)
    both = move(release(), dry_run=True, final_day="2027-01-27")
    assert "Fly on 2026-12-27" not in warned(both)
    assert warned(both)["Prepare"] == ("due on a Sunday",)  # as the preview of a start says it


def test_anchor_and_days_among_the_parameters_move_in_one_step(release):
    on = release()
    moves = move(on, final_day="2027-01-27")
    assert on.task("fly").due_date == date(2027, 1, 27)
    assert on.task("fly").deadline == datetime(2027, 1, 27, 16, tzinfo=UTC)
    assert [parameter.words for parameter in moves.moved_parameters] == [
        "Final day moved from 2026-12-27 to 2027-01-27"
    ]
    bundle = bundle_of(on)
    assert bundle.anchor_date == date(2027, 1, 20)
    assert bundle.parameters == {"final_day": "2027-01-27", "quick": "2026-12-10"}


@pytest.mark.parametrize(
    "given",
    [
        {"final_day": "2027-01-27"},
        {"final_day": "2027-01-27", "review": "2027-02-01T09:00:00+01:00", "quick": "2027-01-02"},
        {"review": ""},
        {"quick": "", "final_day": "2027-06-30"},  # the default again
    ],
)
def test_what_is_not_begun_is_dated_as_a_start_with_these_values_would(release, start, work, given):
    on = release(review="2027-01-02T10:00:00+01:00", quick="2026-12-01")
    move(on, **given)
    kept = {"final_day": "2026-12-27", "review": "2027-01-02T10:00:00+01:00", "quick": "2026-12-01"}
    values = {name: value for name, value in {**kept, **given}.items() if value}
    fresh = work(start("release", anchor_date=date(2027, 1, 20), parameters=values))
    expected = dates_of(fresh.tasks())
    assert {ref: dates for ref, dates in dates_of(on.tasks()).items() if ref != "rush"} == {
        ref: dates for ref, dates in expected.items() if ref != "rush"
    }
    assert bundle_of(on).parameters == bundle_of(fresh).parameters


def test_a_parameter_alone_can_move(release):
    on = release()
    moves = move(on, "2026-12-20", final_day="2026-12-26")
    assert [change.title for change in moves.changes] == ["Fly on 2026-12-27"]
    assert stays(moves)["Land"] == "the anchor date stays"
    told = [event.summary for event in on.find(Event, bundle_id=on.bundle_id)]
    assert "Rocket release: Final day moved from 2026-12-27 to 2026-12-26; 1 due date moved with it" in told
    assert (
        f"{on.task('fly').name} is due on 2026-12-26 instead of 2026-12-27, because "
        "Final day moved from 2026-12-27 to 2026-12-26"
    ) in told


def test_the_event_keeps_what_moved_and_what_it_was(release):
    on = release()
    move(on, final_day="2027-01-27")
    event = on.find(Event, bundle_id=on.bundle_id, action=Action.BUNDLE_REANCHORED)[0]
    assert event.after["anchor_date"] == "2027-01-20"
    assert event.after["parameters"] == {"final_day": "2027-01-27"}
    assert event.before["parameters"]["final_day"] == "2026-12-27"
    assert event.before["anchor_date"] == "2026-12-20"
    assert event.summary.startswith(
        "Rocket release: the anchor date moved from 2026-12-20 to 2027-01-20, Final day moved from 2026-12-27"
    )


def test_a_parameter_given_as_it_is_moves_nothing(release):
    on = release()
    on.do(lambda tx, _: update.update(tx, None, on.task("fly").task_id, {"due_date": "2026-12-30"}))
    moves = move(on, "2026-12-20", final_day="2026-12-27")
    assert moves.is_nothing
    assert stays(moves)["Fly on 2026-12-27"] == "set by hand"
    assert not on.find(Event, bundle_id=on.bundle_id, action=Action.BUNDLE_REANCHORED)


def test_a_day_that_was_not_given_can_be_given_and_taken_away(release):
    on = release()
    assert on.task("look").due_date is None
    move(on, "2026-12-20", review="2027-01-02T10:00:00+01:00")
    assert on.task("look").deadline == datetime(2027, 1, 2, 12, tzinfo=UTC)
    moves = move(on, "2026-12-20", review="")
    assert [(change.title, change.after) for change in moves.changes] == [("Look back", None)]
    assert (on.task("look").due_date, on.task("look").deadline) == (None, None)
    assert "review" not in bundle_of(on).parameters


def test_what_is_done_keeps_its_date_and_says_so(release):
    on = release()
    on.do(lambda tx, _: update.update(tx, None, on.task("prepare").task_id, {"due_date": "2027-02-01"}))
    on.do(lambda tx, _: lifecycle.complete(tx, on.task("prepare").task_id))
    on.do(lambda tx, _: lifecycle.cancel(tx, on.task("land").task_id))
    moves = move(on, dry_run=True)
    assert stays(moves)["Prepare"] == "completed already"
    assert stays(moves)["Land"] == "cancelled already"
    assert stays(moves)["Tell"] == "counted from the completion of “Prepare”"
    assert "Fly on 2026-12-27" not in warned(moves)  # it waits for nothing any more


def test_texts_and_conditions_that_do_not_follow_are_named(release):
    moves = move(release(), dry_run=True, final_day="2027-01-27")
    assert moves.notes == (
        "The addresses of the bundle keep the Final day that they were made with.",
        "The texts of “Fly on 2026-12-27” keep the Final day that they were made with.",
        "With these values “Rush” would be left out; it stays as it is.",
    )
    assert move(release(), dry_run=True).notes == ()


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"name": "x"}, "parameters.name", "no due date of this bundle counts from name"),
        ({"final_day": "soon"}, "parameters.final_day", "is not a date"),
        ({"final_day": ""}, "parameters.final_day", "is missing"),
        ({"review": "soon"}, "parameters.review", "Give a day, such as .*, or a moment with its zone"),
        ({"final_day": 7}, "parameters.final_day", "not of type string"),
        ({"review": "9999-12-31T23:00:00+00:00"}, "parameters.review", "Choose another review"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_changes_nothing(release, given, field, words):
    on = release()
    before, seen = dates_of(on.tasks()), bundle_of(on)
    with pytest.raises(BadRequestError, match=words) as refused:
        move(on, **given)
    assert [detail["field"] for detail in refused.value.details] == [field]
    assert (dates_of(on.tasks()), bundle_of(on)) == (before, seen)


def test_a_closed_bundle_is_not_moved(release):
    on = release()
    on.do(service.cancel)
    with pytest.raises(ConflictError):
        move(on, final_day="2027-01-27")


def test_it_is_the_same_on_both_databases(either_workbench):
    actor = either_workbench.operator()
    content = either_workbench.content()
    with either_workbench.transaction(actor) as tx:
        new = NewBundle(template="release", anchor_date=date(2026, 12, 20), parameters=GIVEN)
        bundle = instantiate.create(tx, content, new)
    with either_workbench.transaction(actor) as tx:
        given = {"final_day": "2027-01-27"}
        service.reanchor(tx, bundle.bundle_id, "2027-01-20", parameters=given)
    with either_workbench.reading(actor) as tx:
        due = {task.template_task_ref: task.due_date for task in tx.find(Task, bundle_id=bundle.bundle_id)}
        assert tx.get(Bundle, bundle.bundle_id).parameters["final_day"] == "2027-01-27"
    assert (due["fly"], due["prepare"]) == (date(2027, 1, 27), date(2027, 1, 17))
