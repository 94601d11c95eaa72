"""``task update``: only what is named changes, and what may not is refused in words (UPD-03 to UPD-18)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.audit.models import Action, Event
from engine.errors import BadRequestError, ConflictError, ForbiddenError, StaleWriteError, WorkbenchError
from engine.reference import service as reference
from engine.reference.models import Campaign, Employee, Partner
from engine.tasks import lifecycle
from engine.tasks.models import Task, TaskStatus
from tests.factories import do, make_bundle, make_people, make_task

#: Another campaign of the same partner, and one of another partner.
MORE = {
    "campaigns": [
        {"key": "acme_autumn", "partner": "acme", "name": "Acme autumn"},
        {"key": "globex_all", "partner": "globex", "name": "Globex"},
    ]
}


@pytest.fixture
def people(workbench):
    found = make_people(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, MORE)
    return found


@pytest.fixture
def task(workbench, people):
    return make_task(workbench, actor=people["ana"], title="Call the printer", assignee="ana", tags=["print"])


def update(workbench, actor, task: Task, **fields: Any) -> Task:
    return do(workbench, actor, "task update", task_id=task.task_id, **fields)


def stored(workbench, task: Task) -> dict[str, Any]:
    with workbench.reading(workbench.system_actor()) as tx:
        return tx.get(Task, task.task_id).model_dump(mode="json")


def last_event(workbench, task: Task) -> Event:
    with workbench.reading(workbench.system_actor()) as tx:
        return tx.find(Event, task_id=task.task_id, order_by=("-seq",))[0]


def key_of(workbench, record: Any, key: str) -> str:
    with workbench.reading(workbench.system_actor()) as tx:
        return tx.find_one(record, key=key).record_id


#: What is said -> what is stored then; beside each the fields that follow from it.
CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"title": " Write "}, {"title": "Write"}),
    ({"description": "**All** of it"}, {"description": "**All** of it"}),
    ({"category": "events"}, {"category": "events"}),
    ({"priority": "critical"}, {"priority": "critical"}),
    ({"urgency": "soon"}, {"urgency": "soon"}),
    ({"status_reason": "The paper is late"}, {"status_reason": "The paper is late"}),
    ({"due_date": "2026-12-04"}, {"due_date": "2026-12-04", "deadline": "2026-12-04T23:59:59.000Z"}),
    ({"tags": ["a", "b", "a"]}, {"tags": ["a", "b"]}),
    ({"tags": [""]}, {"tags": []}),
    ({"tag": ["fair"]}, {"tags": ["print", "fair"]}),
    ({"untag": ["print", "never had"]}, {"tags": []}),
    ({"tag": ["fair"], "untag": ["print"]}, {"tags": ["fair"]}),
    ({"planned_minutes": "90"}, {"planned_minutes": 90}),
    ({"metadata": {"crm": "7"}}, {"metadata": {"crm": "7"}}),
    ({"assignee_id": ""}, {"assignee_id": None}),
    ({"assignee_id": None, "assigned_to_bot": True}, {"assignee_id": None, "assigned_to_bot": True}),
    ({"execution_type": "automatic"}, {"execution_type": "automatic"}),
    ({"execution_config": {"command": "crawl"}}, {"execution_config": {"command": "crawl"}}),
    ({"max_retries": "0"}, {"max_retries": 0}),
    ({"requires_human_review": True}, {"requires_human_review": True}),
    ({"task_type": "audit"}, {"task_type": "audit"}),
]
#: What follows from others, or is told of whoever prepared what a review looks at.
FOLLOWS = {
    "updated_at",
    "revision",
    "first_deadline",
    "prepared_by",
    "assigned_at",
    "assigned_by",
    "unassigned_at",
    "unassigned_by",
    "type_category",
    "tools",
    "approval",
    "qa",
}


@pytest.mark.parametrize(("said", "told"), CHANGES, ids=", ".join)
def test_nothing_but_the_named_field_changes_and_the_event_says_from_what_to_what(
    workbench, people, task, said, told
):
    before = stored(workbench, task)
    update(workbench, people["ana"], task, **said)
    after = stored(workbench, task)
    assert {name: after[name] for name in told} == told
    changed = {name for name in after if after[name] != before[name]}
    assert changed - FOLLOWS <= told.keys()
    event = last_event(workbench, task)
    of_event = changed - {"updated_at", "revision"}
    assert {name: event.before[name] for name in of_event} == {name: before[name] for name in of_event}
    assert {name: event.after[name] for name in of_event} == {name: after[name] for name in of_event}


@pytest.mark.parametrize(
    "name", ["description", "due_date", "deadline", "scheduled_for", "planned_minutes", "campaign_id"]
)
@pytest.mark.parametrize("nothing", [None, ""])
def test_a_field_that_may_be_empty_is_emptied_by_null_and_by_an_empty_text(workbench, people, name, nothing):
    full = {
        "description": "Paper",
        "due_date": "2026-12-04",
        "scheduled_for": "2026-12-04T09:00",
        "planned_minutes": 5,
    }
    task = make_task(workbench, title="Call", campaign="acme_spring", **full)
    update(workbench, people["mara"], task, **{name: nothing})
    assert stored(workbench, task)[name] is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Say which field"),
        ({"reason": "Only so"}, "Say which field"),
        ({"title": ""}, "must not be empty"),
        ({"title": None}, "must be a text"),
        ({"category": ""}, "must not be empty"),
        ({"task_type": ""}, "must not be empty"),
        ({"task_type": "nonsense"}, "use one of"),
        ({"campaign_id": "nonsense"}, "there is no campaign 'nonsense'"),
        ({"assignee_id": "nonsense"}, "there is no employee 'nonsense'"),
        ({"tag": ["a|b"]}, "is not a tag"),
        ({"due_date": "soon", "title": "Kept"}, "write it as YYYY-MM-DD"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(workbench, people, task, fields, said):
    before = stored(workbench, task)
    with pytest.raises(BadRequestError, match=said):
        update(workbench, people["mara"], task, **fields)
    assert stored(workbench, task) == before


def test_whoever_saw_an_older_state_is_told_so_and_changes_nothing(workbench, people, task):
    update(workbench, people["ana"], task, title="New", revision=task.revision)
    with pytest.raises(StaleWriteError):
        update(workbench, people["ana"], task, title="Newer", revision=task.revision)
    assert stored(workbench, task)["title"] == "New"


def test_a_member_cannot_take_a_human_review_back_by_an_update(workbench, people, task):
    update(workbench, people["ana"], task, requires_human_review=True)
    with pytest.raises(ForbiddenError):
        update(workbench, people["ana"], task, requires_human_review=False)
    assert stored(workbench, task)["requires_human_review"] is True
    update(workbench, people["mara"], task, requires_human_review=False)
    assert stored(workbench, task)["requires_human_review"] is False
    assert last_event(workbench, task).actor_id == people["mara"].user_id


def test_another_type_brings_its_own_rules_while_nothing_has_begun(workbench, people, task):
    kind = workbench.content().task_types["audit"]
    update(workbench, people["ana"], task, task_type="audit")
    now = stored(workbench, task)
    assert (now["type_category"], now["qa"]) == (kind.category, kind.qa.model_dump(mode="json"))
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.start(tx, task.task_id)
    with pytest.raises(ConflictError, match="has started: its type stays"):
        update(workbench, people["ana"], task, task_type="untyped")
    update(workbench, people["ana"], task, task_type="audit", title="The same type is no change")


def test_only_who_made_a_task_or_a_manager_changes_its_type(workbench, people):
    task = make_task(workbench, actor=people["mara"], title="Call", assignee="ana")
    with pytest.raises(ForbiddenError):
        update(workbench, people["ana"], task, task_type="audit")
    assert stored(workbench, task)["task_type"] == "untyped"


def test_a_campaign_brings_its_partner_until_the_work_has_begun_for_one(workbench, people, task):
    acme, globex = (key_of(workbench, Partner, key) for key in ("acme", "globex"))
    update(workbench, people["ana"], task, campaign_id="globex_all")
    assert stored(workbench, task)["partner_id"] == globex
    update(workbench, people["ana"], task, campaign_id=key_of(workbench, Campaign, "acme_spring"))
    assert stored(workbench, task)["partner_id"] == acme
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.start(tx, task.task_id)
    for other in ("globex_all", ""):
        with pytest.raises(ConflictError, match="stays with its partner"):
            update(workbench, people["ana"], task, campaign_id=other)
    update(workbench, people["ana"], task, campaign_id="acme_autumn")
    now = stored(workbench, task)
    assert (now["campaign_id"], now["partner_id"]) == (key_of(workbench, Campaign, "acme_autumn"), acme)


def test_a_task_of_a_bundle_has_its_templates_type_and_its_bundles_campaign(workbench, people):
    bundle = make_bundle(workbench, "newsletter")
    with workbench.reading(workbench.operator()) as tx:
        task = tx.find(Task, bundle_id=bundle.bundle_id)[0]
    with pytest.raises(ConflictError, match="its type is its template's"):
        update(workbench, people["mara"], task, task_type="audit")
    with pytest.raises(ConflictError, match="its campaign is its bundle's"):
        update(workbench, people["mara"], task, campaign_id="acme_spring")
    update(
        workbench, people["mara"], task, task_type=task.task_type, campaign_id=task.campaign_id, title="New"
    )
    assert stored(workbench, task)["title"] == "New"


def test_a_person_is_named_by_key_or_id_and_dependencies_by_number_or_id(workbench, people, task):
    others = [make_task(workbench, title=f"Before {n}") for n in (1, 2)]
    update(workbench, people["mara"], task, assignee_id="ben", depends_on=[others[0].task_number])
    assert stored(workbench, task)["depends_on"] == [others[0].task_id]
    ana = key_of(workbench, Employee, "ana")
    update(workbench, people["mara"], task, assignee_id=ana, depends_on=[one.task_id for one in others])
    now = stored(workbench, task)
    assert (now["assignee_id"], now["depends_on"]) == (ana, [one.task_id for one in others])
    update(workbench, people["mara"], task, depends_on=[""])
    assert stored(workbench, task)["depends_on"] == []


def test_of_a_closed_task_only_tags_and_metadata_change(workbench, people, task):
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.cancel(tx, task.task_id)
    update(workbench, people["ana"], task, tag=["later"], metadata={"crm": "7"})
    assert stored(workbench, task)["tags"] == ["print", "later"]
    with pytest.raises(ConflictError, match="only its tags and metadata"):
        update(workbench, people["ana"], task, title="Too late")


def test_who_may_not_work_a_task_does_not_change_it(workbench, people, task):
    before = stored(workbench, task)
    for who in ("ben", "sam", "pat"):
        with pytest.raises(WorkbenchError):
            update(workbench, people[who], task, title="Mine")
    assert stored(workbench, task) == before


def test_a_status_among_the_fields_is_one_move_of_the_table(workbench, people, task):
    update(workbench, people["ana"], task, status="blocked", status_reason="No paper", title="New")
    now = stored(workbench, task)
    assert (now["status"], now["status_reason"], now["title"]) == (TaskStatus.BLOCKED, "No paper", "New")
    assert last_event(workbench, task).action is Action.TASK_STATUS_CHANGED
