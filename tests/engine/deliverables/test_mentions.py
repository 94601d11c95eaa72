"""Mentions: whom ``@key`` calls, and where somebody finds what calls them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.access import Actor
from engine.accounts import short_names
from engine.accounts.models import User
from engine.app import Workbench
from engine.deliverables.models import Deliverable, DeliverableComment
from engine.inbox import details
from engine.inbox import service as inbox
from engine.inbox.read_models import Kind
from engine.inbox.reading import Reader
from engine.reference.models import Employee
from engine.tasks import lifecycle, notes
from engine.tasks.mentions import called_in, find
from engine.tasks.models import Note, Task
from tests.engine.conftest import Bench
from tests.factories import do, make_people, make_task
from tests.told import added, saved


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@ana please look", ["ana"]),
        ("Please look, @ana.", ["ana"]),
        ("(@ana, @ben!) and @ana again", ["ana", "ben"]),
        ("@Ana", ["ana"]),
        ("@ben and @ana in this order", ["ben", "ana"]),
        ("@nobody", []),
        ("write to ana@example.com", []),
        ("write to x@ana", []),
        ("https://example.com/@ana", []),
        ("@ana-maria", []),
        ("@anatol", []),
        ("@anaé", []),
        ("@@ana", []),
        ("@", []),
        ("no call at all", []),
        ("`@ana` is how one writes it", []),
        ("``a ` and @ana`` but @ben", ["ben"]),
        ("`@ana", ["ana"]),
        (r"\`@ana\`", ["ana"]),
        ("a ` here\n\nand @ana ` there", ["ana"]),
        ("two\nlines `of\n@ana` code, @ben", ["ben"]),
        ("```\n@ana\n```\n@ben", ["ben"]),
        ("~~~ sh\n@ana\n```\n@ana\n~~~\n@ben", ["ben"]),
        ("````\n@ana\n```\n@ana\n````", []),
        ("```\n@ana, and nothing closes it", []),
        ("``` `@ana` is no fence, @ben", ["ben"]),
        ("    ```\n@ana", ["ana"]),
    ],
)
def test_a_key_after_an_at_sign_calls_an_active_employee(bench: Bench, text: str, called: list[str]):
    with bench.reading() as tx:
        assert find(tx, text) == [bench.employee_id(name) for name in called]


SHORT: list[tuple[list[str], set[str], dict[str, str]]] = [
    (["mara@example.com"], set(), {"mara": "mara@example.com"}),
    (["Mara.Maier+x@example.com"], set(), {"mara_maier_x": "Mara.Maier+x@example.com"}),
    (["mara@a.example", "mara@b.example", "ben@b.example"], set(), {"ben": "ben@b.example"}),
    (["mara.m@a.example", "mara_m@b.example"], set(), {}),
    (["mara@example.com"], {"mara"}, {}),
    (["007@example.com", "7up@example.com"], set(), {"up": "7up@example.com"}),
]


@pytest.mark.parametrize(("emails", "keys", "names"), SHORT)
def test_a_short_name_is_one_persons_or_nobodys(emails: list[str], keys: set[str], names: dict[str, str]):
    """R21: no two people share one, and an employee's key is theirs alone."""
    assert short_names.unshared(emails, keys) == names


@given(
    st.lists(st.emails(), unique_by=str.lower), st.sets(st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True))
)
def test_no_short_name_leads_to_two_people_and_each_can_be_written_in_a_remark(emails, keys):
    names = short_names.unshared(emails, keys)
    assert len(set(names.values())) == len(names)
    assert not names.keys() & keys
    for short, email in names.items():
        assert called_in(f"@{short}, look") == [short]
        assert short_names.short_for(email) == short


def test_a_user_who_is_no_employee_is_called_by_their_short_name_and_by_their_address(either_workbench):
    """R21: it waits in their inbox, whether they become an employee later or not."""
    people, operator = make_people(either_workbench), either_workbench.operator()
    do(either_workbench, operator, "user add", email="olga.o@example.com", name="Olga", role=["manager"])
    olga = either_workbench.actor_by_email("olga.o@example.com")
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        notes.add(tx, task.task_id, "@olga_o and @ben, look")
        notes.add(tx, task.task_id, "Dear @olga.o@example.com, look. And @ben@example.com.")
        first, second = tx.find(Note, task_id=task.task_id, order_by=("task_note_id",))
    for note in (first, second):
        assert (note.mentions, note.user_mentions) == ([people["ben"].employee_id], [olga.user_id])
        assert note.has_mentions
    assert len(inbox_of(either_workbench, olga)) == 2
    do(either_workbench, operator, "employee add", key="olga", name="Olga", email="olga.o@example.com")
    olga = either_workbench.actor_by_email("olga.o@example.com")
    assert olga.employee_id is not None
    assert len(inbox_of(either_workbench, olga)) == 2
    with either_workbench.reading(operator) as tx:
        assert find(tx, "@olga_o") == [], "an employee is called by their key"
        assert find(tx, "@olga @olga.o@example.com") == [olga.employee_id]


def inbox_of(workbench: Workbench, who: Actor, *kinds: Kind) -> list[str]:
    with workbench.reading(who) as tx:
        found = [item for item in inbox.load(tx).items if item.kind in (kinds or (Kind.MENTION,))]
        assert inbox.count(tx, inbox.positions(tx)) >= len(found)
        return [item.key for item in found]


