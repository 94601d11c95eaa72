"""Sessions and links: what ends them ends them for good, in every process (S5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event

from engine.access import Actor
from engine.accounts import passwords, sessions
from engine.accounts import service as accounts
from engine.accounts.models import BegunWith, EndedBy, Session, SignInLink, User
from engine.app import Workbench
from engine.audit.models import Event
from engine.errors import ConflictError, ForbiddenError, NotFoundError, UnauthorizedError
from engine.transaction import Transaction
from tests.conftest import NOW
from tests.factories import PASSWORD, make_people, make_task


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


def begin(
    workbench: Workbench, actor: Actor, begun_with: BegunWith = BegunWith.PASSWORD, **given: str
) -> str:
    with workbench.transaction(workbench.system_actor()) as tx:
        return sessions.begin(tx, tx.get(User, actor.user_id), begun_with, **given)


def holds(workbench: Workbench, token: str) -> bool:
    with workbench.reading(workbench.system_actor()) as tx:
        return sessions.find(tx, token) is not None


def do(workbench: Workbench, actor: Actor, what: Callable[[Transaction], object]) -> None:
    with workbench.transaction(actor) as tx:
        what(tx)


def test_a_session_signs_in_whoever_began_it_and_nobody_without_its_token(either_workbench, people):
    token = begin(either_workbench, people["ana"], browser="Firefox on Linux" + "x" * 500)
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        signed_in = sessions.find(tx, token)
        assert signed_in.actor == people["ana"]
        [kept] = tx.find(Session)
        assert sessions.find(tx, kept.token_hash) is None
        assert sessions.find(tx, kept.session_id) is None
        assert sessions.find(tx, "") is None
    assert len(kept.browser) == 80
    assert token not in kept.model_dump_json()


@pytest.mark.parametrize("whose", ["ana", "operator"])
def test_a_new_password_ends_all_sessions_and_voids_the_link(either_workbench, people, whose):
    tokens = [begin(either_workbench, people["ana"]) for _ in range(2)]
    others = begin(either_workbench, people["ben"])
    link = link_for(either_workbench, people["ana"])
    actor = people["ana"] if whose == "ana" else either_workbench.operator()
    new = passwords.hash_password(PASSWORD)
    do(either_workbench, actor, lambda tx: accounts.set_password(tx, people["ana"].user_id, new))
    assert [holds(either_workbench, token) for token in (*tokens, others)] == [False, False, True]
    assert not is_good(either_workbench, link)


def test_closing_an_account_ends_its_sessions_and_links_and_opening_it_again_revives_neither(
    either_workbench, people
):
    ana, operator = people["ana"].user_id, either_workbench.operator()
    token, link = begin(either_workbench, people["ana"]), link_for(either_workbench, people["ana"])
    do(either_workbench, operator, lambda tx: accounts.change_user(tx, ana, is_active=False))
    assert not holds(either_workbench, token)
    with pytest.raises(ConflictError, match="may not sign in"):
        link_for(either_workbench, people["ana"])
    with pytest.raises(UnauthorizedError, match="not active"):
        begin(either_workbench, people["ana"])
    do(either_workbench, operator, lambda tx: accounts.change_user(tx, ana, is_active=True))
    assert not holds(either_workbench, token)
    assert not is_good(either_workbench, link)


def test_other_roles_end_no_session_and_hold_at_once(either_workbench, people):
    token, operator = begin(either_workbench, people["ana"]), either_workbench.operator()
    do(
        either_workbench,
        operator,
        lambda tx: accounts.change_user(tx, people["ana"].user_id, roles=["manager"]),
    )
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        assert sessions.find(tx, token).actor.roles == {"manager"}


def test_a_password_that_was_changed_or_an_account_that_was_closed_meanwhile_begins_no_session(
    either_workbench, people
):
    """Hashing takes its time, and holds no transaction."""
    operator, ana = either_workbench.operator(), people["ana"].user_id
    with either_workbench.reading(operator) as tx:
        proved = tx.get(User, ana)
    assert proved.password_hash is None
    do(either_workbench, operator, lambda tx: accounts.set_password(tx, ana, "another hash"))
    with pytest.raises(UnauthorizedError, match="do not match"):
        do(either_workbench, operator, lambda tx: accounts.begin_session(tx, proved))
    with either_workbench.reading(operator) as tx:
        proved = tx.get(User, ana)
    do(either_workbench, operator, lambda tx: accounts.change_user(tx, ana, is_active=False))
    with pytest.raises(UnauthorizedError, match="not active"):
        do(either_workbench, operator, lambda tx: accounts.begin_session(tx, proved))


def test_a_session_ends_after_its_time_however_often_it_is_used(either_workbench, people, clock):
    token = begin(either_workbench, people["ana"])
    start = clock.now()
    clock.set(start + sessions.LIFETIME - timedelta(seconds=1))
    assert holds(either_workbench, token)
    clock.set(start + sessions.LIFETIME)
    assert not holds(either_workbench, token)


def test_people_end_their_own_sessions_and_an_admin_those_of_others(either_workbench, people):
    token, other = begin(either_workbench, people["ana"]), begin(either_workbench, people["ana"])
    latest, first = listed(either_workbench, people["ana"], people["ana"])
    for stranger in ("ben", "mara"):
        with pytest.raises(NotFoundError, match="that you may end"):
            do(either_workbench, people[stranger], lambda tx: sessions.end(tx, first))
        with pytest.raises(ForbiddenError):
            listed(either_workbench, people[stranger], people["ana"])
    do(either_workbench, people["ana"], lambda tx: sessions.end(tx, first))
    assert (holds(either_workbench, token), holds(either_workbench, other)) == (False, True)
    do(either_workbench, either_workbench.operator(), lambda tx: sessions.end(tx, latest))
    assert not holds(either_workbench, other)
    with pytest.raises(NotFoundError):
        do(either_workbench, people["ana"], lambda tx: sessions.end(tx, "ses_nobody"))


def test_all_but_one_are_ended(either_workbench, people):
    tokens = [begin(either_workbench, people["ana"]) for _ in range(3)]
    keep = listed(either_workbench, people["ana"], people["ana"])[0]

    def end(tx: Transaction) -> None:
        user = tx.get(User, people["ana"].user_id)
        assert sessions.end_all(tx, user, EndedBy.CHOICE, but=keep) == 2

    do(either_workbench, people["ana"], end)
    assert [holds(either_workbench, token) for token in tokens] == [False, False, True]
    with pytest.raises(ForbiddenError):
        do(either_workbench, people["ben"], end)


def test_sign_ins_without_end_fill_no_store(either_workbench, people):
    tokens = [begin(either_workbench, people["ana"]) for _ in range(sessions.MOST + 5)]
    assert [holds(either_workbench, token) for token in tokens] == [False] * 5 + [True] * sessions.MOST
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        assert tx.count(Session) <= sessions.MOST + 1
    for _ in range(5):
        link_for(either_workbench, people["ana"])
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        assert tx.count(SignInLink) <= 2


def test_beginning_and_ending_are_events_that_say_no_secret(either_workbench, people):
    token = begin(either_workbench, people["ana"], browser="Firefox on Linux")
    [session_id] = listed(either_workbench, people["ana"], people["ana"])
    do(either_workbench, people["ana"], lambda tx: sessions.end(tx, session_id, EndedBy.SIGN_OUT))
    with either_workbench.reading(either_workbench.operator()) as tx:
        found = tx.find(Event, order_by=("seq",))[-2:]
        texts = "".join(one.model_dump_json() for one in tx.find(Event))
    assert [(one.action, one.after) for one in found] == [
        ("user_signed_in", {"by": "password"}),
        ("session_ended", {"by": "sign_out"}),
    ]
    assert {one.entity_id for one in found} == {people["ana"].user_id}
    assert token not in texts
    assert passwords.hash_token(token) not in texts


def test_a_session_is_found_in_one_statement(either_workbench, people):
    token = begin(either_workbench, people["ana"])
    said: list[str] = []
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        engine = tx.connection.engine
        event.listen(engine, "before_cursor_execute", lambda *given: said.append(given[2]))
        assert sessions.find(tx, token) is not None
    assert len(said) == 1


# -- links


def test_a_newer_link_voids_the_one_before_and_that_of_nobody_else(either_workbench, people):
    first, bens = link_for(either_workbench, people["ana"]), link_for(either_workbench, people["ben"])
    second = link_for(either_workbench, people["ana"])
    assert [is_good(either_workbench, token) for token in (first, second, bens)] == [False, True, True]


def test_looking_whose_link_it_is_does_not_use_it_up(either_workbench, people):
    token = link_for(either_workbench, people["ana"])
    for _ in range(3):
        assert is_good(either_workbench, token)
    with either_workbench.transaction(either_workbench.system_actor()) as tx:
        sessions.begin(tx, accounts.redeem(tx, token), BegunWith.LINK)
    assert not is_good(either_workbench, token)


@pytest.mark.parametrize(
    ("begun_with", "minutes", "proves"),
    [(BegunWith.LINK, 29, True), (BegunWith.LINK, 30, False), (BegunWith.PASSWORD, 1, False)],
)
def test_who_came_by_a_link_a_short_while_ago_needs_no_present_password(
    either_workbench, people, clock, begun_with, minutes, proves
):
    begin(either_workbench, people["ana"], begun_with)
    [session_id] = listed(either_workbench, people["ana"], people["ana"])
    clock.set(clock.now() + timedelta(minutes=minutes))
    with either_workbench.reading(people["ana"]) as tx:
        assert sessions.came_by_link(tx, session_id) is proves
    with either_workbench.reading(people["ben"]) as tx:
        assert not sessions.came_by_link(tx, session_id), "it is not theirs"


def listed(workbench: Workbench, reader: Actor, whose: Actor) -> list[str]:
    with workbench.reading(reader) as tx:
        return [session.session_id for session in sessions.alive(tx, whose.user_id)]


def link_for(workbench: Workbench, actor: Actor) -> str:
    with workbench.transaction(workbench.operator()) as tx:
        return accounts.make_sign_in_link(tx, tx.get(User, actor.user_id))


def is_good(workbench: Workbench, link: str) -> bool:
    """Whether a link signs somebody in, as its page and as its form see it."""
    told = []
    for opened in workbench.reading, workbench.transaction:
        with opened(workbench.system_actor()) as tx:
            try:
                accounts.whose_link(tx, link)
            except UnauthorizedError:
                told.append(False)
            else:
                told.append(True)
    assert told[0] is told[1], "the page says another thing than the form"
    return told[0]


@pytest.fixture
def ahead(either_workbench: Workbench, people: dict[str, Actor]) -> Workbench:
    """A store in which somebody worked while its clock stood in the future; it is right again (S10)."""
    either_workbench.clock.set(NOW + timedelta(days=30_000))
    make_task(either_workbench)
    either_workbench.clock.set(NOW)
    return either_workbench


def test_sessions_and_links_last_as_long_by_the_clock_where_the_recorded_time_is_ahead_of_it(ahead, people):
    """Else each was good until the clock had caught up: for a hundred years."""
    link, session = link_for(ahead, people["ana"]), begin(ahead, people["ana"])
    assert is_good(ahead, link)
    ahead.clock.set(NOW + timedelta(hours=25))
    assert not is_good(ahead, link)
    assert holds(ahead, session)
    ahead.clock.set(NOW + sessions.LIFETIME)
    assert not holds(ahead, session)


def test_who_came_by_a_link_proves_so_for_half_an_hour_by_the_clock(ahead, people):
    begin(ahead, people["ana"], BegunWith.LINK)
    for minutes, proves in (0, True), (29, True), (31, False), (-31, False):
        ahead.clock.set(NOW + timedelta(minutes=minutes))
        with ahead.reading(people["ana"]) as tx:
            [session] = tx.find(Session)
            assert sessions.came_by_link(tx, session.session_id) is proves, minutes


def test_sessions_and_links_of_before_the_clock_stood_in_the_future_go_on(either_workbench, people):
    link, session = link_for(either_workbench, people["ana"]), begin(either_workbench, people["ana"])
    either_workbench.clock.set(NOW + timedelta(days=30_000))
    make_task(either_workbench)
    either_workbench.clock.set(NOW + timedelta(hours=1))
    assert is_good(either_workbench, link)
    with either_workbench.transaction(either_workbench.system_actor()) as tx:
        assert sessions.find(tx, session) is not None, "a form is refused of somebody who is signed in"
    begin(either_workbench, people["ana"])
    assert holds(either_workbench, session), "the next sign-in forgot it"


def test_what_was_ended_while_the_clock_stood_in_the_future_stays_ended(either_workbench, people):
    """It had expired by that clock, so it was passed over, and came back when the clock was right again."""
    link, session = link_for(either_workbench, people["ana"]), begin(either_workbench, people["ana"])
    either_workbench.clock.set(NOW + timedelta(days=30_000))
    do(either_workbench, people["ana"], lambda tx: accounts.set_password(tx, tx.actor.user_id, "$argon2id$x"))
    either_workbench.clock.set(NOW)
    assert not holds(either_workbench, session)
    assert not is_good(either_workbench, link)


def test_a_void_link_stays_void_though_the_clock_is_set_back(either_workbench, people):
    link = link_for(either_workbench, people["ana"])
    link_for(either_workbench, people["ana"])
    either_workbench.clock.set(NOW - timedelta(hours=1))
    assert not is_good(either_workbench, link)
