"""Lists, the board and statistics: the same answers as a naive Python reading, from indexes only."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engine.access import Permission, TaskRelation, may, may_see_task
from engine.errors import BadRequestError, UnknownFieldError
from engine.fulltext import sought
from engine.tasks import lifecycle, proof, queries, steps, visibility
from engine.tasks.create import add_parts, take_identities
from engine.tasks.filters import SORTS, TaskFilter
from engine.tasks.models import Priority, Task, TaskStatus
from engine.tasks.read_models import TaskRow
from engine.tasks.search.reading import from_options
from engine.tasks.states import TERMINAL
from tests.engine.conftest import NOW, PEOPLE, Bench

DAYS = [date(2026, 11, 19) + timedelta(days=n) for n in range(5)]
WORDS = ["Call", "100% sure", "under_score", "back\\slash", "Übung", "printer"]
TAGS = ["client", "a b", "a", "50%"]
#: What is looked for, as filters have it: words, beginnings, phrases, and what SQL must not read.
LOOKED_FOR = {
    text: sought(text)
    for text in ("CALL", "scor", "100%", "sure call", "back\\", "übung", "ubung", "printer", "a' OR 1=1")
}


def fill(bench: Bench, count: int = 150) -> list[Task]:
    """Store random tasks in ten bundles or none, of every status, owner, assignee and role."""
    chance = random.Random(11)  # noqa: S311 - test data
    names = list(PEOPLE)
    with bench.writing() as tx:
        for identity in take_identities(tx, count):
            status = chance.choice(list(TaskStatus))
            role = chance.choice([None, "writer", "operator", "crawler", "nobody"])
            assignee = chance.choice([None, None, *(bench.actors[name].employee_id for name in names)])
            due = chance.choice([None, *DAYS])
            task = Task(
                **identity,
                workspace_id=tx.workspace_id,
                title=" ".join(chance.choices(WORDS, k=2)),
                description=chance.choice([None, "Ask the PRINTER"]),
                task_type=chance.choice(["untyped", "article"]),
                category=chance.choice(["general", "content"]),
                status=status,
                priority=chance.choice(list(Priority)),
                tags=chance.sample(TAGS, k=chance.randrange(3)),
                bundle_id=chance.choice([None, None, *(f"bnd_{n}" for n in range(20))]),
                template_id=chance.choice([None, "podcast"]),
                owner_id=bench.actors[chance.choice(names[:4])].user_id,
                assignee_id=assignee,
                assignee_role=role,
                assigned_to_bot=assignee is None and chance.random() < 0.3,
                requires_human_review=chance.random() < 0.4,
                blocked_by="tsk_other" if chance.random() < 0.2 else None,
                due_date=due,
                deadline=datetime.combine(due, datetime.min.time(), UTC) + timedelta(hours=9)
                if due
                else None,
                scheduled_for=chance.choice([None, NOW, NOW + timedelta(hours=20), NOW - timedelta(days=1)]),
                closed_at=NOW - timedelta(days=chance.choice([1, 30])) if status in TERMINAL else None,
                created_at=NOW - timedelta(minutes=chance.randrange(50)),
                updated_at=NOW,
            )
            add_parts(tx, task, summary="made")
    with bench.reading() as tx:
        return tx.find(Task)


@pytest.fixture(scope="module")
def filled():
    bench = Bench("sqlite://")
    yield bench, fill(bench)
    bench.database.close()


def involved(bench: Bench, name: str, task: Task) -> bool:
    actor = bench.actors[name]
    claimable = (
        task.assignee_id is None and not task.assigned_to_bot and task.assignee_role in actor.assignee_roles
    )
    return (
        task.owner_id == actor.user_id
        or (task.assignee_id is not None and task.assignee_id == actor.employee_id)
        or claimable
    )


def visible(bench: Bench, name: str, tasks: list[Task]) -> list[Task]:
    """List what the person sees, by the table of definitions.md section 4."""
    if name in {"olga", "mara", "sam"}:
        return tasks
    if name == "pat":
        return []
    bundles = {task.bundle_id for task in tasks if task.bundle_id and involved(bench, name, task)}
    return [task for task in tasks if involved(bench, name, task) or task.bundle_id in bundles]


def all_ids(bench: Bench, name: str, wanted: TaskFilter) -> tuple[list[str], int]:
    found: list[str] = []
    with bench.reading(name) as tx:
        while True:
            page = queries.list_tasks(
                tx, TaskFilter(**{**wanted.__dict__, "limit": 40, "offset": len(found)})
            )
            found += [row.task_id for row in page.items]
            if len(page.items) < 40:
                return found, page.total


@pytest.mark.parametrize("name", PEOPLE)
def test_lists_show_exactly_what_the_pure_rule_lets_each_role_see(filled, name: str):
    bench, tasks = filled
    expected = {task.task_id for task in visible(bench, name, tasks)}
    found, total = all_ids(bench, name, TaskFilter())
    assert set(found) == expected
    assert len(found) == total == len(expected)
    with bench.reading(name) as tx:
        assert {task.task_id for task in tasks if visibility.sees(tx, task)} == expected


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("bits", range(16))
def test_seeing_one_task_follows_the_relation_to_it(filled, name: str, bits: int):
    bench, _ = filled
    owns, assigned, claimable, in_bundle = (bool(bits & 1 << n) for n in range(4))
    relation = TaskRelation(owns=owns, assigned=assigned, claimable=claimable, in_bundle=in_bundle)
    sees_all = name in {"olga", "mara", "sam"}
    assert may_see_task(bench.actors[name], relation) == (sees_all or (bits > 0 and name != "pat"))


#: What may be asked for, by the name of the filter.
FILTERS = {
    "status": st.lists(st.sampled_from(TaskStatus), min_size=1, max_size=6, unique=True).map(tuple),
    "open": st.just(True),
    "priority": st.lists(st.sampled_from(Priority), min_size=1, max_size=3, unique=True).map(tuple),
    "category": st.sampled_from(["general", "content"]),
    "task_type": st.sampled_from(["untyped", "article"]),
    "mine": st.just(True),
    "unassigned": st.just(True),
    "assigned_to_bot": st.booleans(),
    "requires_human_review": st.booleans(),
    "bundle_id": st.sampled_from(["bnd_1", "bnd_2", "bnd_none"]),
    "template_id": st.just("podcast"),
    "tag": st.sampled_from([*TAGS, "50", "%"]),
    "due_before": st.sampled_from(DAYS),
    "due_after": st.sampled_from(DAYS),
    "scheduled_before": st.just(NOW),
    "scheduled_after": st.just(NOW - timedelta(hours=1)),
    "overdue": st.just(True),
    "words": st.lists(st.sampled_from(sorted(LOOKED_FOR.values(), key=str)), min_size=1, max_size=2).map(
        tuple
    ),
    "number": st.sampled_from([7, 0]),
}
#: Two of them at most: of three, most lists are empty, and an empty list agrees with any order.
ASKED = st.lists(st.sampled_from(sorted(FILTERS)), max_size=2, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: FILTERS[name] for name in names})
)
#: Those who see anything; that partners see nothing is told above.
SEEING = [name for name in PEOPLE if name != "pat"]
RANKS = {"low": 1, "medium": 2, "high": 3, "critical": 4}


def says(text: str, phrase: str) -> bool:
    """Say whether the words of a phrase follow one another in a text; of the last, the beginning does."""
    *whole, last = re.findall(r"[^\W_]+", phrase.lower())
    for spelling in ("ü", "ue", "u"):
        words = re.findall(r"[^\W_]+", text.lower().replace("ü", spelling))
        for at in range(len(words) - len(whole)):
            if words[at : at + len(whole)] == whole and words[at + len(whole)].startswith(last):
                return True
    return False


def matches(bench: Bench, name: str, wanted: TaskFilter, task: Task) -> bool:
    """Say the same as the SQL, the slow way."""
    employee_id = bench.actors[name].employee_id
    is_open = task.status not in TERMINAL
    text = f"{task.title}\n{task.description or ''}".lower()
    checks = [
        not (wanted.status or wanted.open) or task.status in wanted.status or (wanted.open and is_open),
        not wanted.priority or task.priority in wanted.priority,
        *(
            getattr(wanted, field) in (None, getattr(task, field))
            for field in (
                "category",
                "task_type",
                "bundle_id",
                "template_id",
                "assigned_to_bot",
                "requires_human_review",
            )
        ),
        not wanted.mine or (employee_id is not None and task.assignee_id == employee_id),
        not wanted.unassigned or (task.assignee_id is None and not task.assigned_to_bot),
        wanted.tag is None or wanted.tag in task.tags,
        wanted.due_before is None or (task.deadline is not None and task.deadline.date() < wanted.due_before),
        wanted.due_after is None or (task.deadline is not None and task.deadline.date() > wanted.due_after),
        wanted.scheduled_before is None
        or (task.scheduled_for is not None and task.scheduled_for < wanted.scheduled_before),
        wanted.scheduled_after is None
        or (task.scheduled_for is not None and task.scheduled_for > wanted.scheduled_after),
        not wanted.overdue or (task.is_active and task.deadline is not None and task.deadline < NOW),
        all(says(text, phrase) for phrase, word in LOOKED_FOR.items() if word in wanted.words),
        wanted.number in (None, task.task_number),
    ]
    return all(checks)


@pytest.mark.wide
@hypothesis_settings(max_examples=120, deadline=None)
@given(fields=ASKED, name=st.sampled_from(SEEING), sort=st.sampled_from(list(SORTS)), down=st.booleans())
def test_filters_and_sorting_agree_with_a_naive_reading(filled, fields, name: str, sort: str, down: bool):
    bench, tasks = filled
    found = agree(bench, tasks, name, TaskFilter(**fields, sort=f"-{sort}" if down else sort))
    event("several" if len(found) > 1 else "one or none")


def agree(bench: Bench, tasks: list[Task], name: str, wanted: TaskFilter) -> list[str]:
    """Hold a list against a naive reading of all tasks; return the ids that both give."""
    expected = [task for task in visible(bench, name, tasks) if matches(bench, name, wanted, task)]
    sort, down = wanted.sort.removeprefix("-"), wanted.sort.startswith("-")

    def place(task: Task):
        return RANKS[task.priority] if sort == "priority" else getattr(task, SORTS[sort])

    filled_in = sorted(
        (task for task in expected if place(task) is not None),
        key=lambda task: (place(task), task.task_id),
        reverse=down,
    )
    empty = sorted((task.task_id for task in expected if place(task) is None), reverse=down)
    found, total = all_ids(bench, name, wanted)
    assert found == [*(task.task_id for task in filled_in), *empty]
    assert total == len(expected)
    return found


@pytest.mark.few(21)
@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("name", SEEING)
@pytest.mark.parametrize("sort", SORTS)
def test_everything_that_somebody_sees_is_sorted_as_people_count(filled, name: str, sort: str, down: bool):
    """Priorities by how pressing they are, not by their letters; titles as in a dictionary (LST-11)."""
    bench, tasks = filled
    agree(bench, tasks, name, TaskFilter(sort=f"-{sort}" if down else sort))


def test_the_most_pressing_priority_comes_first(bench: Bench):
    for priority in ("low", "critical", "medium", "high"):
        bench.make(priority=priority, title=priority)
    with bench.reading() as tx:
        found = [str(row.priority) for row in queries.list_tasks(tx, TaskFilter(sort="-priority")).items]
    assert found == ["critical", "high", "medium", "low"]


@pytest.mark.parametrize("name", PEOPLE)
def test_statistics_count_what_the_actor_sees_with_zeros_for_the_rest(filled, name: str):
    bench, tasks = filled
    mine = visible(bench, name, tasks)
    with bench.reading(name) as tx:
        counts = queries.statistics(tx)
    by_status, by_priority = Counter(task.status for task in mine), Counter(task.priority for task in mine)
    assert counts.by_status == {status: by_status[status] for status in TaskStatus}
    assert counts.by_priority == {priority: by_priority[priority] for priority in Priority}
    assert counts.overdue == sum(task.is_overdue(NOW) for task in mine)
    assert counts.pending_review == sum(task.requires_human_review and task.is_active for task in mine)
    today = {NOW}
    assert counts.scheduled_today == sum(task.scheduled_for in today for task in mine)


def test_today_is_the_day_of_the_workspaces_zone(bench: Bench):
    bench.make(scheduled_for="2026-11-21T23:30:00Z")
    bench.timezone = "Europe/Berlin"
    with bench.reading() as tx:
        assert queries.statistics(tx).scheduled_today == 0
    bench.timezone = "America/New_York"
    with bench.reading() as tx:
        assert queries.statistics(tx).scheduled_today == 1


@pytest.mark.parametrize("name", PEOPLE)
def test_the_board_holds_each_visible_task_in_one_column(filled, name: str):
    bench, tasks = filled
    with bench.reading(name) as tx:
        columns = queries.board(tx, TaskFilter(), per_column=7)
    assert [column.status for column in columns] == list(TaskStatus)
    for column in columns:
        week = NOW - timedelta(days=7)
        inside = [
            task
            for task in visible(bench, name, tasks)
            if task.lane is column.status and (column.status not in TERMINAL or task.closed_at >= week)
        ]
        assert column.total == len(inside)
        assert len(column.cards) == min(7, len(inside))
        assert {row.task_id for row in column.cards} <= {task.task_id for task in inside}
        dues = [row.due_date for row in column.cards if row.due_date and column.status not in TERMINAL]
        assert dues == sorted(dues)


def test_a_task_that_waits_for_another_stands_in_the_blocked_column(bench: Bench):
    first = bench.make()
    second = bench.make(depends_on=[first])
    with bench.reading() as tx:
        columns = {column.status: column for column in queries.board(tx, TaskFilter())}
    assert [row.task_id for row in columns[TaskStatus.BLOCKED].cards] == [second]
    assert columns[TaskStatus.BLOCKED].cards[0].status is TaskStatus.PENDING
    with bench.writing() as tx:
        lifecycle.complete(tx, first)
    with bench.reading() as tx:
        columns = {
            column.status: column for column in queries.board(tx, TaskFilter(status=(TaskStatus.PENDING,)))
        }
    assert [row.task_id for row in columns[TaskStatus.PENDING].cards] == [second]


def test_a_row_tells_steps_proof_lateness_and_the_assignee(bench: Bench):
    task_id = bench.make(assignee="ana", due_date="2026-11-20")
    bench.parts(
        task_id, {"ref": "a"}, {"ref": "b"}, {"label": "Invoice"}, {"label": "Photo", "required": False}
    )
    with bench.writing() as tx:
        steps.complete_step(tx, task_id, "a")
    with bench.reading() as tx:
        row = queries.list_tasks(tx, TaskFilter()).items[0]
    assert (row.steps_done, row.steps_total, row.missing_proofs, row.is_late) == (1, 2, 1, True)
    assert row.assignee_name == "Ana"
    with bench.writing() as tx:
        proof.give(tx, task_id, "Invoice", "https://example.com/1")
    with bench.reading() as tx:
        assert queries.list_tasks(tx, TaskFilter()).items[0].missing_proofs == 0


def test_a_view_learns_which_tasks_changed_after_its_cursor(bench: Bench):
    first, second = bench.make(), bench.make()
    bench.parts(second, {"ref": "a"})
    with bench.reading() as tx:
        cursor, _ = queries.changed_since(tx, 0)
        assert queries.changed_since(tx, cursor) == (cursor, set())
    with bench.writing() as tx:
        steps.complete_step(tx, second, "a")
    with bench.reading() as tx:
        latest, changed = queries.changed_since(tx, cursor)
    assert changed == {second}
    assert latest == cursor + 1
    assert first not in changed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "nonsense"),
        ("priority", "urgent"),
        ("assignee", "nobody_known"),
        ("campaign", "none_such"),
        ("due_before", "2026-02-30"),
        ("due_after", "soon"),
        ("scheduled_before", "2026"),
        ("overdue", "maybe"),
        ("sort", "colour"),
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "ten"),
        ("limit", "٣"),
        ("offset", "-1"),
        ("offset", "99999999999999999999"),
    ],
)
def test_a_bad_filter_value_is_refused_by_name(bench: Bench, name: str, value: str):
    with bench.reading() as tx, pytest.raises(BadRequestError) as caught:
        from_options(tx, {name: value})
    assert caught.value.details[0]["field"] == name


def test_an_unknown_filter_is_refused_and_lists_the_filters(bench: Bench):
    with bench.reading() as tx, pytest.raises(UnknownFieldError, match="due_before"):
        from_options(tx, {"due_befor": "2026-01-01"})


def test_a_query_string_becomes_a_filter(bench: Bench):
    with bench.reading("ana") as tx:
        wanted = from_options(
            tx,
            {
                "status": "todo, waiting,open",
                "assignee": "ben",
                "due_before": "2026-12-01",
                "text": "",
                "sort": "-priority",
                "limit": "5",
                "priority": "high,critical",
                "overdue": "true",
            },
        )
    assert wanted == TaskFilter(
        status=(TaskStatus.PENDING, TaskStatus.WAITING),
        open=True,
        assignee_id=bench.employee_id("ben"),
        due_before=date(2026, 12, 1),
        sort="-priority",
        limit=5,
        priority=(Priority.HIGH, Priority.CRITICAL),
        overdue=True,
    )
    with bench.reading("ana") as tx:
        assert from_options(tx, {"assignee": "me"}).mine
        assert from_options(tx, {"assignee": "none"}).unassigned


@pytest.mark.parametrize("name", PEOPLE)
def test_my_work_is_what_is_mine_then_what_nobody_has_and_i_may_take_or_made(filled, name: str):
    bench, tasks = filled
    actor = bench.actors[name]

    def kind(task: Task) -> int | None:
        if task.assignee_id is not None and task.assignee_id == actor.employee_id:
            return 0
        is_nobodys = task.assignee_id is None and not task.assigned_to_bot
        is_made = task.owner_id == actor.user_id and task.bundle_id is None
        may_take = task.assignee_role in actor.assignee_roles and may(actor, Permission.CLAIM)
        return 1 if is_nobodys and (may_take or is_made) else None

    own = [task for task in tasks if task.is_open and kind(task) is not None]
    own.sort(key=lambda task: (kind(task), task.due_date is None, str(task.due_date), task.task_id))
    with bench.reading(name) as tx:
        assert [row.task_id for row in queries.mine(tx, 1000)] == [task.task_id for task in own]
        few = [task for number in (0, 1) for task in [t for t in own if kind(t) == number][:1]]
        assert [row.task_id for row in queries.mine(tx, 1)] == [task.task_id for task in few]
        seen = visibility.seen_among(tx, [tx.get(Task, task.task_id) for task in own])
    assert seen == {task.task_id for task in own}


def test_a_row_has_what_its_record_has(filled):
    bench, tasks = filled
    with bench.reading("mara") as tx:
        rows = {row.task_id: row for row in queries.list_tasks(tx, TaskFilter(limit=100)).items}
        for task in tasks:
            if row := rows.get(task.task_id):
                shared = [name for name in TaskRow.__dataclass_fields__ if hasattr(task, name)]
                assert {name: getattr(row, name) for name in shared} == {
                    name: getattr(task, name) for name in shared
                }
                assert row.is_late == task.is_overdue(tx.now)
    assert len(rows) == 100
    assert len(shared) > 20


def test_my_work_is_bounded_and_names_a_task_once_however_often_it_is_mine(bench: Bench):
    both, made, claimable = bench.make("ana"), bench.make("ana"), bench.make("mara")
    for task_id in (both, claimable):
        bench.change(task_id, assignee_role="writer")
    with bench.reading("ana") as tx:
        assert {row.task_id for row in queries.mine(tx, 100)} == {both, made, claimable}
        assert len(queries.mine(tx, 100)) == 3
        assert len(queries.mine(tx, 2)) == 2
        assert len(queries.mine(tx, 1)) == 1
