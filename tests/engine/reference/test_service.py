"""Loading reference data: repeatable, told from the difference, all or nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Event
from engine.errors import BadRequestError, ForbiddenError
from engine.reference import service as reference
from engine.reference.models import Campaign, CampaignAttachment, Employee, Partner
from engine.reports.guidance import material_of
from engine.tasks import clone
from engine.tasks.models import Task
from tests.factories import PEOPLE, make_people, make_task
from tests.told import saved

UNCHANGED = {
    "employees": {"created": 0, "updated": 0, "unchanged": 4, "removed": 0, "dropped": 0},
    "partners": {"created": 0, "updated": 0, "unchanged": 2, "removed": 0, "dropped": 0},
    "campaigns": {"created": 0, "updated": 0, "unchanged": 1, "removed": 0, "dropped": 0},
    "campaign_attachments": {"created": 0, "updated": 0, "unchanged": 1, "removed": 0, "dropped": 0},
}


@pytest.fixture
def operator(workbench: Workbench) -> Actor:
    return workbench.operator()


def load(workbench: Workbench, document: Any, actor: Actor | None = None) -> dict[str, dict[str, int]]:
    with workbench.transaction(actor or workbench.operator()) as tx:
        return reference.load(tx, document).counts


def events(workbench: Workbench) -> list[Event]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Event, order_by=("seq",))


@pytest.fixture
def changed() -> dict[str, Any]:
    """The usual people, to be changed."""
    return copy.deepcopy(PEOPLE)


def test_a_load_makes_everything_and_a_second_one_nothing(workbench, operator):
    first = load(workbench, PEOPLE)
    assert {name: counts["created"] for name, counts in first.items()} == {
        "employees": 4,
        "partners": 2,
        "campaigns": 1,
        "campaign_attachments": 1,
    }
    before = events(workbench)
    assert load(workbench, PEOPLE) == UNCHANGED
    assert events(workbench) == before
    with workbench.reading(operator) as tx:
        campaign = tx.find_one(Campaign, key="acme_spring")
        assert tx.get(Partner, campaign.partner_id).key == "acme"
        assert campaign.people == {"writer": tx.find_one(Employee, key="ana").employee_id}


def test_what_changed_is_told_field_by_field(workbench, operator, changed):
    load(workbench, PEOPLE)
    changed["employees"][0] |= {"name": "Ana Abril", "training": True}
    counts = load(workbench, changed)
    assert counts["employees"] == {"created": 0, "updated": 1, "unchanged": 3, "removed": 0, "dropped": 0}
    last = events(workbench)[-1]
    assert (last.action, last.before, last.after) == (
        "employee_changed",
        {"name": "Ana Alvarez", "training": False},
        {"name": "Ana Abril", "training": True},
    )


def test_attachments_keep_when_they_came_and_went(workbench, operator, changed, clock):
    load(workbench, PEOPLE)
    first = clock.now()
    clock.advance(days=1)
    [campaign] = changed["campaigns"]
    campaign["attachments"] = [
        {"label": "New guide", "url": "https://acme.example/new", "category": "content"}
    ]
    assert load(workbench, changed)["campaign_attachments"] == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "removed": 1,
        "dropped": 0,
    }
    clock.advance(days=1)
    campaign["attachments"].append(PEOPLE["campaigns"][0]["attachments"][0])
    load(workbench, changed)
    with workbench.reading(operator) as tx:
        found = sorted(tx.find(CampaignAttachment), key=lambda one: (one.added_at, one.label))
    days = [
        (one.label, (one.added_at - first).days, one.removed_at and (one.removed_at - first).days)
        for one in found
    ]
    assert days == [("Brand guidelines", 0, 1), ("New guide", 1, None), ("Brand guidelines", 2, None)]


def test_a_label_that_changes_is_another_attachment(workbench, operator, changed):
    load(workbench, PEOPLE)
    changed["campaigns"][0]["attachments"][0]["label"] = "Brand book"
    counts = load(workbench, changed)["campaign_attachments"]
    assert (counts["created"], counts["removed"]) == (1, 1)


def test_what_a_file_does_not_name_stays_and_who_is_not_active_stays_so_even_when_named(workbench, operator):
    """R20: a file that somebody forgot to change gives nobody work again."""
    load(workbench, PEOPLE)
    with workbench.transaction(operator) as tx:
        partner = tx.find_one(Partner, key="globex")
        partner.is_active = False
        saved(tx, partner)
    load(workbench, {"partners": [{"key": "acme", "name": "Acme"}]})
    with workbench.reading(operator) as tx:
        assert not tx.find_one(Partner, key="globex").is_active
        assert tx.count(Employee) == 4
    assert load(workbench, PEOPLE)["partners"]["unchanged"] == 2
    with workbench.reading(operator) as tx:
        assert not tx.find_one(Partner, key="globex").is_active


def test_files_may_follow_one_another(workbench, operator):
    for name in ("employees", "partners", "campaigns"):
        load(workbench, {name: PEOPLE[name]})
    assert load(workbench, PEOPLE) == UNCHANGED


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"campaigns": [{"key": "x", "partner": "nobody", "name": "X"}]}, r"campaigns\[0\]\.partner"),
        (
            {"campaigns": [{"key": "x", "partner": "acme", "name": "X", "people": {"writer": "nobody"}}]},
            r"campaigns\[0\]\.people\.writer",
        ),
        ({"employees": [{"key": "Ana Alvarez", "name": "Ana"}]}, r"employees\.0\.key"),
        ({"employees": [{"key": "ana", "name": ""}]}, r"employees\.0\.name"),
        ({"employees": [{"key": "ana", "name": "Ana", "kind": "robot"}]}, r"employees\.0\.kind"),
        ({"employees": [{"key": "ana", "name": "Ana", "salary": 1}]}, r"employees\.0\.salary"),
        (
            {"employees": [{"key": "new", "name": "A"}, {"key": "new", "name": "B"}]},
            r"employees\.1\.key.*twice",
        ),
        ({"partners": [{"key": "a", "name": "A"}, {"key": "a", "name": "A"}]}, r"partners\.1\.key.*twice"),
        (
            {"campaigns": [{"key": "x", "partner": "acme", "name": "X", "primary_url": "https://"}]},
            r"campaigns\.0\.primary_url",
        ),
        (
            {
                "campaigns": [
                    {
                        "key": "x",
                        "partner": "acme",
                        "name": "X",
                        "attachments": [{"label": "Brand", "url": "https://example.com/\u202ex"}],
                    }
                ]
            },
            r"campaigns\.0\.attachments\.0\.url",
        ),
        ({"colleagues": []}, "colleagues"),
        (["a list"], "cannot be loaded"),
        (None, "cannot be loaded"),
    ],
)
def test_a_bad_file_is_refused_by_place_and_loads_nothing(workbench, operator, change, named):
    load(workbench, {"partners": [{"key": "acme", "name": "Acme"}]})
    before = events(workbench)
    document = change
    if isinstance(change, dict):
        document = {"employees": [{"key": "first", "name": "First"}], **change}
    with pytest.raises(BadRequestError, match=named):
        load(workbench, document)
    assert events(workbench) == before
    with workbench.reading(operator) as tx:
        assert (tx.count(Employee), tx.count(Partner), tx.count(Campaign)) == (0, 1, 0)


def test_loading_takes_a_lead(workbench, operator):
    people = make_people(workbench)
    for name in ("sam", "ana", "bot", "pat"):
        with pytest.raises(ForbiddenError, match="load reference data"):
            load(workbench, PEOPLE, people[name])
    assert load(workbench, PEOPLE, people["mara"]) == UNCHANGED


# -- whose work an attachment is for (R15) ----------------------------------------------------


def attached(**fields: Any) -> dict[str, Any]:
    """Return the usual people, with one attachment of Acme's campaign."""
    document = copy.deepcopy(PEOPLE)
    one = {"label": "Guide", "url": "https://acme.example/guide", **fields}
    document["campaigns"][0]["attachments"] = [one]
    return document


