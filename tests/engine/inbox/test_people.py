"""Who there is: load, training, users, and the hint that training may be over (OPQ-20)."""

from __future__ import annotations

import pytest

from engine.errors import ForbiddenError
from engine.inbox import people
from engine.reference import training
from engine.tasks import lifecycle, mentions
from tests.desk import Desk
from tests.factories import do


def colleague(desk: Desk, key: str, by: str = "mara") -> people.Colleague:
    with desk.workbench.reading(desk.people[by]) as tx:
        found = people.load(tx)
    return next(item for item in found.colleagues if item.employee.key == key)


def test_each_employee_has_their_open_and_completed_tasks_and_their_users(either_desk: Desk):
    done = either_desk.make("Done")
    with either_desk.workbench.transaction(either_desk.people["ana"]) as tx:
        lifecycle.complete(tx, done)
    either_desk.make("Open")
    either_desk.make("Open, too")
    ana = colleague(either_desk, "ana")
    assert (ana.open_tasks, ana.completed, [user.name for user in ana.users]) == (2, 1, ["Ana"])
    ben = colleague(either_desk, "ben", by="sam")
    assert (ben.open_tasks, ben.completed) == (0, 0)


def test_users_carry_the_employee_or_partner_that_they_stand_for(desk: Desk):
    with desk.workbench.reading(desk.people["mara"]) as tx:
        accounts = {item.user.name: item for item in people.load(tx).accounts}
    assert accounts["Ana"].employee.key == "ana"
    assert (accounts["Pat"].partner.key, accounts["Pat"].employee) == ("acme", None)


def test_each_user_says_by_which_word_remarks_call_them_and_by_that_they_are_called(either_desk: Desk):
    """R21: nobody without a key shares a short name; they are called by their whole address then."""
    operator = either_desk.workbench.operator()
    for email in ("olga@a.example", "olga@b.example", "vera.v@a.example", "ana@b.example"):
        do(either_desk.workbench, operator, "user add", email=email, name=email, role=["member"])
    with either_desk.workbench.reading(operator) as tx:
        said = {item.user.email: item.called for item in people.load(tx).accounts}
        ids = {item.user.email: item.user.user_id for item in people.load(tx).accounts}
        called = {
            email: mentions.find(tx, f"@{word}")
            for email, word in said.items()
            if word and "localhost" not in word
        }
    assert said["ana@example.com"] == "ana"
    assert said["pat@example.com"] is None
    assert (said["olga@a.example"], said["olga@b.example"]) == ("olga@a.example", "olga@b.example")
    assert (said["vera.v@a.example"], said["ana@b.example"]) == ("vera_v", "ana@b.example")
    assert called["vera.v@a.example"] == [ids["vera.v@a.example"]]
    assert called["olga@b.example"] == [ids["olga@b.example"]]
    assert called["ana@example.com"] == [either_desk.people["ana"].employee_id]
    assert all(len(found) == 1 for found in called.values())


@pytest.mark.parametrize("name", ["ana", "ben", "bot", "pat"])
def test_who_sees_only_their_own_work_does_not_see_who_works_here(desk: Desk, name: str):
    with desk.workbench.reading(desk.people[name]) as tx, pytest.raises(ForbiddenError):
        people.load(tx)


@pytest.mark.wide
def test_ten_approvals_in_a_row_suggest_that_training_is_over_and_a_rejection_starts_anew(
    either_desk: Desk, clock
):
    with either_desk.workbench.transaction(either_desk.people["mara"]) as tx:
        training.set_training(tx, either_desk.people["ana"].employee_id, True)
    either_desk.decide(either_desk.hand_over("Bad"), "rejected", "No source.")
    for number in range(people.READY_AFTER):
        assert not colleague(either_desk, "ana").seems_ready, number
        assert colleague(either_desk, "ana").streak == number
        clock.advance(minutes=5)
        outcome = ("approved", None) if number % 2 else ("approved_pending_changes", "One comma.")
        either_desk.decide(either_desk.hand_over(f"Good {number}"), *outcome)
    assert colleague(either_desk, "ana").seems_ready
    assert colleague(either_desk, "ana").employee.training, "a hint changes nothing"
    clock.advance(minutes=5)
    either_desk.decide(either_desk.hand_over("Bad again"), "rejected", "No source.")
    assert (colleague(either_desk, "ana").streak, colleague(either_desk, "ana").seems_ready) == (0, False)
