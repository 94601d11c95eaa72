"""Adding a task to a running bundle: a free one, or another of the template (issue 11, D4)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine.audit.models import Action, Event
from engine.bundles import add_task, service
from engine.bundles.add_task import Added
from engine.bundles.models import Bundle
from engine.deliverables.models import Deliverable
from engine.errors import (
    BadRequestError,
    CompletionRefusedError,
    ConflictError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    NotFoundError,
)
from engine.tasks import lifecycle
from engine.tasks.models import Proof, SourceType, Step, Task
from engine.tasks.read_models import in_order
from tests.factories import do, make_bundle, make_people
from tests.told import saved


@pytest.fixture
def add(workbench, people):
    """Add to a bundle, as a manager unless told otherwise."""

    def act(bundle: Bundle, who: str = "mara", **given: Any) -> Added:
        added: Added = do(workbench, people[who], "bundle add-task", bundle_id=bundle.bundle_id, **given)
        return added

    return act


def tasks(workbench, bundle: Bundle) -> list[Task]:
    with workbench.reading(workbench.operator()) as tx:
        return sorted(tx.find(Task, bundle_id=bundle.bundle_id), key=in_order)


def parts(workbench, kind, task: Task) -> list[Any]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(kind, task_id=task.task_id)


def of(workbench, bundle: Bundle, ref: str) -> list[Task]:
    return [task for task in tasks(workbench, bundle) if task.template_task_ref == ref]


# -- a free one --------------------------------------------------------------------------------


def test_a_line_joins_the_bundle_last_with_its_partner_and_campaign(workbench, start, add):
    bundle = start(campaign="acme_spring")
    last = tasks(workbench, bundle)[-1]
    task = add(bundle, line="Call the printer fri !high @ben", phase="showing").task
    assert (task.title, task.bundle_id, task.phase, task.position) == (
        "Call the printer",
        bundle.bundle_id,
        "showing",
        last.position + 1,
    )
    assert (task.partner_id, task.campaign_id) == (bundle.partner_id, bundle.campaign_id)
    assert task.partner_id is not None
    assert (task.task_type, task.template_task_ref, task.source_type) == ("untyped", None, SourceType.MANUAL)
    assert tasks(workbench, bundle)[-1] == task


def test_its_day_is_over_at_the_cut_off_of_the_bundles_calendar(workbench, start, add):
    task = add(start(), line="Call the printer 2026-12-01").task
    assert task.deadline == datetime(2026, 12, 1, 16, tzinfo=UTC)  # 17:00 in Berlin


def test_it_may_come_after_tasks_of_the_bundle(workbench, start, add):
    bundle = start()
    draft = of(workbench, bundle, "draft")[0]
    task = add(bundle, line="Call the printer", depends_on=[str(draft.task_number)]).task
    assert (task.depends_on, task.blocked_by) == ([draft.task_id], draft.task_id)


def test_it_is_told_as_an_event_of_the_bundle(workbench, start, add):
    bundle = start()
    task = add(bundle, line="Call the printer").task
    with workbench.reading(workbench.operator()) as tx:
        event = tx.find(Event, task_id=task.task_id)[0]
    assert (event.action, event.bundle_id) == (Action.TASK_CREATED, bundle.bundle_id)
    assert event.summary == f"Made {task.name} in {bundle.title}"


@pytest.mark.parametrize("given", [{"line": "Call the printer"}, {"ref": "draft"}])
def test_the_bundle_is_completed_only_once_it_is_closed_too(workbench, people, start, add, given):
    bundle = start("untyped_work")
    given = {"ref": "work"} if "ref" in given else given
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.complete(tx, tasks(workbench, bundle)[0].task_id)
    task = add(bundle, **given).task
    with (
        pytest.raises(CompletionRefusedError, match=r"Task #2 .* is “To do”"),
        workbench.transaction(people["mara"]) as tx,
    ):
        service.complete(tx, bundle.bundle_id)
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, task.task_id)
        assert service.complete(tx, bundle.bundle_id).status == "completed"


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({}, "line", "give either a line, or the name of a task of the template"),
        ({"line": "Call", "ref": "draft"}, "line", "give either a line, or the name"),
        ({"line": "Call", "phase": "later"}, "phase", "no phase 'later'; use one of: making, showing"),
        ({"line": "Call", "title": "More"}, "title", "goes with a task of the template"),
        ({"line": "Call", "parameters": {"topic": "x"}}, "parameters", "goes with a task of the template"),
        ({"line": "@zyx Call"}, "line", "“@zyx” is nobody who can be given a task"),
        ({"line": "tomorrow"}, "line", "has no title"),
        ({"ref": "nothing"}, "ref", "the template has no task 'nothing'; use one of: draft, sponsor"),
        ({"ref": "draft", "priority": "high"}, "priority", "goes with a line"),
        ({"ref": "draft", "phase": "making"}, "phase", "goes with a line"),
        ({"ref": "draft", "parameters": {"colour": "red"}}, "parameters.colour", "is not a parameter"),
        ({"ref": "draft", "parameters": {"topic": 7}}, "parameters.topic", "7"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_makes_nothing(workbench, start, add, given, field, told):
    bundle = start()
    before = tasks(workbench, bundle)
    with pytest.raises(BadRequestError) as refused:
        add(bundle, **given)
    assert refused.value.details[0]["field"] == field
    assert told in refused.value.details[0]["message"]
    assert tasks(workbench, bundle) == before


def test_a_closed_bundle_takes_none(workbench, people, start, add):
    bundle = start()
    with workbench.transaction(people["mara"]) as tx:
        service.cancel(tx, bundle.bundle_id)
    for given in ({"line": "Call"}, {"ref": "draft"}, {"line": "Call", "dry_run": True}):
        with pytest.raises(ConflictError, match="is cancelled: nobody can add tasks to it any more"):
            add(bundle, **given)


def test_who_works_a_task_of_it_may_add_one_and_who_only_sees_it_may_not(workbench, start, add):
    bundle = start()  # ben publishes, writers and producers may claim the rest
    assert add(bundle, "ben", line="Call the printer").task.bundle_id == bundle.bundle_id
    with pytest.raises(ForbiddenError, match=r"may see the bundle .*, but not add tasks to it"):
        add(bundle, "sam", line="Call the printer")
    with pytest.raises(ForbiddenError):
        add(bundle, "pat", line="Call the printer")
    with pytest.raises(NotFoundError):
        add(start("plain"), "ben", line="Call the printer")


@pytest.mark.parametrize("given", [{"line": "Call the printer"}, {"ref": "draft"}])
def test_the_same_key_adds_one(workbench, people, start, add, given):
    bundle = start()
    first = add(bundle, idempotency_key="k", **given)
    again = add(bundle, idempotency_key="k", **given)
    assert again.task.task_id == first.task.task_id
    with pytest.raises(IdempotencyKeyReusedError):
        add(bundle, idempotency_key="k", line="Call somebody else")
    with pytest.raises(IdempotencyKeyReusedError):
        add(start(), idempotency_key="k", **given)
    with workbench.transaction(people["mara"]) as tx:
        service.cancel(tx, bundle.bundle_id)
    assert add(bundle, idempotency_key="k", **given).task.task_id == first.task.task_id


@pytest.mark.parametrize("given", [{"line": "Call the printer fri"}, {"ref": "draft"}])
def test_a_dry_run_adds_nothing(workbench, start, add, given):
    bundle = start()
    before = tasks(workbench, bundle)
    found = add(bundle, dry_run=True, **given)
    assert found.task is None
    assert found.message.startswith(
        ("Understood; nothing is made.", "“Write: rockets” would be made; nothing is")
    )
    assert (found.understood is None) != (found.another is None)
    assert tasks(workbench, bundle) == before


# -- another of the template -------------------------------------------------------------------

#: What a second task of a definition has as the first has it.
SAME = (
    "description", "task_type", "type_category", "category", "priority", "urgency", "tags",
    "planned_minutes", "phase", "position", "systems", "instruction_doc_id", "instruction_step_id",
    "validation", "config", "tools", "rules", "ordered_steps", "waiting_defaults",
    "expected_artifacts", "approval", "qa", "due_date", "deadline", "due_rule", "assignee_id",
    "assignee_role", "template_id", "template_hash", "template_task_ref", "depends_on",
    "partner_id", "campaign_id", "needs_links", "skip",
)  # fmt: skip


def test_another_is_made_as_a_start_makes_it_and_stands_after_the_first(either_workbench):
    people = make_people(either_workbench)
    given = {"actor": people["mara"], "anchor_date": date(2026, 12, 28)}
    bundle = make_bundle(either_workbench, "launch", parameters={"topic": "rockets"}, **given)
    do(either_workbench, people["mara"], "bundle add-task", bundle_id=bundle.bundle_id, ref="draft")
    first, second, *others = tasks(either_workbench, bundle)
    assert (first.template_task_ref, second.template_task_ref) == ("draft", "draft")
    assert {name: getattr(second, name) for name in SAME} == {name: getattr(first, name) for name in SAME}
    assert second.title == first.title == "Write: rockets"
    assert [other.template_task_ref for other in others] == [
        "publish",
        "announce",
        "thank",
        "remind",
        "figures",
    ]
    for kind, names in (
        (Step, {"ref", "title", "position", "required", "source"}),
        (Proof, {"kind", "label", "position", "required", "source"}),
        (Deliverable, {"ref", "type", "description", "meta_schema", "gold_standard", "visible_in_portal"}),
    ):
        made, owed = (
            sorted(
                (row.model_dump(mode="json", include=names) for row in parts(either_workbench, kind, task)),
                key=str,
            )
            for task in (second, first)
        )
        assert made == owed != []


def test_values_of_its_own_are_rendered_into_it_alone(workbench, start, add):
    bundle = start()
    task = add(bundle, ref="draft", parameters={"topic": "planets"}).task
    assert (task.title, task.description) == ("Write: planets", "About planets.")
    assert sorted(step.title for step in parts(workbench, Step, task)) == ["Outline planets", "Write it"]
    assert [row.description for row in parts(workbench, Deliverable, task)] == ["The text on planets."]
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Bundle, bundle.bundle_id).parameters["topic"] == "rockets"
    assert of(workbench, bundle, "draft")[0].title == "Write: rockets"


def test_it_may_have_a_title_of_its_own(workbench, start, add):
    assert add(start(), ref="draft", title="Write the second part").task.title == "Write the second part"


def test_what_happens_once_in_a_run_stays_with_the_first_and_is_said(workbench, people, start, add):
    bundle = start()
    added = add(bundle, ref="publish")
    first, second = of(workbench, bundle, "publish")
    assert (first.fills_link, first.stage_on_complete) == ("Page", "public")
    assert (second.fills_link, second.stage_on_complete) == (None, None)
    assert (second.cloned_from, second.source_type) == (first.task_id, SourceType.CLONE)
    assert f"The link “Page” is filled by #{first.task_number} alone." in added.message
    assert f"Only #{first.task_number} moves the bundle to the stage public." in added.message
    with workbench.reading(workbench.operator()) as tx:
        event = tx.find(Event, task_id=second.task_id)[0]
    assert event.summary == f"Made {second.name} in {bundle.title} as another #{first.task_number}"


def skip(workbench, people, task: Task) -> None:
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.skip(tx, task.task_id, "no sponsor this time", "He said so.")


def test_what_counts_from_the_end_of_the_first_waits_for_the_first(workbench, people, start, add):
    bundle = start(parameters={"sponsored": True})
    add(bundle, ref="sponsor")
    first, second = of(workbench, bundle, "sponsor")
    skip(workbench, people, second)
    assert of(workbench, bundle, "thank")[0].due_date is None
    assert add(bundle, ref="thank").task.due_date is None
    workbench.clock.advance(hours=24)
    skip(workbench, people, first)
    assert [task.due_date for task in of(workbench, bundle, "thank")] == [date(2026, 11, 25)] * 2
    assert add(bundle, ref="thank").task.due_date == date(2026, 11, 25)
    with workbench.transaction(people["mara"]) as tx:
        moves = service.reanchor(tx, bundle.bundle_id, "2026-12-24", dry_run=True)
    assert {(kept.why, kept.due_date) for kept in moves.kept if kept.title == "Thank the sponsor"} == {
        ("counted from the completion of “Ask the sponsor”", date(2026, 11, 25))
    }


def test_a_date_that_counts_from_a_day_of_its_own_does_not_move_with_the_bundles(workbench, start, add):
    bundle = start(parameters={"event_day": "2026-12-20"})
    same = add(bundle, ref="remind").task
    own = add(bundle, ref="remind", parameters={"event_day": "2026-12-30"}).task
    first = of(workbench, bundle, "remind")[0]
    assert (same.due_date, same.due_rule) == (first.due_date, first.due_rule)
    assert (own.due_date, own.due_rule) == (date(2026, 12, 28), None)


def test_a_task_that_was_left_out_at_the_start_is_made_in_full(workbench, start, add):
    bundle = start()
    assert of(workbench, bundle, "sponsor") == []
    task = add(bundle, ref="sponsor").task
    assert (task.cloned_from, task.source_type, task.title) == (None, SourceType.BUNDLE, "Ask the sponsor")
    assert task.depends_on == [of(workbench, bundle, "draft")[0].task_id]
    assert [item.template_task_ref for item in tasks(workbench, bundle)][:3] == [
        "draft",
        "sponsor",
        "publish",
    ]


def test_what_was_cancelled_counts_as_not_made(workbench, people, start, add):
    bundle = start()
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, of(workbench, bundle, "draft")[0].task_id)
        lifecycle.cancel(tx, of(workbench, bundle, "publish")[0].task_id)
    task = add(bundle, ref="publish").task
    assert (task.cloned_from, task.fills_link, task.stage_on_complete) == (None, "Page", "public")
    assert task.depends_on == []
    announce = add(bundle, ref="announce").task
    assert (announce.depends_on, announce.due_date) == ([], None)


def test_it_comes_after_what_is_done_already_without_waiting(workbench, people, start, add):
    bundle = start(parameters={"sponsored": True})
    sponsor = of(workbench, bundle, "sponsor")[0]
    skip(workbench, people, sponsor)
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, of(workbench, bundle, "draft")[0].task_id)
    task = add(bundle, ref="publish").task
    assert (task.depends_on, task.blocked_by) == ([sponsor.task_id], None)


def test_what_is_to_know_of_its_date_is_said(workbench, start, add):
    past = add(start(anchor_date=date(2026, 11, 23)), ref="draft")
    assert past.warnings[0].warnings == ("due in the past",)
    assert past.message.endswith(" Look at its dates: Write: rockets: due in the past.")
    bundle = start()
    with workbench.transaction(workbench.operator()) as tx:
        draft = tx.get(Task, of(workbench, bundle, "draft")[0].task_id)
        draft.deadline = datetime(2027, 1, 1, tzinfo=UTC)
        saved(tx, draft)
    early = add(bundle, ref="publish")
    assert early.warnings[0].warnings == ("due before “Write: rockets”, which it comes after",)


def test_the_people_of_the_campaign_are_asked_as_at_a_start(workbench, start, add):
    bundle = start(campaign="acme_spring")
    first, second = (*of(workbench, bundle, "draft"), add(bundle, ref="draft").task)
    assert (second.assignee_id, second.assignee_role) == (first.assignee_id, "writer")
    assert second.assignee_id is not None


def test_a_plan_makes_nothing(workbench, people, start):
    bundle = start()
    before = tasks(workbench, bundle)
    with workbench.reading(people["mara"]) as tx:
        found = add_task.plan(tx, bundle, "publish", {}, calendars={})
    assert (found.planned.title, found.sibling.template_task_ref) == ("Publish: rockets", "publish")
    assert tasks(workbench, bundle) == before
