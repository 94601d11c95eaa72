"""What no engine could have written is told, record by record: this change, these words (EXP-06)."""

from __future__ import annotations

from typing import Any

import pytest

from exports.meaning import MeaningRules
from tests.exports.shown import Row, row, said

EARLY, LATE = "2026-11-21T09:00:00.000Z", "2026-11-21T09:00:05.000Z"

WORKSPACE = row("workspaces", name="Ours")
TASK = row("tasks", task_id="tsk_1", bundle_id="bnd_1", task_number=1, status="pending")
BUNDLE = row("bundles", bundle_id="bnd_1", status="active")
STARTED = {"status": "in_progress"}
WAITING = {"status": "waiting", "waiting_for": "Godot", "follow_up_at": LATE, "waiting_since": EARLY}
SKIPPED = {"status": "skipped", "closed_at": LATE, "skip_reason": "not planned"}
CANCELLED = {"status": "cancelled", "closed_at": LATE}
COMPLETED = {"status": "completed", "closed_at": LATE, "completed_at": LATE, "completed_by": "usr_1"}
DUE = {"deadline": EARLY, "first_deadline": EARLY}
ON_TIME = {"deadline": LATE, "first_deadline": LATE, "late_seconds": 0, "first_late_seconds": 0}
BUNDLE_DONE = {"status": "completed", "completed_at": LATE}
ALL_THREE = "waiting_for, follow_up_at and waiting_since"


def faults(**records: list[Row]) -> list[str]:
    return said(MeaningRules(), {"workspaces": [WORKSPACE], **records})


def of_task(*changes: Row) -> list[str]:
    """Return what is said of a task with these fields, one set over the other."""
    task = dict(TASK)
    for fields in changes:
        task |= fields
    return [fault.removeprefix("tasks.jsonl:1: ") for fault in faults(tasks=[task])]


@pytest.mark.parametrize("task", [{}, STARTED, WAITING, SKIPPED, CANCELLED, COMPLETED])
def test_a_task_as_the_engine_writes_it_is_fine(task):
    assert of_task(task) == of_task(DUE, task, {"deadline": None, "first_deadline": None}) == []


@pytest.mark.parametrize(
    ("task", "change", "fault"),
    [
        ({}, {"task_number": 0}, "task_number: 0 is not positive"),
        ({}, {"task_number": -3}, "task_number: -3 is not positive"),
        (COMPLETED, {"completed_at": None}, "completed_without_time: is completed, but completed_at is None"),
        ({}, {"completed_at": LATE}, f"completed_without_time: is pending, but completed_at is {LATE}"),
        (SKIPPED, {"completed_at": LATE}, f"completed_without_time: is skipped, but completed_at is {LATE}"),
        ({}, {"completed_by": "usr_1"}, "completed_without_time: is pending, but has completed_by"),
        (CANCELLED, {"completed_by": "usr_1"}, "completed_without_time: is cancelled, but has completed_by"),
        (COMPLETED, {"closed_at": None}, "closed_without_time: is completed, but closed_at is None"),
        (SKIPPED, {"closed_at": None}, "closed_without_time: is skipped, but closed_at is None"),
        (CANCELLED, {"closed_at": None}, "closed_without_time: is cancelled, but closed_at is None"),
        ({}, {"closed_at": LATE}, f"closed_without_time: is pending, but closed_at is {LATE}"),
        *(
            (
                WAITING,
                {name: None},
                f"waiting_without_fields: is waiting: {ALL_THREE} must be given",
            )
            for name in ("waiting_for", "follow_up_at", "waiting_since")
        ),
        (
            WAITING,
            STARTED,
            "waiting_without_status: is in_progress, but has waiting_for, follow_up_at, waiting_since",
        ),
        ({}, {"waiting_for": "Godot"}, "waiting_without_status: is pending, but has waiting_for"),
        ({}, {"follow_up_at": LATE}, "waiting_without_status: is pending, but has follow_up_at"),
        (COMPLETED, {"waiting_since": EARLY}, "waiting_without_status: is completed, but has waiting_since"),
        (SKIPPED, {"skip_reason": None}, "skipped_without_reason: is skipped, but skip_reason is None"),
        ({}, {"skip_reason": "no"}, "skipped_without_reason: is pending, but skip_reason is no"),
        ({}, {"deadline": EARLY}, "lateness: has a deadline, but first_deadline is empty"),
        (
            {**COMPLETED, **DUE, "first_late_seconds": 5},
            {"late_seconds": 4},
            "lateness: late_seconds is 4, but deadline and completed_at give 5",
        ),
        (
            {**COMPLETED, **DUE, "late_seconds": 5},
            {"first_late_seconds": None},
            "lateness: first_late_seconds is None, but first_deadline and completed_at give 5",
        ),
        ({}, {"late_seconds": 0}, "lateness: late_seconds is 0, but deadline and completed_at give None"),
        (
            COMPLETED,
            {"first_late_seconds": 0},
            "lateness: first_late_seconds is 0, but first_deadline and completed_at give None",
        ),
    ],
)
def test_a_task_that_contradicts_itself_is_told(task, change, fault):
    assert of_task(task, change) == [fault]


