"""What a unit of work finds, and in how few statements."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import loading, lookup
from engine.accounts.models import User
from engine.audit.models import Action, Event
from engine.errors import NotFoundError
from engine.reference.models import Partner
from engine.transaction import Transaction
from tests.engine.transactions.samples import partner, refused
from tests.statements import counted
from tests.told import saved


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


def test_a_record_that_several_searches_find_is_made_once(workbench, acme, operator, monkeypatch):
    made: list[str] = []

    def counting(record_type, text, *rest):
        made.append(text)
        return loading.load(record_type, text, *rest)

    monkeypatch.setattr(lookup, "load", counting)
    with workbench.transaction(operator) as tx:
        found = [
            tx.find_by_key(Partner, acme),
            *tx.find(Partner, partner_id=acme),
            *tx.find(Partner, key="acme", order_by=("key",), limit=1),
        ]
    assert (len(made), len(found), len(set(map(id, found)))) == (1, 3, 1)


def test_a_record_that_a_refused_attempt_found_is_made_again(workbench, acme, operator):
    with workbench.transaction(operator) as tx:
        with tx.attempt(keeps=False):
            tx.get(Partner, acme).name = "Changed"
        assert tx.get(Partner, acme).name == "Acme"


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
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def test_events_that_come_after_a_search_for_events_are_found_by_the_next(workbench, operator):
    with workbench.transaction(operator) as tx:
        acme = partner(tx)
        first = tx.find(Event, entity_id=acme.partner_id)
        second = tx.record(Action.PARTNER_CHANGED, acme, "called Acme again")
        assert tx.find(Event, entity_id=acme.partner_id, order_by=("seq",)) == [*first, second]


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