def test_nobody_calls_people_of_a_partner_or_who_may_not_sign_in(either_workbench):
    people, operator = make_people(either_workbench), either_workbench.operator()
    for name, role in (("olga", "manager"), ("max", "manager")):
        do(either_workbench, operator, "user add", email=f"{name}@example.com", name=name, role=[role])
    olga = either_workbench.actor_by_email("olga@example.com")
    do(either_workbench, operator, "user change", user_id=olga.user_id, is_active=False)
    with either_workbench.reading(people["mara"]) as tx:
        assert find(tx, "@pat @pat@example.com @olga @olga@example.com @nobody@example.com") == []
        assert find(tx, "@max") == [tx.find_one(User, email="max@example.com").user_id]


def test_a_lost_blocker_and_an_answer_reach_a_manager_who_is_no_employee(either_workbench):
    """R21."""
    make_people(either_workbench)
    operator = either_workbench.operator()
    for name in ("olga", "max"):
        do(either_workbench, operator, "user add", email=f"{name}@example.com", name=name, role=["manager"])
    olga, other = (either_workbench.actor_by_email(f"{name}@example.com") for name in ("olga", "max"))
    blocker = make_task(either_workbench, actor=other)
    waiting = make_task(either_workbench, actor=olga, depends_on=[blocker.task_id])
    do(either_workbench, other, "task cancel", task_id=blocker.task_id)
    asked = make_task(either_workbench, actor=olga)
    do(either_workbench, olga, "task help", task_id=asked.task_id, question="How?")
    do(either_workbench, other, "task answer", task_id=asked.task_id, body="So.")
    with either_workbench.reading(operator) as tx:
        told = {note.task_id: note.user_mentions for note in tx.find(Note) if note.has_mentions}
    assert told == {waiting.task_id: [olga.user_id], asked.task_id: [olga.user_id]}
    assert len(inbox_of(either_workbench, olga, Kind.LOST, Kind.ANSWER)) == 2


def test_who_has_left_is_not_called(bench: Bench):
    with bench.writing() as tx:
        person = tx.get(Employee, bench.employee_id("ana"))
        person.is_active = False
        saved(tx, person)
        assert find(tx, "@ana @ben") == [bench.employee_id("ben")]


def test_a_note_keeps_its_words_and_whom_it_calls(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        note = notes.add(tx, task_id, "@ben: the printer, not @nobody")
    assert note.body == "@ben: the printer, not @nobody"
    assert (note.mentions, note.has_mentions) == ([bench.employee_id("ben")], True)
    assert bench.events(task_id)[-1].after["mentions"] == [bench.employee_id("ben")]
    with bench.writing() as tx:
        plain = notes.add(tx, task_id, "Nobody in particular")
    assert (plain.mentions, plain.has_mentions) == ([], False)
    assert "mentions" not in bench.events(task_id)[-1].after


def test_a_comment_along_with_a_move_calls_too(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        lifecycle.wait(tx, task_id, "the client", comment="@ben knows them")
    with bench.reading("mara") as tx:
        (note,) = tx.find(Note, task_id=task_id)
    assert (note.body, note.mentions) == ("@ben knows them", [bench.employee_id("ben")])


def test_what_calls_somebody_is_found_newest_first_on_both_databases(either_workbench: Workbench, clock):
    people = make_people(either_workbench)
    ana, mara = people["ana"], people["mara"]
    task = make_task(either_workbench, actor=mara, assignee="ana")
    hidden = make_task(either_workbench, actor=mara)

    def note(task_id: str, text: str) -> None:
        with either_workbench.transaction(mara) as tx:
            notes.add(tx, task_id, text)
        clock.advance(minutes=1)

    note(task.task_id, "@ana one")
    seen_at = clock.now()
    note(task.task_id, f'"{ana.employee_id}" is no call, but @ben is')
    note(hidden.task_id, "@ana where ana sees nothing")
    with either_workbench.transaction(mara) as tx:
        comment = _comment(tx, task, [ana.employee_id])
    clock.advance(minutes=1)
    note(task.task_id, "@ana three")

    def found(name: str, since: datetime | None = None) -> list[str]:
        with either_workbench.reading(people[name]) as tx:
            reader = Reader.of(tx, since)
            found = reader.load_seen(tx, None, 10) if since is None else reader.load(tx, None, 10)
            newest_first = sorted(found.items, key=lambda item: item.since, reverse=True)
            calls = [details.load(tx, item).remark for item in newest_first if item.kind is Kind.MENTION]
        return [remark.body for remark in calls if remark is not None]

    assert found("ana") == ["@ana three", comment.body, "@ana one"]
    assert found("ana", seen_at) == ["@ana three", comment.body]
    assert found("mara") == found("pat") == []


def _comment(tx, task: Task, called: list[str]) -> DeliverableComment:
    row = added(
        tx,
        Deliverable(
            deliverable_id=tx.new_id(Deliverable),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            ref="draft",
            type="draft",
            created_by=tx.actor.user_id,
            created_at=tx.now,
            updated_at=tx.now,
        ),
    )
    return added(
        tx,
        DeliverableComment(
            deliverable_comment_id=tx.new_id(DeliverableComment),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            deliverable_id=row.deliverable_id,
            body="@ana two, on the draft",
            mentions=called,
            created_by=tx.actor.user_id,
            created_at=tx.now,
        ),
    )


def test_reading_what_calls_somebody_uses_the_index_of_mentions(bench: Bench):
    statements: list[str] = []
    with bench.reading("ana") as tx:
        driver = tx.connection.connection.driver_connection
        driver.set_trace_callback(statements.append)
        Reader.of(tx, tx.now).count(tx, timedelta(days=30))
        driver.set_trace_callback(None)
        reads = [text for text in statements if "has_mentions" in text]
        steps = [str(row) for text in reads for row in driver.execute(f"EXPLAIN QUERY PLAN {text}")]
    for table in (Note.spec.table, DeliverableComment.spec.table):
        assert any(table in step and "has_mentions=?" in step for step in steps), steps