@pytest.mark.parametrize(
    "fields",
    [
        {**COMPLETED, **ON_TIME},
        {**COMPLETED, **DUE, "late_seconds": 5, "first_late_seconds": 5},
        {**COMPLETED, **ON_TIME, "first_deadline": EARLY, "first_late_seconds": 5},
        {**COMPLETED, "first_deadline": EARLY, "first_late_seconds": 5},  # its deadline was taken away
        DUE,
        {**CANCELLED, **DUE},
        {"first_deadline": EARLY},
    ],
)
def test_how_late_a_task_was_follows_from_its_times(fields):
    assert of_task(fields) == []


# -- the parts of a task ---------------------------------------------------------------------------

STEP = row("task_steps", task_id="tsk_1", title="Sharpen")
PROOF = row("task_proofs", task_id="tsk_1", label="Page")
DELIVERABLE = row("deliverables", task_id="tsk_1", ref="text")
LINK = row("bundle_links", bundle_id="bnd_1", name="Page", state="empty")
ARTIFACT = row("artifacts", url="https://example.com")
DONE = {"is_completed": True, "completed_at": LATE}
LEFT_OUT = {"left_out_at": LATE, "left_out_by": "usr_1", "left_out_reason": "No site"}
GIVEN = {"given_at": LATE, "given_by": "usr_1", "value": "https://example.com"}
FILLED = {"state": "filled", "url": "https://example.com", "filled_at": LATE}
WAIVED = {"state": "waived", "waived_at": LATE, "waived_by_task_id": "tsk_1"}
REQUIRED = {"required": True}
A_COMPLETED_TASK = {**TASK, **COMPLETED}


@pytest.mark.parametrize(
    ("table", "record", "change", "fault"),
    [
        ("task_steps", STEP, {}, None),
        (
            "task_steps", STEP, REQUIRED,
            "completed_with_open_step: the step “Sharpen” is open, but its task is completed",
        ),
        ("task_steps", STEP, DONE, None),
        ("task_steps", STEP, {**REQUIRED, **DONE}, None),
        ("task_steps", STEP, {"is_completed": True}, "step_state: is_completed is True, completed_at None"),
        (
            "task_steps", STEP, {"completed_at": LATE},
            f"step_state: is_completed is False, completed_at {LATE}",
        ),
        ("task_steps", STEP, {**REQUIRED, **LEFT_OUT}, None),
        ("task_steps", STEP, {**REQUIRED, **LEFT_OUT, "left_out_reason": None}, None),
        (
            "task_steps", STEP, {"left_out_reason": "No site"},
            "step_state: left_out_at is None, but left_out_reason or is_completed say otherwise",
        ),
        (
            "task_steps", STEP, {**DONE, **LEFT_OUT},
            f"step_state: left_out_at is {LATE}, but left_out_reason or is_completed say otherwise",
        ),
        ("task_proofs", PROOF, {}, None),
        ("task_proofs", PROOF, GIVEN, None),
        ("task_proofs", PROOF, {**REQUIRED, **GIVEN}, None),
        (
            "task_proofs", PROOF, REQUIRED,
            "completed_without_proof: the task is completed without its proof “Page”",
        ),
        (
            "task_proofs", PROOF, {**GIVEN, "given_at": None},
            "proof_state: given_at is None, but value or given_by say otherwise",
        ),
        (
            "task_proofs", PROOF, {**GIVEN, "value": None},
            f"proof_state: given_at is {LATE}, but value or given_by say otherwise",
        ),
        (
            "task_proofs", PROOF, {**GIVEN, "given_by": None},
            f"proof_state: given_at is {LATE}, but value or given_by say otherwise",
        ),
        (
            "task_proofs", PROOF, {"value": "x"},
            "proof_state: given_at is None, but value or given_by say otherwise",
        ),
        (
            "task_proofs", PROOF, {"given_by": "usr_1"},
            "proof_state: given_at is None, but value or given_by say otherwise",
        ),
        ("deliverables", DELIVERABLE, {}, None),
        ("deliverables", DELIVERABLE, {**REQUIRED, "deliverable_url": "https://example.com"}, None),
        ("deliverables", DELIVERABLE, {**REQUIRED, "artifact_id": "art_1"}, None),
        (
            "deliverables", DELIVERABLE, REQUIRED,
            "completed_without_deliverable: “text” is empty, but its task is completed",
        ),
    ],
)  # fmt: skip
def test_a_part_of_a_completed_task_is_done_where_it_has_to_be(table, record, change, fault):
    found = faults(tasks=[A_COMPLETED_TASK], **{table: [record, {**record, **change}]})
    assert found == ([f"{table}.jsonl:2: {fault}"] if fault else [])


