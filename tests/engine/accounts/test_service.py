"""People who sign in: adding them, their passwords, and links that work once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from engine.access import Actor, Role
from engine.accounts import passwords, sessions
from engine.accounts import service as accounts
from engine.accounts.models import BegunWith, SignInLink, User
from engine.app import Workbench
from engine.audit.models import Event
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError, UnauthorizedError
from engine.reference import service as reference
from engine.reference.models import Employee, Partner
from tests.factories import PASSWORD, PEOPLE
from tests.told import saved


@pytest.fixture
def operator(workbench: Workbench) -> Actor:
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, PEOPLE)
    return workbench.operator()


def add(
    workbench: Workbench, email: str = "ana@example.com", roles=("member",), actor=None, **fields
) -> User:
    with workbench.transaction(actor or workbench.operator()) as tx:
        return accounts.add_user(tx, email, fields.pop("name", "Ana"), roles, **fields)


# --- adding


def test_a_user_is_joined_to_the_employee_with_their_address(workbench, operator):
    user = add(workbench, " ANA@Example.com ", name="  ")
    with workbench.reading(operator) as tx:
        employee = tx.find_one(Employee, key="ana")
        event = tx.find(Event, order_by=("-seq",), limit=1)[0]
    assert (user.email, user.name, user.employee_id) == ("ana@example.com",) * 2 + (employee.employee_id,)
    assert (event.action, event.entity_id) == ("user_added", user.user_id)
    assert event.after == {
        "email": "ana@example.com",
        "name": "ana@example.com",
        "roles": ["member"],
        "employee_id": employee.employee_id,
    }


def test_an_employee_can_be_named_instead(workbench, operator):
    user = add(workbench, "other@example.com", employee="ben")
    with workbench.reading(operator) as tx:
        assert tx.get(Employee, user.employee_id).key == "ben"


def test_a_partners_user_belongs_to_their_partner(workbench, operator):
    user = add(workbench, "pat@acme.example", ["partner"], partner="acme")
    with workbench.reading(operator) as tx:
        assert tx.get(Partner, user.partner_id).key == "acme"
    assert user.employee_id is None


def test_roles_are_kept_once_each_in_their_order(workbench, operator):
    assert add(workbench, roles=["member", "strategist", "member"]).roles == [Role.MEMBER, Role.STRATEGIST]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"email": "ana"}, BadRequestError),
        ({"email": "a b@example.com"}, BadRequestError),
        ({"email": ""}, BadRequestError),
        ({"email": "OPERATOR@localhost"}, ConflictError),
        ({"roles": []}, BadRequestError),
        ({"roles": ["chief"]}, BadRequestError),
        ({"roles": ["member", "chief"]}, BadRequestError),
        ({"employee": "nobody"}, BadRequestError),
        ({"roles": ["partner"]}, BadRequestError),
        ({"roles": ["partner"], "partner": "nobody"}, BadRequestError),
    ],
)
def test_bad_input_adds_nobody(workbench, operator, fields, error):
    with pytest.raises(error):
        add(workbench, **fields)
    with workbench.reading(operator) as tx:
        assert [user.email for user in tx.find(User)] == ["operator@localhost"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_admins_add_users(workbench, operator, role):
    partner = "acme" if role is Role.PARTNER else None
    add(workbench, "x@example.com", [role], partner=partner)
    with pytest.raises(ForbiddenError, match="add users"):
        add(workbench, "y@example.com", actor=workbench.actor_by_email("x@example.com"))


# --- passwords


def sign_in(workbench: Workbench, email: str, password: str) -> User:
    with workbench.reading(workbench.system_actor()) as tx:
        return accounts.verify_password(tx, email, password)


@pytest.mark.wide
def test_the_right_password_names_the_user_and_every_wrong_answer_is_the_same(workbench, operator):
    ana = add(workbench, password_hash=passwords.hash_password(PASSWORD))
    add(workbench, "ben@example.com")
    gone = add(workbench, "gone@example.com", password_hash=passwords.hash_password(PASSWORD))
    with workbench.transaction(operator) as tx:
        user = tx.get(User, gone.user_id)
        user.is_active = False
        saved(tx, user)
    assert sign_in(workbench, " ANA@example.com", PASSWORD).user_id == ana.user_id
    answers = set()
    for email, password in (
        ("ana@example.com", PASSWORD + "x"),
        ("ana@example.com", ""),
        ("nobody@example.com", PASSWORD),
        ("ben@example.com", PASSWORD),
        ("ben@example.com", ""),
        ("gone@example.com", PASSWORD),
    ):
        with pytest.raises(UnauthorizedError) as refusal:
            sign_in(workbench, email, password)
        answers.add(str(refusal.value))
    assert len(answers) == 1


@pytest.mark.parametrize("password", ["", "short", "x" * 9, "x" * 201])
def test_a_password_that_is_too_short_or_too_long_is_not_hashed(password: str):
    with pytest.raises(BadRequestError, match="10 to 200 characters"):
        passwords.hash_password(password)


def test_a_password_is_set_by_its_owner_or_an_admin(workbench, operator):
    ana, ben = add(workbench), add(workbench, "ben@example.com")
    actor = workbench.actor_by_email("ana@example.com")
    with workbench.transaction(actor) as tx:
        accounts.set_password(tx, ana.user_id, passwords.hash_password(PASSWORD))
    with workbench.transaction(operator) as tx:
        accounts.set_password(tx, ben.user_id, passwords.hash_password(PASSWORD))
    assert sign_in(workbench, "ben@example.com", PASSWORD).revision == 2
    for user_id, password, error in (
        (ben.user_id, PASSWORD, ForbiddenError),
        ("usr_nobody", PASSWORD, ForbiddenError),
    ):
        with pytest.raises(error), workbench.transaction(actor) as tx:
            accounts.set_password(tx, user_id, passwords.hash_password(password))
    with pytest.raises(NotFoundError), workbench.transaction(operator) as tx:
        accounts.set_password(tx, "usr_nobody", passwords.hash_password(PASSWORD))
    assert sign_in(workbench, "ana@example.com", PASSWORD).user_id == ana.user_id


# --- links


def link_for(workbench: Workbench, user: User) -> str:
    with workbench.transaction(workbench.operator()) as tx:
        return accounts.make_sign_in_link(tx, tx.get(User, user.user_id))


def redeem(workbench: Workbench, token: str) -> User:
    with workbench.transaction(workbench.system_actor()) as tx:
        user = accounts.redeem(tx, token)
        sessions.begin(tx, user, BegunWith.LINK)
        return user


def test_a_link_signs_in_once(workbench, operator):
    ana = add(workbench)
    token = link_for(workbench, ana)
    assert redeem(workbench, token).user_id == ana.user_id
    with pytest.raises(UnauthorizedError, match="used already, is too old"):
        redeem(workbench, token)
    with workbench.reading(operator) as tx:
        [link] = tx.find(SignInLink)
    assert link.used_at is not None
    assert token not in link.model_dump_json()


@pytest.mark.parametrize(("hours", "works"), [(0, True), (23.999, True), (24, False)])
def test_a_link_works_for_a_day(workbench, operator, clock, hours, works):
    token = link_for(workbench, add(workbench))
    clock.set(clock.now() + timedelta(hours=hours))
    if works:
        assert redeem(workbench, token).email == "ana@example.com"
    else:
        with pytest.raises(UnauthorizedError):
            redeem(workbench, token)


@pytest.mark.parametrize("token", ["", "guess", "../../etc", "ü" * 500])
def test_a_guessed_token_signs_nobody_in(workbench, operator, token):
    with pytest.raises(UnauthorizedError):
        redeem(workbench, token)


def test_a_link_of_somebody_who_left_stays_unused(workbench, operator):
    ana = add(workbench)
    token = link_for(workbench, ana)
    with workbench.transaction(operator) as tx:
        user = tx.get(User, ana.user_id)
        user.is_active = False
        saved(tx, user)
    with pytest.raises(UnauthorizedError, match="not active"):
        redeem(workbench, token)
    with workbench.reading(operator) as tx:
        assert [link.used_at for link in tx.find(SignInLink)] == [None]


def test_links_for_somebody_else_take_an_admin(workbench, operator):
    ana, ben = add(workbench), add(workbench, "ben@example.com")
    with workbench.transaction(workbench.actor_by_email("ana@example.com")) as tx:
        assert accounts.make_sign_in_link(tx, ana)
        with pytest.raises(ForbiddenError):
            accounts.make_sign_in_link(tx, ben)


@pytest.mark.wide
def test_a_link_that_is_used_many_times_at_the_same_moment_signs_in_once(either_workbench: Workbench):
    user = add(either_workbench)
    token = link_for(either_workbench, user)
    together, signed_in, refused = threading.Barrier(6), [], []

    def use() -> None:
        together.wait()
        try:
            signed_in.append(redeem(either_workbench, token).user_id)
        except UnauthorizedError as error:
            refused.append(error)

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (signed_in, len(refused)) == ([user.user_id], 5)


@pytest.mark.wide
def test_one_address_that_is_added_many_times_at_once_is_one_user(either_workbench: Workbench):
    together, conflicts = threading.Barrier(4), []

    def try_to_add() -> None:
        together.wait()
        try:
            add(either_workbench)
        except ConflictError as error:
            conflicts.append(error)

    threads = [threading.Thread(target=try_to_add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert (tx.count(User, email="ana@example.com"), len(conflicts)) == (1, 3)
