"""Moving a bundle's dates: the days among its parameters too, what moves, what stays, and why (R3)."""

from __future__ import annotations

import textwrap
from datetime import UTC, date, datetime

import pytest

from engine.audit.models import Action, Event
from engine.bundles import commands, instantiate, service
from engine.bundles.inputs import Reanchor
from engine.bundles.models import Bundle
from engine.bundles.person_days import PersonDays
from engine.bundles.request import NewBundle
from engine.catalog.calendars import Calendar
from engine.catalog.catalog import Catalog
from engine.catalog.layout import editor_line
from engine.errors import BadRequestError, ConflictError
from engine.tasks import assignment, lifecycle, update
from engine.tasks.models import Task
from tests.conftest import commit_all
from tests.statements import counted

RELEASE = """
    key: release
    name: Rocket release
    bundle_title: "For {{ final_day }}"
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
        title: Rush {{ name }} for {{ final_day }}
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
        "Rush  for 2026-12-27": (date(2026, 12, 19), date(2027, 1, 19)),
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
    assert warned(moves).get("Fly on 2026-12-27") == ("due before “Prepare”, which it comes after",)
    both = move(release(), dry_run=True, final_day="2027-01-27")
    assert "Fly on 2026-12-27" not in warned(both)
    assert warned(both)["Prepare"] == ("due on a Sunday",)  # as the preview of a start says it


def waits_for(on, *others) -> None:
    """Let the task to prepare of a bundle depend on these."""
    prepare = on.task("prepare")
    change = {"depends_on": [*prepare.depends_on, *(other.task_id for other in others)]}
    on.do(lambda tx, _: update.update(tx, None, prepare.task_id, change))


def test_a_task_that_is_then_due_before_one_of_another_bundle_is_warned_about_by_its_number(release):
    """What the actor may not see is but a number (DEP-07), and a message is read by others too."""
    on, other = release(), release()
    blocker = other.task("prepare")
    waits_for(on, blocker)
    early = f"due before #{blocker.task_number}, a task outside of the bundle that it depends on"
    assert "Prepare" not in warned(move(on, "2026-12-20", dry_run=True, final_day="2026-12-30"))
    moves = move(on, "2026-12-18", dry_run=True)
    assert warned(moves)["Prepare"] == (early,)
    assert f"Prepare: {early}" in commands.Reanchored(bundle=None, moves=moves, dry_run=False).message
    other.do(lambda tx, _: lifecycle.complete(tx, blocker.task_id))
    assert "Prepare" not in warned(move(on, "2026-12-18"))  # it is waited for no longer


def test_a_task_that_is_then_due_after_one_of_another_bundle_that_waits_for_it_is_warned_about(release):
    on, other = release(), release()
    waits_for(other, on.task("prepare"))
    early = other.task("prepare")
    late = f"due after #{early.task_number}, a task outside of the bundle that depends on it"
    assert warned(move(on, "2026-12-21", dry_run=True))["Prepare"] == (late,)
    other.do(lambda tx, _: lifecycle.cancel(tx, early.task_id))
    assert "Prepare" not in warned(move(on, "2026-12-21"))


def test_tasks_outside_are_looked_at_in_one_statement_and_only_where_dates_move(release):
    on = release()
    taken = {}
    for name, day in {"stays": "2026-12-20", "moves": "2027-01-20"}.items():
        with counted() as statements:
            move(on, day, dry_run=True)
        taken[name] = len(statements)
    assert taken["moves"] == taken["stays"] + 1


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
    assert "For 2026-12-27: Final day moved from 2026-12-27 to 2026-12-26; 1 due date moved with it" in told
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
        "For 2026-12-27: the anchor date moved from 2026-12-20 to 2027-01-20, Final day moved from 2026-12-27"
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


@pytest.mark.parametrize("quick", ["2026-12-01", "2026-12-10"])
def test_a_day_that_is_emptied_is_its_default_again_and_preview_and_result_say_so(release, quick):
    on = release(quick=quick)
    told = "Quick day is empty: it is 2026-12-10 again, its default."
    request = {"bundle_id": on.bundle_id, "anchor_date": "2026-12-20", "parameters": {"quick": ""}}
    dry, done = (
        on.do(
            lambda tx, _, how=how: commands._reanchor(tx, Reanchor(**request, **how), on.workbench.content())
        )
        for how in ({"dry_run": True}, {})
    )
    assert (dry.moves.notes, done.moves.notes) == ((told,), (told,))
    assert (told in dry.message, told in done.message) == (True, True)
    assert bundle_of(on).parameters["quick"] == "2026-12-10"
    assert on.task("hasten").due_date == date(2026, 12, 11)
    assert move(on, "2026-12-20", quick="2026-12-10").notes == ()  # given, and not emptied


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
    moves = move(release(name="home"), dry_run=True, final_day="2027-01-27")
    assert moves.notes == (
        "The title of the bundle keeps the Final day that it was made with.",
        "The addresses of the bundle keep the Final day that they were made with.",
        "The texts of “Fly on 2026-12-27” keep the Final day that they were made with.",
        "The texts of “Rush home for 2026-12-27” keep the Final day that they were made with.",
        "With these values “Rush home for 2026-12-27” would be left out; it stays as it is.",
    )
    assert move(release(), dry_run=True).notes == ()


def test_a_title_that_somebody_gave_is_not_said_to_keep_a_day(start, work):
    on = work(start("release", anchor_date=date(2026, 12, 20), parameters=GIVEN, title="Mine"))
    assert "The title" not in move(on, dry_run=True, final_day="2027-01-27").notes[0]


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


@pytest.mark.parametrize(
    ("template", "given", "words"),
    [
        ("release", GIVEN, "those that they count from: final_day, quick, review"),
        ("plain", {}, "there is none"),
    ],
)
def test_a_parameter_that_no_date_counts_from_is_refused_with_those_that_there_are(
    start, work, template, given, words
):
    on = work(start(template, anchor_date=date(2026, 12, 20), parameters=given))
    with pytest.raises(BadRequestError) as refused:
        move(on, name="x")
    said = f"no due date of this bundle counts from name; {words}"
    assert refused.value.message == f"The dates cannot be moved: {said}."
    [detail] = refused.value.details
    assert (detail["field"], detail["message"]) == ("parameters.name", said)


def test_what_is_wrong_with_a_parameter_is_said_at_its_field(release):
    with pytest.raises(BadRequestError) as refused:
        move(release(), final_day="soon")
    [detail] = refused.value.details
    assert detail["message"] == 'final_day: "soon" is not a date.'


def test_each_task_is_told_as_data(release):
    on = release()
    moves = move(on, "2026-12-20", dry_run=True, final_day="2026-12-24", review="2027-01-02T10:00:00+01:00")
    fly, look = moves.changes
    assert fly.as_json() == {
        "task_id": on.task("fly").task_id,
        "task_number": on.task("fly").task_number,
        "title": "Fly on 2026-12-27",
        "before": "2026-12-27",
        "after": "2026-12-24",
    }
    assert (look.as_json()["before"], look.as_json()["after"]) == (None, "2027-01-02")
    kept = {one.title: one.as_json() for one in moves.kept}
    assert kept["Land"] == {
        "task_id": on.task("land").task_id,
        "task_number": on.task("land").task_number,
        "title": "Land",
        "due_date": "2026-12-28",
        "why": "the anchor date stays",
    }
    assert kept["Tell"]["due_date"] is None
    taken = move(release(review="2027-01-02T10:00:00+01:00"), dry_run=True, review="")
    assert {one.title: one.as_json()["after"] for one in taken.changes}["Look back"] is None


def test_a_day_and_a_moment_are_told_apart(release):
    moves = move(release(), dry_run=True)
    assert {one.name: one.is_moment for one in moves.date_parameters} == {
        "final_day": False,
        "review": True,
        "quick": False,
    }


def test_a_date_that_is_given_first_and_one_that_is_taken_away_are_recorded_so(release):
    on = release()
    name = on.task("look").name
    move(on, "2026-12-20", review="2027-01-02T10:00:00+01:00")
    move(on, "2026-12-20", review="")
    told = [event.summary for event in on.find(Event, bundle_id=on.bundle_id, action=Action.TASK_UPDATED)]
    day = "2027-01-02T10:00:00+01:00"
    assert sorted(told) == [
        f"{name} has no due date instead of 2027-01-02, because Review moved from {day} to nothing",
        f"{name} is due on 2027-01-02, because Review moved from nothing to {day}",
    ]


def test_what_has_no_date_and_no_rule_is_not_told_of(release):
    assert "Dream" not in stays(move(release()))


def test_a_task_that_falls_on_the_same_day_again_says_so(release):
    on = release()
    for ref, day in (("fly", "2027-01-27"), ("land", "2027-01-28")):
        on.do(
            lambda tx, _, ref=ref, day=day: update.update(tx, None, on.task(ref).task_id, {"due_date": day})
        )
    moves = move(on, final_day="2027-01-27")
    assert stays(moves)["Fly on 2026-12-27"] == "falls on the same day again"
    assert stays(moves)["Land"] == "falls on the same day again"


def test_a_task_whose_day_is_not_given_stays_without_one(release):
    assert stays(move(release()))["Look back"] == "counted from Review, which is not given"


def test_a_task_that_then_would_be_made_is_named(release):
    moves = move(release(final_day="2026-12-28", name="home"), dry_run=True, final_day="2026-12-27")
    assert "With these values “Rush home for 2026-12-27” would be made; it stays as it is." in moves.notes


def test_holidays_and_days_that_are_over_are_warned_of_as_at_a_start(release):
    moves = move(release(), "2026-11-12", dry_run=True, final_day="2026-12-25")
    assert warned(moves)["Fly on 2026-12-27"] == ("due on a holiday (Christmas Day)",)
    assert warned(moves)["Prepare"] == ("due in the past",)


def test_the_completion_of_a_task_dates_those_that_count_from_it_and_no_others(release):
    on, other, by_hand, cancelled = (release() for _ in range(4))
    change = {"due_date": "2027-03-01"}
    by_hand.do(lambda tx, _: update.update(tx, None, by_hand.task("tell").task_id, change))
    cancelled.do(lambda tx, _: lifecycle.cancel(tx, cancelled.task("tell").task_id))
    for each in (on, by_hand, cancelled):
        each.do(lambda tx, _, each=each: lifecycle.complete(tx, each.task("prepare").task_id))
    dated = [each.task("tell").due_date for each in (on, other, by_hand, cancelled)]
    assert dated == [date(2026, 11, 24), None, date(2027, 3, 1), None]
    told = [event.summary for event in on.find(Event, task_id=on.task("tell").task_id)]
    name = on.task("prepare").name
    assert f"{on.task('tell').name} is due on 2026-11-24, because {name} was completed" in told


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


def test_whoever_does_a_task_is_asked_about_its_day_by_its_calendar(release, people, monkeypatch):
    """What moves is held against its new day, what stays against its own, and of what is done nobody asks."""

    def told(_: PersonDays, whom: str | None, day: date | None, calendar: Calendar | None) -> tuple[str, ...]:
        return (f"{whom}, {day}, {calendar.key if calendar else None}",)

    on = release()
    ben = people["ben"].employee_id
    for ref in ("prepare", "fly", "begin"):
        task_id = on.task(ref).task_id
        on.do(lambda tx, _, task_id=task_id: assignment.assign(tx, task_id, ben))
    on.do(lambda tx, _: lifecycle.complete(tx, on.task("begin").task_id))
    monkeypatch.setattr(PersonDays, "warnings", told)
    found = warned(move(on, dry_run=True))
    assert found["Prepare"][-1] == f"{ben}, 2027-01-17, office"
    assert found["Fly on 2026-12-27"][0] == f"{ben}, 2026-12-27, office"
    assert found["Begin"] == (f"None, {on.task('begin').due_date}, office",)
