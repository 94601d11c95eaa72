"""Whose second factors are whose, what counts once, and what is told of it; on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.access import Actor, Scope
from engine.accounts import sessions
from engine.accounts.models import BegunWith, SecondFactorKind, User
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
    WorkbenchError,
)
from engine.notifications.models import Notification
from engine.second_factor import codes, service, steps
from engine.second_factor.models import FactorSetup, RecoveryCode, SecondFactor, SignInStep
from engine.second_factor.passkeys import Passkey
from engine.second_factor.service import Proof
from engine.verification import verify
from tests.factories import do, make_people, set_up_factor

SEALED = "what the key file sealed"


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


def begin_step(workbench: Workbench, actor: Actor) -> str:
    with workbench.transaction(workbench.system_actor()) as tx:
        return steps.begin(tx, tx.get(User, actor.user_id), BegunWith.PASSWORD)


def complete(workbench: Workbench, token: str, proof: Proof) -> str:
    with workbench.transaction(workbench.system_actor()) as tx:
        return steps.complete(tx, token, proof)


def told(workbench: Workbench, *actions: Action) -> list[Event]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Event, action=[action.value for action in actions], order_by=("seq",))


def test_a_proof_that_two_steps_come_with_counts_for_the_first_alone(
    either_workbench: Workbench, people: dict[str, Actor]
):
    factor = set_up_factor(either_workbench, people["ana"])
    proof = Proof(kind=SecondFactorKind.APP, key=factor.second_factor_id, counter=7)
    first, second = (begin_step(either_workbench, people["ana"]) for _ in range(2))
    session = complete(either_workbench, first, proof)
    with pytest.raises(UnauthorizedError, match="used meanwhile"):
        complete(either_workbench, second, proof)
    with pytest.raises(UnauthorizedError, match="used meanwhile"):
        complete(either_workbench, second, replace(proof, counter=6))
    complete(either_workbench, second, replace(proof, counter=8))
    with either_workbench.reading(people["ana"]) as tx:
        found = sessions.find(tx, session)
        assert found is not None
        assert found.actor.user_id == people["ana"].user_id
        assert tx.find(SignInStep) == []
        assert service.of(tx, people["ana"].user_id)[0].used_at == tx.now
        assert verify(tx).is_intact


def test_a_recovery_code_that_two_steps_come_with_counts_for_the_first_alone(
    either_workbench: Workbench, people: dict[str, Actor]
):
    set_up_factor(either_workbench, people["ana"])
    with either_workbench.transaction(people["ana"]) as tx:
        code = service.make_recovery_codes(tx, None)[0]
    key = codes.hash_recovery(people["ana"].user_id, code)
    proof = Proof(kind=SecondFactorKind.RECOVERY_CODE, key=key)
    first, second = (begin_step(either_workbench, people["ana"]) for _ in range(2))
    complete(either_workbench, first, proof)
    with pytest.raises(UnauthorizedError, match="used meanwhile"):
        complete(either_workbench, second, proof)
    with either_workbench.reading(people["ana"]) as tx:
        assert service.recovery_codes_left(tx, people["ana"].user_id) == 9


def test_nobody_proves_with_what_is_somebody_elses(either_workbench: Workbench, people: dict[str, Actor]):
    set_up_factor(either_workbench, people["ana"])
    theirs = set_up_factor(either_workbench, people["ben"])
    with either_workbench.transaction(people["ben"]) as tx:
        code = service.make_recovery_codes(tx, None)[0]
    key = codes.hash_recovery(people["ben"].user_id, code)
    token = begin_step(either_workbench, people["ana"])
    for proof in (
        Proof(kind=SecondFactorKind.APP, key=theirs.second_factor_id, counter=9),
        Proof(kind=SecondFactorKind.RECOVERY_CODE, key=key),
    ):
        with pytest.raises(UnauthorizedError):
            complete(either_workbench, token, proof)


@pytest.mark.parametrize(
    ("kind", "known", "counter", "is_taken"),
    [
        (SecondFactorKind.APP, 5, 6, True),
        (SecondFactorKind.APP, 5, 5, False),
        (SecondFactorKind.APP, 0, 0, False),
        (SecondFactorKind.PASSKEY, 5, 6, True),
        (SecondFactorKind.PASSKEY, 5, 5, False),
        (SecondFactorKind.PASSKEY, 5, 0, False),
        (SecondFactorKind.PASSKEY, 0, 0, True),
    ],
)
def test_which_counters_are_new(kind: SecondFactorKind, known: int, counter: int, is_taken: bool):
    factor = SecondFactor.model_construct(kind=kind, counter=known)
    assert factor.takes(counter) is is_taken


def test_at_most_twenty_steps_of_one_person_go_on_and_those_that_are_over_are_forgotten(
    either_workbench: Workbench, people: dict[str, Actor]
):
    set_up_factor(either_workbench, people["ana"])
    tokens = []
    for _ in range(22):
        tokens.append(begin_step(either_workbench, people["ana"]))
        either_workbench.clock.advance(seconds=1)
    with either_workbench.reading(people["ana"]) as tx:
        assert len(tx.find(SignInStep)) == 20
        with pytest.raises(UnauthorizedError):
            steps.find(tx, tokens[1])
        assert steps.find(tx, tokens[2]).user.user_id == people["ana"].user_id
    either_workbench.clock.advance(minutes=5)
    begin_step(either_workbench, people["ana"])
    with either_workbench.reading(people["ana"]) as tx:
        assert len(tx.find(SignInStep)) == 1


def test_a_reset_takes_all_of_it_ends_sessions_and_tells_its_person_once(
    either_workbench: Workbench, people: dict[str, Actor]
):
    ana = people["ana"]
    for name in ("Phone", "Tablet"):
        set_up_factor(either_workbench, ana, name)
    session = complete(
        either_workbench,
        begin_step(either_workbench, ana),
        Proof(kind=SecondFactorKind.APP, key=own(either_workbench, ana)[0].second_factor_id, counter=3),
    )
    for who in ("ana", "mara", "sam", "pat"):
        with pytest.raises(ForbiddenError):
            do(either_workbench, people[who], "user reset-factors", user_id=ana.user_id)
    do(either_workbench, either_workbench.operator(), "user reset-factors", user_id="ana@example.com")
    assert own(either_workbench, ana) == []
    with either_workbench.reading(ana) as tx:
        assert sessions.find(tx, session) is None
        assert tx.find(RecoveryCode) == []
        notice = tx.find(Notification, user_id=ana.user_id, order_by=("notification_id",))[-1]
        assert verify(tx).is_intact
    assert notice.title == "Your second factors were taken away"
    [event] = told(either_workbench, Action.SECOND_FACTORS_RESET)
    assert (event.entity_id, event.after) == (ana.user_id, {"names": ["Phone", "Tablet"]})
    with pytest.raises(ConflictError, match="has no second factor"):
        do(either_workbench, either_workbench.operator(), "user reset-factors", user_id=ana.user_id)


def test_whose_factors_or_codes_are_changed_is_told_each_time_as_it_may_not_have_been_them(
    either_workbench: Workbench, people: dict[str, Actor]
):
    ana = people["ana"]

    def titles() -> list[str]:
        with either_workbench.reading(ana) as tx:
            found = tx.find(Notification, user_id=ana.user_id, order_by=("notification_id",))
            return [one.title for one in found]

    factor = set_up_factor(either_workbench, ana, "Phone")
    with either_workbench.transaction(ana) as tx:
        service.rename(tx, factor.second_factor_id, "Old phone")
    with either_workbench.transaction(ana) as tx:
        service.make_recovery_codes(tx, None)
    with either_workbench.transaction(ana) as tx:
        service.remove(tx, factor.second_factor_id, None)
    assert titles() == [
        "The app “Phone” was set up as your second factor",
        "You have new recovery codes",
        "The app “Old phone” is your second factor no more",
    ]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("user reset-factors", {"user_id": "ana@example.com"}),
        ("user link", {"user_id": "ana@example.com"}),
        ("user forget-openid", {"user_id": "ana@example.com"}),
        ("user invite", {"email": "x@example.com", "role": ["admin"]}),
        ("user invite-again", {"user_id": "ana@example.com"}),
        ("user add", {"email": "x@example.com", "name": "X", "role": ["admin"]}),
    ],
)
def test_no_token_lets_anybody_in_whatever_its_scopes(
    either_workbench: Workbench, people: dict[str, Actor], name: str, given: dict[str, object]
):
    set_up_factor(either_workbench, people["ana"])
    program = replace(either_workbench.operator(), scopes=frozenset(Scope), token_name="Program")
    with pytest.raises(ForbiddenError, match="No API token may"):
        do(either_workbench, program, name, **given)


def test_nobody_resets_their_own_factors_but_the_operator(
    either_workbench: Workbench, people: dict[str, Actor]
):
    operator, mara = either_workbench.operator(), people["mara"]
    do(either_workbench, operator, "user change", user_id=mara.user_id, role=["admin"])
    admin = either_workbench.actor_for(mara.user_id)
    for who in (admin, operator):
        set_up_factor(either_workbench, who)
    with pytest.raises(ConflictError, match="These are your own"):
        do(either_workbench, admin, "user reset-factors", user_id="mara@example.com")
    assert len(own(either_workbench, admin)) == 1
    do(either_workbench, operator, "user reset-factors", user_id=operator.user_id)
    assert own(either_workbench, operator) == []


def test_events_tell_of_factors_and_never_what_they_are_made_of(
    either_workbench: Workbench, people: dict[str, Actor]
):
    ana = people["ana"]
    factor = set_up_factor(either_workbench, ana)
    passkey = Passkey(credential="credential-of-a-key", public_key="public-of-a-key", counter=1)
    with either_workbench.transaction(ana) as tx:
        setup = service.begin_setup(tx, SecondFactorKind.PASSKEY, "Key", challenge="what-is-signed")
        service.add(tx, setup, passkey=passkey)
        service.rename(tx, factor.second_factor_id, "Old phone")
        code = service.make_recovery_codes(tx, None)[0]
    with either_workbench.transaction(ana) as tx:
        service.remove(tx, factor.second_factor_id, None)
    found = told(either_workbench, *Action)
    text = "\n".join(event.model_dump_json() for event in found)
    hidden = (SEALED, "credential-of-a-key", "public-of-a-key", "what-is-signed", code)
    assert [one for one in hidden if one in text] == []
    assert [event.action.value for event in found if "factor" in event.action or "codes" in event.action] == [
        "second_factor_added",
        "recovery_codes_made",
        "second_factor_added",
        "second_factor_renamed",
        "recovery_codes_made",
        "second_factor_removed",
    ]


def test_what_is_set_up_is_ones_own_and_the_last_that_was_begun(
    either_workbench: Workbench, people: dict[str, Actor]
):
    ana, ben = people["ana"], people["ben"]
    with either_workbench.transaction(ana) as tx:
        first = service.begin_setup(tx, SecondFactorKind.APP, "Phone", sealed=SEALED).model_copy()
    with either_workbench.transaction(ana) as tx:
        service.begin_setup(tx, SecondFactorKind.APP, "Phone", sealed="another one")
    refused: list[tuple[Actor, type[WorkbenchError]]] = [(ana, ConflictError), (ben, ConflictError)]
    for actor, error in refused:
        with pytest.raises(error), either_workbench.transaction(actor) as tx:
            service.add(tx, first)
    with either_workbench.reading(ana) as tx:
        assert len(tx.find(FactorSetup)) == 1
    factor = set_up_factor(either_workbench, ana)
    with pytest.raises(NotFoundError), either_workbench.transaction(ben) as tx:
        service.remove(tx, factor.second_factor_id, None)


def test_nobody_has_more_than_ten(either_workbench: Workbench, people: dict[str, Actor]):
    for number in range(10):
        set_up_factor(either_workbench, people["ana"], f"Phone {number}")
    with pytest.raises(ConflictError, match="10 second factors already"):
        set_up_factor(either_workbench, people["ana"], "One more")


def own(workbench: Workbench, actor: Actor) -> list[SecondFactor]:
    with workbench.reading(actor) as tx:
        return service.of(tx, actor.user_id)
