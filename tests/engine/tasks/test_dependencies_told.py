"""Dependencies people hear of: circles shown, lost blockers told, hidden tasks kept hidden (DEP-05 to 07)."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.bundles import service
from engine.errors import CompletionRefusedError, DependencyCycleError
from engine.tasks import dependencies, lifecycle, lost_blockers
from engine.tasks.models import Note, NoteKind, Task, TaskStatus
from engine.tasks.moved import Moved
from tests.engine.conftest import Bench, change
from tests.factories import make_bundle, make_people, make_task
from tests.told import saved

S = TaskStatus


@pytest.fixture
def telling(bench: Bench) -> Bench:
    bench.wiring.on(Moved, lost_blockers.tell_dependents)
    return bench


def told(bench: Bench, task_id: str) -> list[Note]:
    with bench.reading() as tx:
        return tx.find(Note, task_id=task_id, order_by=("created_at", "task_note_id"))


def lose(bench: Bench, task_id: str, way: str = "cancelled", *, by: str = "mara") -> None:
    with bench.writing(by) as tx:
        if way == "failed":
            lifecycle.change_status(tx, task_id, S.QUEUED)
        lifecycle.change_status(tx, task_id, way)


# -- circles ----------------------------------------------------------------------------------


def test_a_circle_has_its_own_code_and_names_its_tasks(bench: Bench):
    first = bench.make()
    second = bench.make(depends_on=[first])
    state = bench.state()
    with pytest.raises(DependencyCycleError) as caught:
        change(bench, first, {"depends_on": [second]})
    assert caught.value.code == "DEPENDENCY_CYCLE"
    detail = caught.value.details[0]
    assert (detail["code"], detail["cycle"]) == ("DEPENDENCY_CYCLE", [first, second, first])
    assert "#1 -> #2 -> #1" in caught.value.message
    assert bench.state() == state


# -- lost blockers ----------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "words"), [("cancelled", "#1, which"), ("failed", "tried again")])
def test_a_lost_blocker_is_told_to_the_assignee_and_releases_nobody(telling: Bench, way: str, words: str):
    first = telling.make()
    second = telling.make(depends_on=[first], assignee="ben")
    lose(telling, first, way)
    assert telling.task(second).blocked_by == first
    (note,) = told(telling, second)
    assert (note.kind, note.mentions) == (NoteKind.SYSTEM, [telling.employee_id("ben")])
    assert words in note.body
    assert "Take it out under “Comes after”, skip this task, or cancel it." in note.body
    event = telling.events(second)[-1]
    assert event.action is Action.TASK_BLOCKER_LOST
    assert event.after == {"lost_task_id": first, "lost_task_number": 1, "lost_status": way}


def test_without_an_assignee_the_owner_is_told(telling: Bench):
    first = telling.make("ana")
    second = telling.make("ana", depends_on=[first])
    lose(telling, first, by="ana")
    assert told(telling, second)[0].mentions == [telling.employee_id("ana")]


def test_what_is_over_already_is_not_told(telling: Bench):
    first = telling.make()
    second = telling.make(depends_on=[first])
    other = telling.make()
    third = telling.make(depends_on=[other, first])
    for task_id in (second, third, first):
        lose(telling, task_id)
    with telling.writing() as tx:
        lifecycle.complete(tx, other)
    assert told(telling, second) == told(telling, third) == []


def test_the_title_of_a_lost_blocker_elsewhere_is_not_told(telling: Bench):
    hidden = telling.make(title="Secret merger")
    mine = telling.make("ana")
    change(telling, mine, {"depends_on": [hidden]})
    lose(telling, hidden)
    texts = [note.body for note in told(telling, mine)] + [item.summary for item in telling.events(mine)]
    assert any("#1" in text for text in texts)
    assert not any("Secret" in text for text in texts)


def test_a_second_dependency_that_was_lost_is_told_once_the_first_is_done(telling: Bench):
    first, other = telling.make(), telling.make()
    second = telling.make(depends_on=[first, other], assignee="ben")
    lose(telling, other)
    assert told(telling, second) == []
    with telling.writing() as tx:
        lifecycle.complete(tx, first)
    (note,) = told(telling, second)
    assert note.body.startswith("#2, which this task waits for, was cancelled.")
    assert telling.task(second).blocked_by == other


def test_within_a_bundle_every_dependent_is_told_at_once_and_once(either_workbench: Workbench):
    people = make_people(either_workbench)
    bundle = make_bundle(either_workbench)
    with either_workbench.transaction(people["mara"]) as tx:
        one, two, three, four = tx.find(Task, bundle_id=bundle.bundle_id, limit=4)
        for task, others in ((three, [one, two]), (four, [two])):
            task.depends_on = [other.task_id for other in others]
            task.blocked_by = others[0].task_id
            saved(tx, task)
    with either_workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, two.task_id)
    with either_workbench.transaction(people["mara"]) as tx:
        lifecycle.change_status(tx, one.task_id, "in_progress")
        first = tx.get(Task, one.task_id)
        first.skip = {"reasons": [{"text": "no"}], "comment_required": False}
        saved(tx, first)
        lifecycle.skip(tx, one.task_id, "no")
    with either_workbench.reading(people["mara"]) as tx:
        for task in (three, four):
            lost = [
                item.after["lost_task_id"]
                for item in tx.find(Event, task_id=task.task_id, action=Action.TASK_BLOCKER_LOST)
            ]
            assert lost == [two.task_id]
        assert tx.get(Task, three.task_id).blocked_by == two.task_id
        (note,) = [item for item in tx.find(Note, task_id=four.task_id) if item.kind is NoteKind.SYSTEM]
        assert two.title in note.body


def test_tasks_that_end_with_their_bundle_are_not_told_and_those_elsewhere_are(either_workbench: Workbench):
    people = make_people(either_workbench)
    bundle = make_bundle(either_workbench)
    with either_workbench.transaction(people["mara"]) as tx:
        blocking, waiting = tx.find(Task, bundle_id=bundle.bundle_id, limit=2)
        waiting.depends_on, waiting.blocked_by = [blocking.task_id], blocking.task_id
        saved(tx, waiting)
    outside = make_task(either_workbench, actor=people["mara"], depends_on=[blocking.task_id], assignee="ben")
    with either_workbench.transaction(people["mara"]) as tx:
        service.cancel(tx, bundle.bundle_id)
    with either_workbench.reading(people["mara"]) as tx:
        lost = tx.find(Event, action=Action.TASK_BLOCKER_LOST)
        assert [event.task_id for event in lost] == [outside.task_id]
        assert [note.task_id for note in tx.find(Note)] == [outside.task_id]
        assert tx.get(Task, outside.task_id).is_blocked


# -- hidden blockers --------------------------------------------------------------------------


def test_a_refusal_names_a_hidden_dependency_by_its_number_alone(bench: Bench):
    hidden = bench.make(title="Secret merger")
    mine = bench.make("ana")
    change(bench, mine, {"depends_on": [hidden]})
    for verb in (lifecycle.start, lifecycle.complete):
        with pytest.raises(CompletionRefusedError) as caught, bench.writing("ana") as tx:
            verb(tx, mine)
        assert "Secret" not in caught.value.message
        (detail,) = [item for item in caught.value.details if item["code"] == "DEPENDENCY_UNMET"]
        assert detail["task_number"] == 1
        assert detail["message"].startswith("It comes after task #1, which is not yours to see: ")
        assert set(detail) == {"code", "message", "area", "subject", "task_number"}
        assert hidden not in detail.values()
    with pytest.raises(CompletionRefusedError, match="Secret merger"), bench.writing("mara") as tx:
        lifecycle.start(tx, mine)


# -- the picture ------------------------------------------------------------------------------


def bundled(bench: Bench, who: str = "mara", **fields) -> str:
    task_id = bench.make(who, **fields)
    bench.change(task_id, bundle_id="bnd_1", position=bench.task(task_id).task_number)
    return task_id


def test_the_picture_of_a_bundle_has_columns_and_arrows(bench: Bench):
    beyond = bench.make(title="Elsewhere")
    first = bundled(bench)
    second = bundled(bench, depends_on=[first])
    third = bundled(bench, depends_on=[first, second])
    apart = bundled(bench, depends_on=[beyond])
    with bench.reading() as tx:
        found = dependencies.graph(tx, "bnd_1")
    assert [(node.task_id, node.level, node.is_outside, node.is_blocked) for node in found.nodes] == [
        (first, 0, False, False),
        (second, 1, False, True),
        (third, 2, False, True),
        (apart, 1, False, True),
        (beyond, 0, True, False),
    ]
    assert set(found.edges) == {(first, second), (first, third), (second, third), (beyond, apart)}
    assert (found.nodes[2].number, found.nodes[2].title, found.nodes[2].status) == (
        4,
        "Call the printer",
        "pending",
    )
    assert found.nodes[2].depends_on == (first, second)


def test_the_picture_shows_only_what_the_reader_sees(bench: Bench):
    hidden = bench.make()
    mine = bundled(bench, "ana")
    change(bench, mine, {"depends_on": [hidden]})
    with bench.reading("ana") as tx:
        found = dependencies.graph(tx, "bnd_1")
    assert [(node.task_id, node.depends_on, node.is_blocked) for node in found.nodes] == [(mine, (), True)]
    assert found.edges == ()
    with bench.reading("ben") as tx:
        assert dependencies.graph(tx, "bnd_1").nodes == ()


def test_a_very_long_chain_has_a_column_per_task(bench: Bench):
    chain = [bundled(bench)]
    while len(chain) < 60:
        chain.append(bundled(bench, depends_on=[chain[-1]]))
    with bench.reading() as tx:
        found = dependencies.graph(tx, "bnd_1")
    assert [node.level for node in found.nodes] == list(range(60))
