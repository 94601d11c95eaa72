"""Starting a template: what is made, what is refused, and that nothing is half made."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine import loading, lookup
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.bundles import instantiate
from engine.bundles.models import Bundle, BundleLink, LinkState, PinnedTaskType, PinnedTemplate
from engine.bundles.request import NewBundle
from engine.config import Settings
from engine.deliverables.models import Deliverable
from engine.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    TemplateNotFoundError,
    UnknownFieldError,
)
from engine.reference.models import Employee, Partner
from engine.tasks.models import Priority, Proof, Step, Task, TaskStatus
from tests.factories import make_bundle, make_people

#: ref -> (position, title, phase, due date, assignee, role, depends on), for Monday 28 December 2026.
EXPECTED = {
    "draft": (1, "Write: rockets", "making", date(2026, 12, 21), None, "writer", []),
    "publish": (2, "Publish: rockets", "showing", date(2026, 12, 28), "ben", None, ["draft"]),
    "announce": (3, "Announce", "showing", None, None, "producer", []),
    "thank": (4, "Thank the sponsor", "showing", date(2026, 12, 31), None, "writer", []),
    "remind": (5, "Remind", "showing", None, None, "writer", []),
    "figures": (6, "Figures", None, date(2026, 11, 23), None, None, []),
}


def test_each_task_has_the_dates_people_and_dependencies_of_its_definition(start, work):
    bundle = start()
    tasks = work(bundle).tasks()
    ids = {ref: task.task_id for ref, task in tasks.items()}
    keys = {employee.employee_id: employee.key for employee in work(bundle).find(Employee)}
    found = {
        ref: (
            task.position,
            task.title,
            task.phase,
            task.due_date,
            keys.get(task.assignee_id),
            task.assignee_role,
            [ref for ref in ids if ids[ref] in task.depends_on],
        )
        for ref, task in tasks.items()
    }
    assert found == EXPECTED
    assert {task.status for task in tasks.values()} == {TaskStatus.PENDING}
    assert {task.bundle_id for task in tasks.values()} == {bundle.bundle_id}


def test_deadlines_are_the_cut_off_of_the_calendar_in_its_zone(start, work):
    tasks = work(start()).tasks()
    assert tasks["draft"].deadline == datetime(2026, 12, 21, 16, 0, tzinfo=UTC)
    assert tasks["announce"].deadline is None


def test_everything_that_a_definition_says_is_on_its_task(start, work, people):
    bundle = start()
    draft = work(bundle).task("draft")
    assert draft.model_dump(
        include={
            "description", "category", "task_type", "priority", "urgency", "planned_minutes", "tags",
            "systems", "instruction_doc_id", "instruction_step_id", "validation", "config", "rules",
            "ordered_steps", "stage_on_complete", "waiting_defaults", "expected_artifacts", "approval",
            "due_rule", "template_id", "template_hash", "owner_id", "assigned_to_bot", "execution_type",
            "skip", "milestone",
        }
    ) == {
        "description": "About rockets.",
        "category": "content",
        "task_type": "work",
        "priority": "high",
        "urgency": "soon",
        "planned_minutes": 90,
        "tags": ["launch", "writing"],
        "systems": ["cms"],
        "instruction_doc_id": "content.launch",
        "instruction_step_id": "draft",
        "validation": {"evidence": "It reads well."},
        "config": {"words": 1200, "tone": "warm"},
        "rules": {"voice": "Friendly.", "facts": "Checked."},
        "ordered_steps": True,
        "stage_on_complete": "making",
        "waiting_defaults": {"for": "the partner", "follow_up_days": 3, "comment_required": False},
        "expected_artifacts": [{"type": "file", "label": "Notes"}],
        "approval": {"required": False, "sources": [], "reason": "type"},
        "due_rule": {"offset": -7, "unit": "days", "from": "anchor"},
        "template_id": "launch",
        "template_hash": bundle.template_hash,
        "owner_id": people["mara"].user_id,
        "assigned_to_bot": False,
        "execution_type": None,
        "skip": None,
        "milestone": False,
    }  # fmt: skip
    assert [(use["tool"], use["params"]) for use in draft.tools] == [
        ("pagespeed", {}),
        ("surfer", {"depth": 2}),
        ("frase", {}),
    ]


def test_steps_proof_and_owed_deliverables_are_there_from_the_start(start, work):
    bundle = start()
    on = work(bundle)
    draft = on.task("draft")
    steps = on.find(Step, task_id=draft.task_id, order_by=("position",))
    assert [(s.ref, s.title, s.required) for s in steps] == [
        ("outline", "Outline rockets", True),
        ("write", "Write it", False),
    ]
    assert [(p.kind, p.label, p.required) for p in on.find(Proof, task_id=draft.task_id)] == [
        ("comment", "What was hard", False)
    ]
    [text] = on.find(Deliverable, task_id=draft.task_id)
    assert (text.ref, text.type, text.task_step_id, text.version_number) == (
        "text", "blog_post_draft", steps[1].task_step_id, 1,
    )  # fmt: skip
    assert (text.meta, text.deliverable_url, text.meta_schema) == ({}, None, {"word_count": "integer"})
    assert text.gold_standard["notes"] == "Sources named."
    assert text.description == "The text on rockets."
    [report] = on.find(Deliverable, task_id=on.task("figures").task_id)
    assert report.type == "report_document"


def test_a_partners_override_switches_a_dormant_deliverable_on(start, work):
    on = work(start(partner="acme"))
    assert {row.ref for row in on.find(Deliverable, task_id=on.task("draft").task_id)} == {"text", "pictures"}


def test_an_automatic_task_is_the_bots(start, work):
    figures = work(start()).task("figures")
    assert (figures.assigned_to_bot, figures.assignee_id, figures.assignee_role) == (True, None, None)
    assert figures.execution_type == "automatic"
    assert figures.execution_config == {"executor": "report_generation", "title": "KPIs"}
    assert (figures.max_retries, figures.requires_human_review) == (1, True)


def test_the_bundle_has_its_links_stage_references_and_parameters_with_defaults(start, work):
    bundle = start()
    assert (bundle.title, bundle.icon, bundle.stage, bundle.tags) == ("Launch", "🚀", "making", ["launch"])
    assert bundle.parameters == {"topic": "rockets", "sponsored": False}
    assert bundle.references == [{"name": "Brief", "url": "https://example.com/rockets"}]
    links = work(bundle).find(BundleLink, order_by=("position",))
    assert [(link.name, link.required, link.state) for link in links] == [
        ("Page", True, LinkState.EMPTY),
        ("Post", True, LinkState.EMPTY),
        ("Archive", False, LinkState.EMPTY),
    ]


def test_without_phases_the_stage_is_preparation(start):
    assert start("plain").stage == "preparation"


def test_a_task_whose_condition_holds_is_made_and_its_dependents_wait_for_it(start, work):
    tasks = work(start(parameters={"sponsored": True})).tasks()
    assert list(tasks) == ["draft", "sponsor", "publish", "announce", "thank", "remind", "figures"]
    assert tasks["publish"].depends_on == [tasks["draft"].task_id, tasks["sponsor"].task_id]
    assert tasks["publish"].blocked_by == tasks["draft"].task_id
    assert (tasks["thank"].due_date, tasks["thank"].due_rule["from"]) == (None, "task_completed:sponsor")


def test_a_task_not_made_leaves_no_dependency_and_the_anchor_as_the_day_to_count_from(start, work):
    tasks = work(start()).tasks()
    assert "sponsor" not in tasks
    assert tasks["thank"].due_rule == {"offset": 3, "unit": "days", "from": "anchor"}


def test_hours_before_a_parameters_day_give_a_moment_as_deadline(start, work):
    remind = work(start(parameters={"event_day": "2026-03-29"})).task("remind")
    assert remind.deadline == datetime(2026, 3, 27, 11, 0, tzinfo=UTC)
    assert remind.due_date == date(2026, 3, 27)


def test_a_campaign_implies_its_partner_and_its_person_for_a_role(start, work):
    bundle = start(campaign="acme_spring")
    on = work(bundle)
    [ana] = on.find(Employee, key="ana")
    [acme] = on.find(Partner, key="acme")
    assert bundle.partner_id == acme.partner_id
    draft = on.task("draft")
    assert (draft.assignee_id, draft.assignee_role, draft.campaign_id) == (
        ana.employee_id, "writer", bundle.campaign_id,
    )  # fmt: skip
    assert on.task("announce").assignee_id is None


def leaves(workbench: Workbench, people, key: str) -> None:
    """Let an employee stop working here."""
    with workbench.transaction(people["mara"]) as tx:
        [employee] = tx.find(Employee, key=key)
        employee.is_active = False
        tx.record(Action.EMPLOYEE_CHANGED, tx.save(employee), f"{employee.name} left")


def test_the_campaigns_person_who_has_left_leaves_the_work_to_the_role(start, work, workbench, people):
    leaves(workbench, people, "ana")
    draft = work(start(campaign="acme_spring")).task("draft")
    assert (draft.assignee_id, draft.assignee_role) == (None, "writer")


def test_a_template_that_names_somebody_who_has_left_is_not_started(start, workbench, people):
    leaves(workbench, people, "ben")
    with pytest.raises(BadRequestError, match="for the employee ben, who is not an active one"):
        start()


def test_a_start_reads_the_employees_that_it_needs_not_all(start, monkeypatch: pytest.MonkeyPatch):
    read: list[str] = []

    def load(record_type, *given):
        record = loading.load(record_type, *given)
        if record_type is Employee:
            read.append(record.key)
        return record

    monkeypatch.setattr(lookup, "load", load)
    start(campaign="acme_spring")
    assert sorted(read) == ["ana", "ben"]


def test_task_numbers_go_on_without_gaps_from_bundle_to_bundle(start, work):
    first, second = start("plain"), start("plain")
    numbers = [task.task_number for on in (first, second) for task in work(on).tasks().values()]
    assert numbers == [1, 2, 3, 4]


def test_events_tell_of_the_bundle_then_of_each_task(start, workbench: Workbench, people):
    bundle = start("plain")
    with workbench.reading(people["mara"]) as tx:
        events = tx.find(Event, bundle_id=bundle.bundle_id, order_by=("seq",))
    assert [event.action for event in events] == [
        Action.BUNDLE_CREATED, Action.TASK_CREATED, Action.TASK_CREATED,
    ]  # fmt: skip
    assert events[0].after["template_hash"] == bundle.template_hash


# -- refusals ----------------------------------------------------------------------------------


def counts(workbench: Workbench, actor) -> list[int]:
    with workbench.reading(actor) as tx:
        types = (Bundle, BundleLink, Task, Step, Proof, Deliverable, PinnedTemplate, PinnedTaskType, Event)
        return [tx.count(record_type) for record_type in types]


def test_an_error_in_the_last_task_leaves_nothing_behind(start, workbench: Workbench, people):
    before = counts(workbench, people["mara"])
    with pytest.raises(BadRequestError, match="zoe"):
        start("nobody")
    assert counts(workbench, people["mara"]) == before


def test_a_crash_after_half_of_the_work_leaves_nothing_behind(
    workbench: Workbench, people, monkeypatch: pytest.MonkeyPatch
):
    before = counts(workbench, people["mara"])
    made = []
    add_parts = instantiate.add_parts

    def failing(tx, task, *rows, **named):
        made.append(add_parts(tx, task, *rows, **named))
        tx.flush()
        if len(made) == 2:
            raise OSError("disk full")

    monkeypatch.setattr(instantiate, "add_parts", failing)
    content = workbench.content()
    with pytest.raises(OSError, match="disk full"), workbench.transaction(people["mara"]) as tx:
        instantiate.create(tx, content, NewBundle(template="plain", anchor_date="2026-12-01"))
    assert len(made) == 2
    assert counts(workbench, people["mara"]) == before


@pytest.mark.parametrize(
    ("key", "fields", "error", "words"),
    [
        ("idea", {}, ConflictError, "draft"),
        ("old", {}, ConflictError, "retired"),
        ("nothing", {}, TemplateNotFoundError, "nothing"),
        ("launch", {"partner": "initech"}, BadRequestError, "no active partner initech"),
        ("launch", {"campaign": "winter"}, BadRequestError, "no active campaign winter"),
        (
            "launch",
            {"campaign": "acme_spring", "partner": "globex"},
            BadRequestError,
            "belongs to the partner acme",
        ),
        ("launch", {"parameters": {"topic": 7}}, BadRequestError, "topic"),
        ("launch", {"parameters": {"subject": "x"}}, BadRequestError, "subject"),
        ("launch", {"parameters": {"event_day": "2026-02-30"}}, BadRequestError, "event_day"),
        ("launch", {"parameters": {"topic": "x" * 495}}, BadRequestError, "characters"),
        ("launch", {"anchor_date": "9999-12-31"}, BadRequestError, "cannot be computed"),
        ("launch", {"anchor_date": "0001-01-01"}, BadRequestError, "cannot be computed"),
    ],
)
def test_what_cannot_be_started_says_why_and_changes_nothing(
    start, workbench: Workbench, people, key, fields, error, words
):
    before = counts(workbench, people["mara"])
    with pytest.raises(error, match=words):
        start(key, **fields)
    assert counts(workbench, people["mara"]) == before


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"anchor_date": "2026-02-30"}, BadRequestError, "anchor_date"),
        ({"anchor_date": "soon"}, BadRequestError, "anchor_date"),
        ({"anchor_date": "20261201"}, BadRequestError, "anchor_date"),
        ({"anchor_date": 1764547200}, BadRequestError, "anchor_date"),
        ({"anchor_date": None}, BadRequestError, "anchor_date"),
        ({"anchor_date": "2026-12-01", "title": "x" * 501}, BadRequestError, "title"),
        ({"anchor_date": "2026-12-01", "anchor": "2026-12-01"}, UnknownFieldError, "anchor"),
        ({}, BadRequestError, "anchor_date"),
    ],
)
def test_a_request_that_cannot_be_right_names_its_field(fields, error, field):
    with pytest.raises(error) as refused:
        NewBundle(template="launch", **fields)
    assert [detail["field"] for detail in refused.value.details] == [field]


def test_only_the_team_starts_bundles(start, people):
    assert start(actor=people["ana"]).owner_id == people["ana"].user_id
    with pytest.raises(ForbiddenError):
        start(actor=people["pat"])


def test_a_missing_template_is_replaced_where_the_settings_say_so(settings: Settings, clock):
    replaced = Settings(**{**vars(settings), "missing_template": "default"})
    workbench = Workbench(replaced, clock=clock)
    actor = make_people(workbench)["mara"]
    new = NewBundle(template="gone", anchor_date="2026-12-01", parameters={"topic": "x"})
    for_acme = new.model_copy(update={"partner": "acme"})
    with workbench.transaction(actor) as tx:
        bundle = instantiate.create(tx, workbench.content(), new)
        [task] = tx.find(Task, bundle_id=bundle.bundle_id)
        [started] = tx.find(Event, bundle_id=bundle.bundle_id, action=Action.BUNDLE_CREATED)
        of_acme = instantiate.create(tx, workbench.content(), for_acme)
        [overridden] = tx.find(Task, bundle_id=of_acme.bundle_id)
    workbench.close()
    assert (task.priority, overridden.priority) == (Priority.MEDIUM, Priority.HIGH)
    assert (bundle.template_id, bundle.title) == ("untyped_work", "Untyped work: gone")
    assert bundle.tags == ["untyped", "template_missing", "gone"]
    assert task.tags == ["untyped", "template_missing", "gone"]
    assert started.after["asked_for"] == {"template": "gone", "parameters": {"topic": "x"}}


# -- repeats -----------------------------------------------------------------------------------


def test_the_same_request_under_one_key_gives_the_first_bundle_again(start, workbench: Workbench, people):
    first = start(idempotency_key="k1")
    before = counts(workbench, people["mara"])
    again = start(idempotency_key="k1")
    assert again.bundle_id == first.bundle_id
    assert counts(workbench, people["mara"]) == before


def test_another_request_under_the_same_key_is_refused(start, workbench: Workbench, people):
    start(idempotency_key="k1")
    before = counts(workbench, people["mara"])
    with pytest.raises(IdempotencyKeyReusedError):
        start(idempotency_key="k1", anchor_date=date(2026, 12, 29))
    assert counts(workbench, people["mara"]) == before


def test_the_key_of_somebody_else_is_another_key(start, workbench: Workbench, people):
    """It neither stands in the way nor tells what was made with it (S19)."""
    first = start(idempotency_key="k1")
    theirs = {"actor": people["sam"], "idempotency_key": "k1"}
    made = make_bundle(workbench, "plain", **theirs)
    assert made.bundle_id != first.bundle_id
    assert make_bundle(workbench, "plain", **theirs).bundle_id == made.bundle_id
    assert start(idempotency_key="k1").bundle_id == first.bundle_id


def test_without_a_key_every_request_makes_a_bundle(start):
    assert start().bundle_id != start().bundle_id


def test_the_preview_shows_what_creation_stores(start, work, workbench: Workbench, people):
    new = NewBundle(template="launch", anchor_date=date(2026, 12, 28), parameters={"topic": "rockets"})
    content = workbench.content()
    before = counts(workbench, people["mara"])
    with workbench.reading(people["mara"]) as tx:
        planned = instantiate.preview(tx, content, new)
    assert counts(workbench, people["mara"]) == before
    tasks = work(start()).tasks()
    assert [(p.ref, p.title, p.due_date, p.deadline) for p in planned.tasks] == [
        (ref, task.title, task.due_date, task.deadline) for ref, task in tasks.items()
    ]
    assert planned.left_out == ("sponsor",)