def shown(workbench: Workbench, task_type: str, **fields: Any) -> list[str]:
    """Return the labels of the material of a task that stands alone."""
    task = make_task(workbench, task_type=task_type, campaign="acme_spring", **fields)
    with workbench.reading(workbench.operator()) as tx:
        found = material_of(tx, tx.get(Task, task.task_id))
        return [item.label for item in found if item.removed_at is None]


@pytest.mark.parametrize(
    ("category", "task_type", "is_shown"),
    [
        (None, "article", True),
        ("", "untyped", True),
        (" ", "article", True),
        ("all", "untyped", True),
        ("All", "article", True),
        ("content", "article", True),
        ("Content ", "article", True),
        ("CONTENT", "untyped", False),
        ("technical", "article", False),
    ],
)
def test_an_attachment_shows_on_the_tasks_whose_type_has_its_category(
    workbench, category, task_type, is_shown
):
    """R15, ATT-05: however it is spelled, and whatever category the task has by itself."""
    make_people(workbench)
    document = attached(category=category)
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, document, {"content", "technical", "general"})
    assert shown(workbench, task_type, category="technical") == (["Guide"] if is_shown else [])
    assert load(workbench, document)["campaign_attachments"]["unchanged"] == 1


def test_a_category_that_no_task_type_has_is_refused_by_name(workbench, operator):
    """R15: it would show on no task, and nobody would notice."""
    make_people(workbench)
    before = events(workbench)
    with workbench.transaction(operator) as tx, pytest.raises(BadRequestError) as refused:
        reference.load(tx, attached(category="Contnet"), {"technical", "content"})
    [detail] = refused.value.details
    assert detail["field"] == "campaigns.0.attachments.0.category"
    assert detail["message"] == (
        "no task type has the category 'Contnet'; use one of: content, technical; "
        "or leave it out, to show the attachment on every task"
    )
    assert events(workbench) == before


