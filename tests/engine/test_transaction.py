"""One unit of work: what it reads, what it writes, what it records, and that it is all or nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.access import Actor
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.errors import BadRequestError, ConflictError, NotFoundError, StaleWriteError, WorkbenchError
from engine.reference.models import Partner
from engine.tasks import lifecycle
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.wiring import Fact
from tests.factories import make_task
from tests.statements import counted
from tests.told import added, saved


@pytest.fixture
def operator(workbench: Workbench) -> Actor:
    return workbench.operator()


def partner(tx: Transaction, key: str = "acme") -> Partner:
    made = Partner(
        partner_id=tx.new_id(Partner),
        workspace_id=tx.workspace_id,
        key=key,
        name=key.title(),
        created_at=tx.now,
        updated_at=tx.now,
    )
    return added(tx, made)


@pytest.fixture
def acme(workbench: Workbench, operator: Actor) -> str:
    with workbench.transaction(operator) as tx:
        return partner(tx).partner_id


def refused(
    workbench: Workbench,
    change: Callable[[Transaction], None],
    error: type[Exception],
    match: str | None = None,
) -> None:
    """Make a change in a transaction that must fail."""

    def attempt() -> None:
        with workbench.transaction(workbench.operator()) as tx:
            change(tx)

    with pytest.raises(error, match=match):
        attempt()


def events(workbench: Workbench) -> list[Event]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Event, order_by=("seq",))


# --- reading


def test_several_kinds_are_read_in_one_statement_and_then_known(either_workbench):
    operator = either_workbench.operator()
    with either_workbench.transaction(operator) as tx:
        made = [partner(tx, key).partner_id for key in ("acme", "globex")]
    with either_workbench.reading(operator) as tx, counted() as statements:
        partners, users = tx.find_together((Partner, {"partner_id": made}), (User, {}))
        assert sorted(item.key for item in partners) == ["acme", "globex"]
        assert operator.user_id in {user.user_id for user in users}
        assert tx.find_by_key(Partner, made[0]) in partners
        assert len(statements) == 1


def test_what_is_read_ahead_is_not_read_again(either_workbench):
    operator = either_workbench.operator()
    with either_workbench.transaction(operator) as tx:
        made = partner(tx).partner_id
    with either_workbench.reading(operator) as tx, counted() as statements:
        tx.read_ahead({Partner: [made, None, made], User: [operator.user_id]})
        tx.read_ahead({Partner: [made], User: []})
        assert tx.get(Partner, made).key == "acme"
        assert tx.find_by_key(User, operator.user_id) is not None
        assert len(statements) == 1


def test_a_snapshot_is_asked_the_same_question_once(either_workbench):
    operator = either_workbench.operator()
    with either_workbench.transaction(operator) as tx:
        for key in ("b", "c", "a"):
            partner(tx, key)
    with either_workbench.reading(operator) as tx, counted() as statements:
        tx.find_together((Partner, {"key": ["a", "b", "c"]}))
        found = tx.find(Partner, key=["c", "b", "a"], order_by=("-key",))
        assert [item.key for item in found] == ["c", "b", "a"]
        found.clear()  # what is given away is the caller's
        assert [item.key for item in tx.find(Partner, key=["a", "b", "c"], order_by=("key",))] == list("abc")
        assert len(statements) == 1
        assert len(tx.find(Partner, key=["a", "b"])) == 2


def test_a_transaction_that_writes_finds_what_it_has_just_written(either_workbench):
    with either_workbench.transaction(either_workbench.operator()) as tx:
        assert tx.find(Partner) == []
        assert tx.find_together((Partner, {})) == [[]]
        made = partner(tx)
        assert tx.find(Partner) == [made]
        assert tx.find_together((Partner, {})) == [[made]]


@given(
    stored_keys=st.lists(st.sampled_from("abcdefgh"), unique=True),
    added=st.lists(st.sampled_from("ijkl"), unique=True),
    renamed=st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("mnop"), max_size=4),
    sought=st.lists(st.sampled_from("abcdefghijklmnop"), min_size=1, unique=True),
    order=st.sampled_from([("key",), ("-key",)]),
    limit=st.one_of(st.none(), st.integers(1, 5)),
    known=st.booleans(),
)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_search_finds_the_same_whether_changes_are_written_before_it_or_wait(
    workbench, operator, stored_keys, added, renamed, sought, order, limit, known
):
    answers: list[list[list[str]]] = []
    names = dict(zip(renamed, dict.fromkeys(renamed.values()), strict=False))

    def change(tx: Transaction, *, written: bool) -> None:
        for key in stored_keys:
            partner(tx, key)
        tx.flush()
        if known:
            tx.find(Partner, key=sought)
        for item in tx.find(Partner, key=sorted(names)):
            item.key = names[item.key]
            tx.save(item)
        for key in added:
            partner(tx, key)
        if written:
            tx.flush()
        few, every = (tx.find(Partner, key=sought, order_by=order, limit=most) for most in (limit, None))
        [first] = tx.find_first_together((Partner, {"key": sought}, order, limit or 3))
        assert first == every[: limit or 3]
        together = sorted(tx.find_together((Partner, {"key": sought}))[0], key=lambda item: item.key)
        answers.append([[item.key for item in found] for found in (few, every, together)])
        raise ZeroDivisionError

    for written in (True, False):
        refused(workbench, partial(change, written=written), ZeroDivisionError)
    assert answers[0] == answers[1]


def test_what_waits_to_be_written_is_found_without_writing_it(either_workbench):
    with either_workbench.transaction(either_workbench.operator()) as tx:
        made = [partner(tx, key) for key in "abc"]
        with counted() as statements:
            assert tx.find(Partner, order_by=("-key",)) == made[::-1]
            assert tx.find(Partner, key="b") == [made[1]]
            assert tx.find_one(Partner, key=["c"]) is made[2]
            assert tx.find_first_together((Partner, {}, ("-key",), 2)) == [made[:0:-1]]
        assert [text.split()[0] for text in statements] == ["SELECT"] * 4
        with counted() as statements:
            assert tx.count(Partner) == 3
        assert [text.split()[0] for text in statements] == ["INSERT", "SELECT"], "a count needs them written"


def test_a_limited_search_goes_on_where_a_waiting_change_left_a_gap(either_workbench):
    with either_workbench.transaction(either_workbench.operator()) as tx:
        first, *others = [partner(tx, key) for key in "abcd"]
        tx.flush()
        first.key = "z"
        saved(tx, first)
        assert tx.find(Partner, key=["a", "b", "c", "d"], order_by=("key",), limit=2) == others[:2]


def test_many_records_are_written_in_one_statement_per_table(either_workbench):
    operator = either_workbench.operator()
    with either_workbench.transaction(operator) as tx:
        made = [partner(tx, key) for key in "abcd"]
        with counted() as statements:
            tx.tell()
        assert [text.split()[2] for text in statements] == [
            '"partners"', '"audit_events"', "store_positions", "store_heads",
        ]  # fmt: skip
    with either_workbench.transaction(operator) as tx:
        for item in tx.find(Partner, key=[item.key for item in made]):
            item.name += " Ltd"
            saved(tx, item)
        with counted() as statements:
            tx.flush()
        assert len(statements) == 1
    with either_workbench.reading(operator) as tx:
        changed = tx.find(Partner, order_by=("key",))
    assert [(item.name, item.revision) for item in changed] == [(f"{key} Ltd", 2) for key in "ABCD"]


def test_what_a_transaction_wrote_goes_to_postgresql_in_one_round_trip(either_workbench, monkeypatch):
    opened: list[psycopg.Connection[Any]] = []
    pipeline = psycopg.Connection.pipeline

    def spied(connection: psycopg.Connection[Any]) -> AbstractContextManager[psycopg.Pipeline]:
        opened.append(connection)
        return pipeline(connection)

    monkeypatch.setattr(psycopg.Connection, "pipeline", spied)
    with either_workbench.transaction(either_workbench.operator()) as tx:
        partner(tx)
    assert len(opened) == (either_workbench.database.dialect.name == "postgresql")


def test_events_are_written_when_they_are_asked_for(workbench, operator):
    with workbench.transaction(operator) as tx:
        before = tx.count(Event)
        partner(tx)
        tx.flush()
        assert workbench.database.table("audit_events").count_rows({}) == before
        assert tx.count(Event) == before + 1
        partner(tx, "globex")
        assert [event.seq for event in tx.find(Event, order_by=("seq",))] == list(range(1, before + 3))
        partner(tx, "initech")
        [[newest]] = tx.find_first_together((Event, {}, ("-seq",), 1))
        assert newest.seq == before + 3


def test_a_record_is_the_same_object_each_time(workbench, operator, acme):
    with workbench.reading(operator) as tx:
        found = tx.get(Partner, acme)
        assert tx.get(Partner, acme) is found
        assert tx.find_one(Partner, key="acme") is found
        assert tx.find_by_key(Partner, acme) is found


def test_what_was_added_is_found_before_anything_is_committed(workbench, operator):
    with workbench.transaction(operator) as tx:
        made = partner(tx)
        assert tx.has(Partner, made.partner_id)
        assert tx.find(Partner, key="acme") == [made]
        assert tx.count(Partner, key="acme") == 1
        made.key = "acme_ltd"
        saved(tx, made)
        assert tx.find_one(Partner, key="acme") is None
        assert tx.find_one(Partner, key="acme_ltd") is made


def test_finding_takes_conditions_lists_orders_and_limits(workbench, operator):
    with workbench.transaction(operator) as tx:
        for key in ("b", "c", "a"):
            partner(tx, key)
    with workbench.reading(operator) as tx:
        assert [one.key for one in tx.find(Partner, order_by=("-key",), limit=2)] == ["c", "b"]
        assert [one.key for one in tx.find(Partner, key=["a", "c"], order_by=("key",))] == ["a", "c"]
        assert tx.find(Partner, key=[]) == []
        assert (tx.count(Partner), tx.count(Partner, key="a")) == (3, 1)
        assert not tx.has(Partner, "prt_nowhere")


def test_an_absent_record_says_what_to_do(workbench, operator):
    with (
        workbench.reading(operator) as tx,
        pytest.raises(NotFoundError, match=r"partner prt_1 .* Check the id"),
    ):
        tx.get(Partner, "prt_1")


def test_a_reading_transaction_refuses_to_write(workbench, operator, acme):
    with workbench.reading(operator) as tx:
        found = tx.get(Partner, acme)
        for write in (
            lambda: tx.add(found),
            lambda: tx.save(found),
            lambda: tx.record(Action.PARTNER_CHANGED, found, "no"),
            lambda: tx.take_numbers("n"),
        ):
            with pytest.raises(RuntimeError):
                write()


# --- writing


def test_saving_counts_revisions_and_moves_the_time(workbench, operator, acme, clock):
    clock.advance(hours=1)
    with workbench.transaction(operator) as tx:
        found = tx.get(Partner, acme)
        for name in ("One", "Two"):
            found.name = name
            saved(tx, found)
    with workbench.reading(operator) as tx:
        stored = tx.get(Partner, acme)
    assert (stored.name, stored.revision, stored.updated_at) == ("Two", 2, clock.now())


def test_a_write_that_names_an_older_revision_is_stale(workbench, operator, acme):
    with workbench.transaction(operator) as tx:
        found = tx.get(Partner, acme, revision=1)
        found.name = "Acme Ltd"
        saved(tx, found)
    with (
        pytest.raises(StaleWriteError, match="you read revision 1, it is now 2"),
        workbench.transaction(operator) as tx,
    ):
        tx.get(Partner, acme, revision=1)


def test_a_row_that_was_taken_away_underneath_is_no_silent_loss(workbench, operator, acme):
    def change(tx: Transaction) -> None:
        found = tx.get(Partner, acme)
        tx.connection.exec_driver_sql("DELETE FROM partners")
        found.name = "Gone"
        tx.save(found)

    refused(workbench, change, StaleWriteError, "disappeared")
    with workbench.reading(operator) as tx:
        assert tx.get(Partner, acme).name == "Acme", "and that was rolled back too"


def test_of_many_changed_rows_the_one_that_was_taken_away_is_named(either_workbench):
    with either_workbench.transaction(either_workbench.operator()) as tx:
        made = [partner(tx, key).partner_id for key in "abc"]

    def change(tx: Transaction) -> None:
        for item in tx.find(Partner):
            item.name = "New"
            tx.save(item)
        tx.connection.exec_driver_sql("DELETE FROM partners WHERE key = 'b'")
        tx.flush()

    refused(either_workbench, change, StaleWriteError, f"Partner {made[1]} disappeared")


# --- events


def test_an_event_tells_exactly_what_changed_since_the_last_one(workbench, operator, acme):
    with workbench.transaction(operator) as tx:
        found = tx.get(Partner, acme)
        found.name = "Acme Ltd"
        tx.save(found)
        tx.record(Action.PARTNER_CHANGED, found, "renamed", reason="merger")
        found.is_active = False
        tx.save(found)
        tx.record(Action.PARTNER_CHANGED, found, "left")
    *_, made, renamed, left = events(workbench)
    assert (made.before, made.after) == (None, None)
    assert (renamed.before, renamed.after, renamed.reason) == (
        {"name": "Acme"},
        {"name": "Acme Ltd"},
        "merger",
    )
    assert (left.before, left.after) == ({"is_active": True}, {"is_active": False})
    assert (renamed.actor_id, renamed.actor_name, renamed.actor_kind) == (
        operator.user_id,
        "Local operator",
        "user",
    )
    assert (renamed.entity_type, renamed.entity_id) == ("partners", acme)


def test_a_secret_is_in_no_event(workbench, operator):
    with workbench.transaction(operator) as tx:
        user = tx.get(User, operator.user_id)
        user.password_hash, user.name = "argon2-secret", "Olga"
        tx.save(user)
        tx.record(Action.USER_CHANGED, user, "changed")
    assert events(workbench)[-1].after == {"name": "Olga"}


def test_events_are_numbered_without_gaps_over_rollbacks(workbench, operator, acme):
    for name in ("One", "refused", "Two"):
        try:
            with workbench.transaction(operator) as tx:
                found = tx.get(Partner, acme)
                found.name = name
                tx.save(found)
                tx.record(Action.PARTNER_CHANGED, found, name)
                tx.tell()
                if name == "refused":
                    raise BadRequestError("no")
        except BadRequestError:
            continue
    found = events(workbench)
    assert [event.seq for event in found] == list(range(1, len(found) + 1))
    assert [event.summary for event in found[-2:]] == ["One", "Two"]


# --- all or nothing


def snapshot(workbench: Workbench) -> tuple[list[str], int]:
    texts = [
        text
        for name in sorted(workbench.database.tables())
        for text in workbench.database.table(name).select_rows({})
    ]
    return texts, workbench.database.head(workbench.workspace.workspace_id).position


@pytest.mark.parametrize("flushed", [False, True])
def test_any_error_rolls_everything_back(workbench, operator, acme, flushed: bool):
    before, called = snapshot(workbench), []

    def change(tx: Transaction) -> None:
        partner(tx, "globex")
        tx.get(Partner, acme).name = "changed"
        tx.save(tx.get(Partner, acme))
        tx.take_numbers("n")
        tx.after_commit(lambda: called.append("told"))
        if flushed:
            tx.tell()
        raise ZeroDivisionError

    refused(workbench, change, ZeroDivisionError)
    assert snapshot(workbench) == before
    assert called == []


@dataclass(frozen=True)
class Renamed(Fact):
    partner: Partner
    name: str


def rename(tx: Transaction, partner_id: str, name: str) -> None:
    found = tx.get(Partner, partner_id)
    found.name = name
    tx.save(found)
    tx.record(Action.PARTNER_CHANGED, found, f"renamed to {name}", fact=Renamed(found, name))


def test_an_error_of_a_reaction_rolls_back_what_caused_it(workbench, operator, acme):
    def refuse(tx: Transaction, fact: Renamed) -> None:
        raise WorkbenchError("a later layer says no")

    workbench._wiring.on(Renamed, refuse)
    before = snapshot(workbench)
    refused(workbench, lambda tx: rename(tx, acme, "Acme Ltd"), WorkbenchError, "later layer")
    assert snapshot(workbench) == before


def test_reactions_run_once_the_use_case_is_done_and_see_the_change(workbench, operator, acme):
    seen = []
    workbench._wiring.on(Renamed, lambda tx, fact: seen.append((fact.name, tx.find_one(Partner).name)))
    with workbench.transaction(operator) as tx:
        rename(tx, acme, "Acme Ltd")
        assert seen == []
    assert seen == [("Acme Ltd", "Acme Ltd")]


def test_facts_are_followed_up_first_in_first_out_and_each_by_the_areas_in_their_order(
    workbench, operator, acme
):
    """H7: breadth first; what a follow-up does is followed up after what was done before it."""
    said: list[str] = []

    def first(tx: Transaction, fact: Renamed) -> None:
        said.append(f"first {fact.name}")
        if len(fact.name) == 1:
            rename(tx, acme, fact.name * 2)

    workbench._wiring.on(Renamed, first)
    workbench._wiring.on(Renamed, lambda _tx, fact: said.append(f"second {fact.name}"))
    with workbench.transaction(operator) as tx:
        rename(tx, acme, "A")
        rename(tx, acme, "B")
    order = ("A", "B", "AA", "BB")
    assert said == [f"{area} {name}" for name in order for area in ("first", "second")]


def test_whoever_does_several_use_cases_in_one_transaction_settles_between_them(workbench, operator, acme):
    seen: list[str] = []
    workbench._wiring.on(Renamed, lambda _tx, fact: seen.append(fact.name))
    with workbench.transaction(operator) as tx:
        rename(tx, acme, "One")
        tx.settle()
        assert seen == ["One"]
        rename(tx, acme, "Two")
    assert seen == ["One", "Two"]


def test_follow_ups_that_go_round_in_a_circle_are_refused(workbench, operator, acme):
    def once_more(tx: Transaction, fact: Renamed) -> None:
        assert len(fact.name) < 1_000, "nobody stops it"
        rename(tx, acme, fact.name + "x")

    workbench._wiring.on(Renamed, once_more)
    before = snapshot(workbench)
    refused(workbench, lambda tx: rename(tx, acme, "A"), RuntimeError, "round in a circle")
    assert snapshot(workbench) == before


# --- nothing is lost, and nothing is stored that no event tells of


def test_a_record_that_was_changed_and_not_saved_is_refused_with_its_field(workbench, operator, acme):
    """H1: such a change was lost in silence."""

    def change(tx: Transaction) -> None:
        tx.get(Partner, acme).name = "Acme Ltd"

    refused(workbench, change, RuntimeError, rf"Partner {acme} was changed and not saved: \['name'\]")


@pytest.mark.parametrize("is_new", [True, False])
def test_a_record_that_was_changed_after_it_was_recorded_is_refused_with_its_field(
    workbench, operator, acme, is_new
):
    """H1: a new one was stored with a column that differed from its document."""

    def change(tx: Transaction) -> None:
        found = partner(tx, "globex") if is_new else saved(tx, tx.get(Partner, acme))
        found.key = "other"

    refused(workbench, change, RuntimeError, r"changed after it was recorded and not saved: \['key'\]")


def test_a_record_that_is_saved_again_after_its_event_is_stored_whole(workbench, operator):
    with workbench.transaction(operator) as tx:
        made = partner(tx, "globex")
        made.key = "other"
        saved(tx, made)
    with workbench.reading(operator) as tx:
        assert tx.find_one(Partner, key="other").key == "other"


def test_a_write_without_any_event_is_refused(workbench, operator, acme):
    def change(tx: Transaction) -> None:
        found = tx.get(Partner, acme)
        found.name = "Acme Ltd"
        tx.save(found)

    refused(workbench, change, RuntimeError, f"no event tells that these were written: partners/{acme}")


def test_what_waits_for_the_commit_runs_after_it(workbench, operator, acme):
    found: list[str] = []

    def look() -> None:
        with workbench.reading(operator) as tx:
            found.append(tx.get(Partner, acme).name)

    with workbench.transaction(operator) as tx:
        record = tx.get(Partner, acme)
        record.name = "Acme Ltd"
        saved(tx, record)
        tx.after_commit(look)
        tx.flush()
        assert found == []
    assert found == ["Acme Ltd"]


def test_an_error_after_the_commit_is_logged_with_the_task_and_reaches_nobody(workbench, operator, caplog):
    """H6: the work is done; whoever did it must not be told that it failed."""
    task, called = make_task(workbench), []

    def fail() -> None:
        raise OSError("the bell is broken")

    with workbench.transaction(operator) as tx:
        lifecycle.start(tx, task.task_id)
        tx.after_commit(fail)
        tx.after_commit(lambda: called.append("the next one"))
    assert called == ["the next one"]
    [logged] = caplog.records
    assert task.task_id in logged.getMessage()
    assert "the bell is broken" in str(logged.exc_info)
    with workbench.reading(operator) as tx:
        assert tx.get(Task, task.task_id).status == "in_progress"


def test_what_waits_for_a_commit_that_fails_at_the_end_never_runs(workbench, operator):
    called = []

    def change(tx: Transaction) -> None:
        tx.after_commit(lambda: called.append("told"))
        partner(tx, "twice")
        partner(tx, "twice")  # refused by the database when it is written, on leaving

    refused(workbench, change, ConflictError)
    assert called == []


def test_there_is_no_transaction_inside_a_transaction(workbench, operator):
    with workbench.transaction(operator) as tx:
        with pytest.raises(RuntimeError, match="open already"), workbench.transaction(operator):
            pass
        partner(tx, "after")
    with workbench.reading(operator) as tx:
        assert tx.count(Partner, key="after") == 1


# --- several at once, on both databases


def run_together(*functions: Callable[[], None]) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_that_change_one_record_lose_nothing(either_workbench: Workbench):
    operator = either_workbench.operator()
    with either_workbench.transaction(operator) as tx:
        partner_id = partner(tx).partner_id

    def add_letters() -> None:
        for _ in range(5):
            with either_workbench.transaction(operator) as tx:
                found = tx.get(Partner, partner_id)
                found.name += "x"
                tx.save(found)
                tx.record(Action.PARTNER_CHANGED, found, f"number {tx.take_numbers('n')}")

    run_together(add_letters, add_letters, add_letters)
    with either_workbench.reading(operator) as tx:
        found = tx.get(Partner, partner_id)
        of_it = [event for event in tx.find(Event, order_by=("seq",)) if event.entity_id == partner_id]
    assert (found.name, found.revision) == ("Acme" + 15 * "x", 16)
    assert [event.summary for event in of_it[1:]] == [f"number {n}" for n in range(1, 16)]
