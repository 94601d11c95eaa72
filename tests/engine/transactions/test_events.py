"""What the unit of work promises about events and ids, however few statements it makes of them."""

from __future__ import annotations

from datetime import timedelta

from engine.accounts.models import User
from engine.audit import history
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle, PinnedTemplate
from engine.errors import BadRequestError
from engine.ids import IdSource
from engine.reference.models import Partner
from engine.tasks.models import Proof, Step, Task
from tests.conftest import NOW
from tests.cursors import latest_seq
from tests.engine.transactions.samples import events
from tests.factories import make_bundle, make_task
from tests.told import added
from tests.verified import events_of_intact


def test_events_are_seen_numbered_and_chained_inside_their_transaction(either_workbench):
    task = make_task(either_workbench)
    with either_workbench.transaction(either_workbench.operator()) as tx:
        loaded = tx.get(Task, task.task_id)
        first = tx.record(Action.TASK_UPDATED, loaded, "one")
        second = tx.record(Action.TASK_UPDATED, loaded, "two")
        seen = history.timeline(tx, task_id=task.task_id)
        third = tx.record(Action.TASK_UPDATED, loaded, "three")
        latest = latest_seq(tx)
        assert [event.summary for event in seen[:2]] == ["two", "one"]
        assert (second.seq, second.previous_hash) == (first.seq + 1, first.hash)
        assert (third.seq, third.previous_hash) == (second.seq + 1, second.hash)
        assert latest == third.seq
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert events_of_intact(tx) == latest
        assert tx.find(Event, entity_id=task.task_id, order_by=("-seq",))[0].summary == "three"


def test_all_events_of_one_act_carry_the_id_of_its_first(either_workbench):
    task, told = make_task(either_workbench), []
    for summaries in (("one", "two"), ("three",)):
        with either_workbench.transaction(either_workbench.operator()) as tx:
            loaded = tx.get(Task, task.task_id)
            assert tx.act_id is None
            for summary in summaries:
                told.append(tx.record(Action.TASK_UPDATED, loaded, summary))
                tx.tell()
    first, second, third = told
    assert first.act_id == second.act_id == first.audit_event_id
    assert third.act_id == third.audit_event_id


def test_a_change_after_the_first_event_of_a_new_record_is_stored_and_told(workbench):
    task = make_task(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        copy = task.model_copy(
            update={
                "task_id": tx.new_id(Task),
                "task_uuid": "another",
                "task_number": tx.take_numbers("task_number"),
            }
        )
        tx.add(copy)
        tx.record(Action.TASK_CREATED, copy, "made", after={"title": copy.title})
        copy.title = "Call the other printer"
        tx.save(copy)
        event = tx.record(Action.TASK_UPDATED, copy, "renamed")
        assert (event.before, event.after) == ({"title": task.title}, {"title": "Call the other printer"})
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, copy.task_id).title == "Call the other printer"


def test_a_record_can_be_asked_for_without_being_read(either_workbench):
    bundle = make_bundle(either_workbench)
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert tx.has(PinnedTemplate, bundle.template_id, bundle.template_hash, tx.workspace_id)
        assert not tx.has(PinnedTemplate, bundle.template_id, "another", tx.workspace_id)
        assert not tx.has(Task, "tsk_none")


def test_looking_for_parts_by_an_id_leaves_the_index_of_the_tenant_alone():
    assert Step.spec.is_found_by({"task_id": "tsk_1"})
    assert Proof.spec.is_found_by({"task_id": ["tsk_1"]})
    assert Task.spec.is_found_by({"bundle_id": "bnd_1", "is_open": 1})
    assert not Task.spec.is_found_by({"bundle_id": None})
    assert not Bundle.spec.is_found_by({"status": "active"})
    assert not PinnedTemplate.spec.is_found_by({"template_id": "newsletter"})


def test_an_id_of_another_workspace_finds_nothing(workbench):
    task = make_task(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        foreign = task.model_copy(
            update={"task_id": tx.new_id(Task), "task_uuid": "foreign", "workspace_id": "wsp_other"}
        )
        added(tx, foreign)
    with workbench.reading(workbench.operator()) as tx:
        assert tx.find(Task, task_id=[foreign.task_id, task.task_id]) == [tx.get(Task, task.task_id)]


def test_ids_of_one_moment_follow_one_another_and_later_ones_sort_after_them():
    source = IdSource()
    made = [source.new("tsk", NOW) for _ in range(1000)]
    made += [source.new("tsk", NOW + timedelta(milliseconds=number)) for number in range(1, 50)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {len(name) for name in made} == {30}


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
