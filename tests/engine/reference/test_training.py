"""The training flag: set by managers with a reason, never undone by a file that does not speak of it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError, OwnWorkError
from engine.reference import service as reference
from engine.reference import training
from engine.reference.models import Employee
from tests.factories import PEOPLE, make_people


@pytest.fixture
def people(workbench: Workbench) -> dict[str, Actor]:
    return make_people(workbench)


def switch(workbench: Workbench, actor: Actor, employee_id: str | None, value: bool, reason=None) -> Employee:
    with workbench.transaction(actor) as tx:
        return training.set_training(tx, employee_id, value, reason)


def load(workbench: Workbench, **ana) -> Employee:
    document = deepcopy(PEOPLE)
    document["employees"][0] |= ana
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, document)
        return tx.find_one(Employee, key="ana")


def test_a_manager_puts_somebody_in_training_and_the_event_says_why(workbench, people):
    found = switch(workbench, people["mara"], people["ana"].employee_id, True, " New here ")
    assert found.training
    with workbench.reading(people["mara"]) as tx:
        event = tx.find(Event, entity_id=found.employee_id, order_by=("-seq",), limit=1)[0]
    assert (event.action, event.reason) == (Action.EMPLOYEE_CHANGED, "New here")
    assert (event.before, event.after) == ({"training": False}, {"training": True})
    assert not switch(workbench, people["mara"], found.employee_id, False).training


@pytest.mark.parametrize("name", ["sam", "ana", "ben", "bot", "pat"])
def test_nobody_below_a_manager_says_who_is_in_training(workbench, people, name):
    with pytest.raises(ForbiddenError):
        switch(workbench, people[name], people["ana"].employee_id, True)


def test_nobody_ends_their_own_training_unless_they_are_a_team_of_one(workbench, people):
    mara = people["mara"]
    switch(workbench, mara, mara.employee_id, True)
    with pytest.raises(OwnWorkError):
        switch(workbench, mara, mara.employee_id, False)
    workbench.settings = replace(workbench.settings, own_approval=True)
    assert not switch(workbench, mara, mara.employee_id, False).training


def test_a_change_that_is_none_a_stranger_and_a_novel_are_refused(workbench, people):
    mara, ana = people["mara"], people["ana"].employee_id
    with pytest.raises(ConflictError, match="not in training already"):
        switch(workbench, mara, ana, False)
    with pytest.raises(NotFoundError):
        switch(workbench, mara, "emp_nobody", True)
    with pytest.raises(BadRequestError) as refused:
        switch(workbench, mara, ana, True, "x" * 1001)
    assert refused.value.details[0]["field"] == "reason"


def test_a_repeated_load_leaves_the_flag_where_the_file_does_not_say(workbench, people):
    switch(workbench, people["mara"], people["ana"].employee_id, True)
    assert load(workbench).training
    assert load(workbench, name="Ana Abril").training
    assert not load(workbench, training=False).training
    assert load(workbench, training=True).training
    switch(workbench, people["mara"], people["ana"].employee_id, False)
    assert not load(workbench).training