@pytest.mark.parametrize(
    "fields", [{"type": "internal_fyi"}, {"type": "Internal FYI", "category": "nosuch"}, {"internal": True}]
)
def test_what_is_internal_is_dropped_and_counted(workbench, operator, fields):
    """R15, ATT-06: internal FYIs are not for whoever does the work."""
    make_people(workbench)
    counts = load(workbench, attached(**fields))["campaign_attachments"]
    assert counts == {"created": 0, "updated": 0, "unchanged": 0, "removed": 1, "dropped": 1}
    assert shown(workbench, "untyped") == []


def test_what_an_earlier_release_kept_is_shown_where_it_belongs(workbench, operator):
    """R15: stores hold other spellings, and internal material; neither is an attachment anew."""
    make_people(workbench)
    document = attached(category="content")
    load(workbench, document)
    with workbench.transaction(operator) as tx:
        [now] = [item for item in tx.find(CampaignAttachment) if item.removed_at is None]
        now.category = "Content"
        saved(tx, now)
    assert shown(workbench, "article") == ["Guide"]
    assert load(workbench, document)["campaign_attachments"]["unchanged"] == 1
    with workbench.transaction(operator) as tx:
        [now] = [item for item in tx.find(CampaignAttachment) if item.removed_at is None]
        now.type = "internal_fyi"
        saved(tx, now)
    assert shown(workbench, "article") == []


def test_a_clone_shows_what_its_original_shows(workbench, operator):
    make_people(workbench)
    load(workbench, attached(category="content"))
    task = make_task(workbench, task_type="article", campaign="acme_spring")
    with workbench.transaction(operator) as tx:
        copied = clone.clone(tx, workbench.content(), task.task_id)
        assert "Guide" in [item.label for item in material_of(tx, copied)]