@pytest.mark.parametrize(("change", "is_fault"), [(LEFT_OUT, False), ({}, True)])
def test_a_step_that_is_not_to_be_done_hands_nothing_over(change, is_fault):
    found = faults(
        tasks=[A_COMPLETED_TASK],
        task_steps=[{**STEP, **change}],
        deliverables=[{**DELIVERABLE, **REQUIRED, "task_step_id": STEP["task_step_id"]}],
    )
    assert bool(found) is is_fault


@pytest.mark.parametrize(
    ("table", "record"), [("task_steps", STEP), ("task_proofs", PROOF), ("deliverables", DELIVERABLE)]
)
def test_a_part_of_another_task_may_still_be_open(table, record):
    needed = {**record, **REQUIRED}
    assert faults(tasks=[TASK], **{table: [needed]}) == []
    assert faults(**{table: [needed]}) == []  # that there is no such task is said elsewhere


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        (REQUIRED, None),
        (FILLED, None),
        (WAIVED, None),
        ({"state": "filled"}, "is filled, but its url is None, filled_at None"),
        ({**FILLED, "url": None}, f"is filled, but its url is None, filled_at {LATE}"),
        ({**FILLED, "filled_at": None}, "is filled, but its url is https://example.com, filled_at None"),
        ({**FILLED, "state": "empty"}, f"is empty, but its url is https://example.com, filled_at {LATE}"),
        ({**WAIVED, "waived_at": None}, "is waived, but waived_at is None"),
        ({**WAIVED, "waived_by_task_id": None}, f"is waived, but waived_at is {LATE}"),
        ({**WAIVED, "state": "empty"}, f"is empty, but waived_at is {LATE}"),
    ],
)
def test_the_state_of_a_link_is_what_its_fields_say(change, fault):
    found = faults(bundles=[BUNDLE], bundle_links=[{**LINK, **change}])
    assert found == ([f"bundle_links.jsonl:1: link_state: {fault}"] if fault else [])


@pytest.mark.parametrize(
    ("bundle", "link", "is_fault"),
    [
        ({}, REQUIRED, False),
        (BUNDLE_DONE, REQUIRED, True),
        (BUNDLE_DONE, {}, False),
        (BUNDLE_DONE, {**REQUIRED, **FILLED}, False),
        (BUNDLE_DONE, {**REQUIRED, **WAIVED}, False),
        ({"status": "cancelled"}, REQUIRED, False),
    ],
)
def test_a_completed_bundle_has_every_link_that_it_needs(bundle, link, is_fault):
    found = faults(bundles=[{**BUNDLE, **bundle}], bundle_links=[LINK, {**LINK, **link}])
    words = "bundle_links.jsonl:2: bundle_closed: the link “Page” is empty, but its bundle is completed"
    assert found == ([words] if is_fault else [])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"url": None, "sha256": "0" * 64, "size_bytes": 0}, None),
        ({"sha256": "0" * 64, "size_bytes": 3}, None),
        ({"sha256": "0" * 64}, "sha256 and size_bytes go together"),
        ({"size_bytes": 3}, "sha256 and size_bytes go together"),
        ({"url": None}, "has neither sha256 nor url"),
    ],
)
def test_an_artifact_is_a_file_or_an_address(change, fault):
    found = faults(artifacts=[{**ARTIFACT, **change}])
    assert found == ([f"artifacts.jsonl:1: artifact_state: {fault}"] if fault else [])


# -- bundles -----------------------------------------------------------------------------------------

OPEN, CLOSED = {**TASK, **STARTED}, {**TASK, **SKIPPED}


