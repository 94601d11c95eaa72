"""The bundle list and the bundle page: progress, filters, order, pages, on both databases."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from engine.bundles import describe, details, instantiate, service
from engine.bundles.filters import BundleFilter
from engine.bundles.models import Bundle
from engine.bundles.queries import list_bundles
from engine.bundles.request import NewBundle
from engine.errors import BadRequestError
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.factories import make_people
from tests.told import saved


@pytest.fixture
def shown(workbench, people):
    def read(actor=None, **wanted):
        with workbench.reading(actor or people["mara"]) as tx:
            return list_bundles(tx, BundleFilter.parse(wanted))

    return read


def titles(page):
    return [row.bundle.title for row in page.items]


def test_a_row_tells_the_progress_and_the_names(start, work, shown, clock):
    bundle = start(campaign="acme_spring")
    work(bundle).skip("publish", "moved to next month")
    clock.advance(days=31)  # the draft, the figures and the announcement are late now; the bot's too
    [row] = shown().items
    assert (row.total, row.done, row.open, row.percent) == (6, 1, 5, 16)
    late = [ref for ref, task in work(bundle).tasks().items() if task.is_overdue(clock.now())]
    assert (row.late, late) == (3, ["draft", "announce", "figures"])
    assert (row.template_name, row.partner_name, row.campaign_name) == ("Launch", "Acme", "Acme spring")


def test_filters_narrow_the_list(start, work, shown):
    start(title="Rocket day", partner="acme")
    start("plain", title="100% plain")
    gone = start("plain", title="Gone")
    work(gone).do(service.cancel)
    assert titles(shown(status="cancelled")) == ["Gone"]
    assert set(titles(shown(status="active,cancelled"))) == {"Rocket day", "100% plain", "Gone"}
    assert titles(shown(template="launch")) == ["Rocket day"]
    assert titles(shown(partner="acme")) == ["Rocket day"]
    assert titles(shown(partner="globex")) == []
    assert titles(shown(partner="nobody")) == []
    assert titles(shown(text="ROCKET")) == ["Rocket day"]
    assert titles(shown(text="0%")) == ["100% plain"]
    assert titles(shown(text="_")) == []


def test_the_list_is_sorted_and_paged(start, shown):
    for days, title in enumerate(["beta", "Alpha", "gamma"]):
        start("plain", title=title, anchor_date=date(2026, 12, 1) + timedelta(days=days))
    assert titles(shown()) == ["gamma", "Alpha", "beta"]
    assert titles(shown(sort="title")) == ["Alpha", "beta", "gamma"]
    assert titles(shown(sort="-title")) == ["gamma", "beta", "Alpha"]
    assert titles(shown(sort="created_at")) == ["beta", "Alpha", "gamma"]
    page = shown(sort="anchor_date", limit="1", offset="1")
    assert (titles(page), page.total, page.limit, page.offset) == (["Alpha"], 3, 1, 1)


def test_a_bundle_changed_when_it_or_any_of_its_tasks_did_and_is_sorted_by_that(either_workbench):
    workbench, people, chance = either_workbench, make_people(either_workbench), random.Random(3)  # noqa: S311
    bundles = []
    for number in range(4):
        with workbench.transaction(people["mara"]) as tx:
            new = NewBundle(template="plain", anchor_date=date(2026, 12, 1), title=f"Bundle {number}")
            bundles.append(instantiate.create(tx, workbench.content(), new).bundle_id)
    for _ in range(12):
        workbench.clock.advance(minutes=7)
        with workbench.transaction(people["mara"]) as tx:
            bundle = tx.get(Bundle, chance.choice(bundles))
            tasks = tx.find(Task, bundle_id=bundle.bundle_id)
            changed = chance.choice([bundle, *tasks])
            if changed is bundle:
                bundle.tags = [*bundle.tags, "again"]
            else:
                changed.tags = [*changed.tags, "again"]
            saved(tx, changed)
        with workbench.reading(people["mara"]) as tx:
            expected = {
                bundle.bundle_id: max(
                    one.updated_at for one in (bundle, *tx.find(Task, bundle_id=bundle.bundle_id))
                )
                for bundle in tx.find(Bundle)
            }
            rows = list_bundles(tx, BundleFilter(sort="-updated_at")).items
            assert {row.bundle.bundle_id: row.changed_at for row in rows} == expected
            shown = [row.bundle.bundle_id for row in rows]
            assert shown == sorted(expected, key=lambda key: (expected[key], key), reverse=True)
            upward = list_bundles(tx, BundleFilter(sort="updated_at")).items
            assert [row.bundle.bundle_id for row in upward] == shown[::-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [("status", "open"), ("sort", "owner"), ("limit", "0"), ("limit", "101"), ("limit", "x"),
     ("offset", "-1"), ("colour", "red")],
)  # fmt: skip
def test_a_filter_that_cannot_be_is_named(name, value):
    with pytest.raises(BadRequestError) as refused:
        BundleFilter.parse({name: value})
    assert [detail["field"] for detail in refused.value.details] == [name]


def test_an_empty_filter_is_left_out():
    assert BundleFilter.parse({"status": "", "text": " "}) == BundleFilter()


def test_the_page_of_a_bundle_shows_its_tasks_by_phase(start, workbench, people):
    bundle = start()
    with workbench.reading(people["mara"]) as tx:
        found = details.details(tx, bundle.bundle_id)
    assert [(p.key, p.name, [row.task.template_task_ref for row in p.tasks]) for p in found.phases] == [
        ("making", "Making", ["draft"]),
        ("showing", "Showing", ["publish", "announce", "thank", "remind"]),
        (None, "Other tasks", ["figures"]),
    ]
    draft = found.phases[0].tasks[0]
    assert (draft.steps_done, draft.steps_total, draft.bundle_title) == (0, 2, "Launch")
    assert found.phases[1].tasks[0].missing_proofs == 1
    assert found.stages == ["making", "public"]
    assert found.progress.total == 6
    assert len(found.blockers) == 8
    assert found.pinned.commit == bundle.commit


def test_a_bundle_as_json_has_its_pin_links_and_tasks(start, workbench, people):
    bundle = start(campaign="acme_spring")
    with workbench.reading(people["mara"]) as tx:
        found = describe.describe(tx, tx.get(Bundle, bundle.bundle_id))
    assert (found["bundle_id"], found["anchor_date"], found["stage"], found["status"]) == (
        bundle.bundle_id, "2026-12-28", "making", "active",
    )  # fmt: skip
    assert (found["partner"], found["campaign"]) == ("acme", "acme_spring")
    assert found["pin"]["commit"] == bundle.commit
    assert len(found["pin"]["commit"]) == 40
    assert found["pin"]["closure_hash"] == bundle.template_hash
    assert [link["name"] for link in found["links"]] == ["Page", "Post", "Archive"]
    assert [task["template_task_ref"] for task in found["tasks"]] == [
        "draft", "publish", "announce", "thank", "remind", "figures",
    ]  # fmt: skip
    assert [step["ref"] for step in found["tasks"][0]["steps"]] == ["outline", "write"]
    assert found["progress"] == {"total": 6, "done": 0, "open": 6, "late": 0}


@pytest.mark.parametrize("name", ["mara", "ana"])
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"status": "active"},
        {"template": "launch"},
        {"partner": "acme"},
        {"sort": "title"},
        {"sort": "created_at"},
    ],
)
def test_the_list_reads_by_indexes_alone(start, workbench, people, name, wanted):
    start()
    with workbench.reading(people[name]) as tx:
        plans: list[str] = []

        def explain(connection, _cursor, statement, parameters, _context, _many):
            if statement.startswith("SELECT") and "bundles" in statement:
                cursor = connection.connection.cursor()
                plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans.extend(row[3] for row in plan.fetchall())

        event.listen(tx.connection, "before_cursor_execute", explain)
        assert list_bundles(tx, BundleFilter.parse(wanted)).total == (0 if "partner" in wanted else 1)
        event.remove(tx.connection, "before_cursor_execute", explain)
    assert plans
    # A search by the workspace alone would read all of its tasks.
    assert not [step for step in plans if " tasks " in step and "(workspace_id=?)" in step], plans
    assert not [step for step in plans if step.startswith(("SCAN bundles", "SCAN tasks"))], plans


def test_both_databases_make_list_and_complete_a_bundle(either_workbench):
    people = make_people(either_workbench)
    content = either_workbench.content()
    new = NewBundle(
        template="launch",
        anchor_date="2026-12-28",
        parameters={"topic": "rockets"},
        campaign="acme_spring",
        idempotency_key="once",
    )
    for _ in range(2):
        with either_workbench.transaction(people["mara"]) as tx:
            bundle = instantiate.create(tx, content, new)
    with either_workbench.transaction(people["mara"]) as tx:
        tasks = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))
        lifecycle.skip(tx, tasks[1].task_id, "moved to next month")
        tx.settle()
        assert tx.get(Task, tasks[2].task_id).due_date is not None
        for task in tasks:
            if not task.is_terminal:
                lifecycle.cancel(tx, task.task_id)
        [row] = list_bundles(tx, BundleFilter(text=bundle.title[:4])).items
        assert (row.total, row.open, row.percent, row.late) == (6, 0, 100, 0)
        for link in describe.describe(tx, tx.get(Bundle, bundle.bundle_id))["links"]:
            service.fill_link(tx, bundle.bundle_id, link["name"], "https://example.com")
        service.complete(tx, bundle.bundle_id)
    with either_workbench.reading(people["sam"]) as tx:
        assert tx.get(Bundle, bundle.bundle_id).status == "completed"
    with either_workbench.reading(people["ana"]) as tx:
        assert list_bundles(tx, BundleFilter(campaign="acme_spring")).total == 1
    with either_workbench.reading(people["pat"]) as tx:
        assert list_bundles(tx, BundleFilter()).total == 0