@pytest.mark.parametrize(
    ("bundle", "fault"),
    [
        ({}, None),
        (BUNDLE_DONE, None),
        ({"status": "completed"}, "completed_without_time: is completed, but completed_at is empty"),
        ({"completed_at": LATE}, None),  # it was completed once, and a task was opened again
        ({"status": "cancelled"}, None),
    ],
)
def test_a_completed_bundle_says_when(bundle, fault):
    found = faults(bundles=[BUNDLE, {**BUNDLE, **bundle}])
    assert found == ([f"bundles.jsonl:2: {fault}"] if fault else [])


@pytest.mark.parametrize(
    ("bundle", "tasks", "left"),
    [
        ({}, [OPEN], 0),
        (BUNDLE_DONE, [CLOSED], 0),
        (BUNDLE_DONE, [], 0),
        (BUNDLE_DONE, [OPEN], 1),
        (BUNDLE_DONE, [OPEN, CLOSED, TASK], 2),
        (BUNDLE_DONE, [{**OPEN, "bundle_id": None}], 0),
        (BUNDLE_DONE, [{**OPEN, "bundle_id": "bnd_2"}], 0),
        ({"status": "cancelled"}, [OPEN], 1),
    ],
)
def test_a_closed_bundle_has_no_open_task(bundle, tasks, left):
    other = {**BUNDLE, "bundle_id": "bnd_0"}
    status = bundle.get("status")
    words = f"bundles.jsonl:2: bundle_closed: is {status}, but has {left} open tasks"
    assert faults(bundles=[other, {**BUNDLE, **bundle}], tasks=tasks) == ([words] if left else [])


# -- the workspace -----------------------------------------------------------------------------------


def test_an_export_is_of_one_workspace():
    none = "workspaces.jsonl: workspace: holds 0 workspaces; an export is of one"
    assert said(MeaningRules(), {}) == [none]
    second = {**WORKSPACE, "workspace_id": "wsp_2"}
    two = "workspaces.jsonl: workspace: holds 2 workspaces; an export is of one"
    assert said(MeaningRules(), {"workspaces": [WORKSPACE, second]}) == [two]


def test_every_record_belongs_to_it():
    found = faults(employees=[row("employees"), row("employees", workspace_id="wsp_2")])
    assert found == ["employees.jsonl:2: workspace: belongs to another workspace"]


def test_the_rules_keep_the_record_of_the_workspace():
    rules = MeaningRules()
    assert rules.workspace is None
    said(rules, {"workspaces": [WORKSPACE]})
    assert rules.workspace == WORKSPACE


# -- events ------------------------------------------------------------------------------------------


def event(**fields: Any) -> Row:
    told = {"entity_type": "tasks", "entity_id": "tsk_1", "occurred_at": EARLY, "seq": 1, **fields}
    return row("audit_events", **told)


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        ([], None),
        ([event()], None),
        ([event(after={"title": "Other"})], None),
        ([event(after={"status": "pending"})], None),
        ([event(after={"status": "completed"}), event(after={"status": "pending"})], None),
        ([event(after={"status": "pending"}), event(after={"title": "Other"})], None),
        ([event(after={"status": "pending"}), event(after={"status": "completed"})], "completed"),
        ([event(after={"status": "completed"}, entity_type="bundles")], None),
        ([event(after={"status": "completed"}, entity_id="tsk_2")], None),  # the links say that there is none
    ],
)
def test_a_task_has_the_status_that_its_last_event_tells(events, fault):
    words = f"tasks.jsonl:2: status_without_event: is pending, but its last event says {fault}"
    found = faults(tasks=[{**TASK, "task_id": "tsk_0"}, TASK], audit_events=events)
    assert found == ([words] if fault else [])


@pytest.mark.parametrize(
    ("after", "before", "names"),
    [
        ({"password_hash": "$"}, None, ["password_hash"]),
        (None, {"password_hash": "$"}, ["password_hash"]),
        ({"password_hash": "$"}, {"password_hash": "$"}, ["password_hash"]),
        ({"token_hash": "$"}, {"password_hash": "$"}, ["password_hash", "token_hash"]),
        ({"name": "Ana"}, {"name": "Bea"}, []),
    ],
)
def test_no_event_tells_a_secret(after, before, names):
    found = faults(audit_events=[event(entity_type="users", after=after, before=before)])
    assert found == [f"audit_events.jsonl:1: secret: tells {name}, which is secret" for name in names]


def test_the_times_that_events_tell_are_heard_in_their_order():
    rules = MeaningRules()
    events = [event(occurred_at=LATE, seq=1), event(occurred_at=EARLY, seq=2)]
    assert said(rules, {"workspaces": [WORKSPACE], "audit_events": events}) == []
    assert (rules.times.latest, rules.times.last, rules.times.first_set_back) == (LATE, EARLY, 2)
