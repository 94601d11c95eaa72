"""People and roles: who sees them, who changes them, and what a refusal shows."""

from __future__ import annotations

import re

import pytest

from engine.access import Role
from engine.accounts import service as accounts
from engine.accounts.models import SignInLink, User
from engine.reference import training
from engine.reference.models import Employee
from tests.desk import Desk
from tests.web.conftest import Visitor


@pytest.fixture
def olga(app, workbench, people) -> Visitor:
    """An admin."""
    with workbench.transaction(workbench.operator()) as tx:
        user = accounts.add_user(tx, "olga@example.com", "Olga", ["admin"])
    return Visitor.signed_in(app, user.user_id)


def user(workbench, user_id: str) -> User:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(User, user_id)


def employee(workbench, employee_id: str | None) -> Employee:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Employee, employee_id)


@pytest.mark.parametrize(
    ("name", "status"), [("mara", 200), ("sam", 200), ("ana", 403), ("ben", 403), ("bot", 403), ("pat", 403)]
)
def test_managers_and_strategists_see_the_people_others_do_not(as_user, name: str, status: int):
    visitor = as_user(name)
    assert visitor.get("/people").status_code == status
    if name != "pat":
        assert ('href="/people"' in visitor.get("/board").text) is (status == 200)


def test_the_page_shows_load_roles_and_for_whom_somebody_stands(workbench, people, mara: Visitor):
    desk = Desk.set_up(workbench, people)
    desk.make()
    page = mara.get("/people").text
    row = re.search(rf'id="employee-{people["ana"].employee_id}".*?</tr>', page, re.DOTALL)
    assert row
    assert "writer, producer" in row[0]
    assert 'assignee=ana">1<span class="unseen"> open tasks of Ana Alvarez' in row[0]
    assert "Acme" in page
    assert ">agent<" in page.replace("</span>agent", ">agent")


def test_a_strategist_only_reads(as_user, people):
    sam = as_user("sam")
    page = sam.get("/people").text
    assert 'method="post"' not in page[page.index("<main") :]
    path = f"/people/employees/{people['ana'].employee_id}/training"
    assert sam.post(path, {"training": "true"}).status_code == 403


def test_a_manager_switches_training_and_the_page_says_so(workbench, people, mara: Visitor):
    ana = people["ana"].employee_id
    path = f"/people/employees/{ana}/training"
    answer = mara.post(path, {"form": f"training-{ana}", "training": "true", "reason": "New here"})
    assert (answer.status_code, answer.location) == (303, f"/people#employee-{ana}")
    assert employee(workbench, ana).training
    assert "Everything they hand over needs an approval." in mara.get("/people").text
    again = mara.post(path, {"form": f"training-{ana}", "training": "true"})
    assert again.status_code == 409
    assert "in training already" in again.text
    mara.post(path, {"training": "false"})
    assert not employee(workbench, ana).training


def test_ten_approvals_in_a_row_are_a_hint_that_changes_nothing(workbench, people, mara: Visitor):
    desk = Desk.set_up(workbench, people)
    with workbench.transaction(people["mara"]) as tx:
        training.set_training(tx, people["ana"].employee_id, True)
    for number in range(10):
        assert "Seems ready" not in mara.get("/people").text
        desk.decide(desk.hand_over(f"Piece {number}"), "approved")
    assert "Seems ready" in mara.get("/people").text
    assert employee(workbench, people["ana"].employee_id).training


def test_an_admin_adds_somebody_and_gets_a_link_that_signs_them_in_once(workbench, olga, visitor):
    form = {"form": "add-user", "email": "zoe@example.com", "name": "Zoe", "role": ["member", "strategist"]}
    answer = olga.post("/people/users", form)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'id="live"' not in answer.text, "its address gives no page that could be fresher"
    link = re.search(r"http://localhost/sign-in/([\w-]+)", answer.text)
    assert link
    assert link[1] not in olga.get("/people").text
    assert visitor.follow(link[1]).location == "/board"
    assert "Zoe" in visitor.get("/board").text
    assert workbench.actor_by_email("zoe@example.com").roles == {Role.MEMBER, Role.STRATEGIST}


def test_a_refused_new_user_keeps_what_was_typed(olga: Visitor):
    form = {"form": "add-user", "email": "nonsense", "name": "Zoe Zimmer", "role": ["manager"]}
    answer = olga.post("/people/users", form)
    assert answer.status_code == 400
    assert 'value="Zoe Zimmer"' in answer.text
    assert "not an e-mail address" in answer.text
    assert re.search(r'id="add-user-role-manager"[^>]* checked', answer.text)
    assert not re.search(r'id="add-user-role-member"[^>]* checked', answer.text)


def test_a_change_without_any_role_is_told_to_choose_one_of_those_that_are_offered(people, olga: Visitor):
    ana = people["ana"].user_id
    answer = olga.post(f"/people/users/{ana}", {"form": f"user-{ana}", "role": "", "is_active": "true"})
    assert answer.status_code == 400
    assert ">choose at least one<" in answer.text


def test_an_admin_changes_roles_and_sends_somebody_away(workbench, people, olga: Visitor, as_user):
    ana = people["ana"].user_id
    her = as_user("ana")
    form = {
        "form": f"user-{ana}",
        "revision": "1",
        "role": ["manager"],
        "is_active": "true",
        "employee": "ana",
    }
    revision = str(user(workbench, ana).revision)
    answer = olga.post(f"/people/users/{ana}", {**form, "revision": revision})
    assert answer.location == f"/people#user-{ana}"
    assert user(workbench, ana).roles == [Role.MANAGER]
    assert her.get("/people").status_code == 200
    olga.post(f"/people/users/{ana}", {"role": ["manager"], "employee": "ana", "is_active": "false"})
    assert not user(workbench, ana).is_active
    assert her.get("/people").location.startswith("/sign-in")
    workers, accounts = olga.get("/people").text.split('id="users-title"')
    assert "ana@example.com (may not sign in)" in workers, "who gives out tasks sees it, too"
    assert re.search(r"Ana [^\n]*may not sign in", accounts)


def test_the_last_admin_is_kept_and_told_why(workbench, olga: Visitor):
    own = workbench.actor_by_email("olga@example.com").user_id
    answer = olga.post(
        f"/people/users/{own}", {"form": f"user-{own}", "role": ["admin"], "is_active": "false"}
    )
    assert answer.status_code == 409
    assert "last active admin" in answer.text
    assert user(workbench, own).is_active


def test_a_link_names_the_address_that_people_open_however_the_admin_came_here(
    workbench, people, olga: Visitor
):
    """N5; what a request calls its host, anybody can say."""
    workbench.settings = workbench.settings.with_options(public_url="http://board.example.com:8080/")
    answer = olga.post(f"/people/users/{people['ben'].user_id}/link", {})
    assert re.search(r"http://board\.example\.com:8080/sign-in/[\w-]{40,}", answer.text)
    assert "http://localhost/sign-in/" not in answer.text


def test_an_admin_makes_a_link_for_somebody_else_and_it_is_shown_once(
    people, olga: Visitor, visitor: Visitor
):
    answer = olga.post(f"/people/users/{people['ben'].user_id}/link", {})
    link = re.search(r"http://localhost/sign-in/([\w-]+)", answer.text)
    assert link
    assert visitor.follow(link[1]).status_code == 303
    assert "Ben" in visitor.get("/board").text


@pytest.mark.parametrize("name", ["mara", "sam", "ana"])
def test_nobody_below_an_admin_changes_users(workbench, people, as_user, name: str):
    visitor, ben = as_user(name), people["ben"].user_id
    for path, form in (
        ("/people/users", {"email": "x@example.com", "name": "X", "role": ["admin"]}),
        (f"/people/users/{ben}", {"role": ["admin"], "is_active": "true"}),
        (f"/people/users/{ben}/link", {}),
    ):
        answer = visitor.post(path, form)
        assert answer.status_code == 403, path
        assert "/sign-in/" not in answer.text
    own = people[name].user_id
    assert visitor.post(f"/people/users/{own}/link", {}).status_code == 403
    with workbench.reading(workbench.operator()) as tx:
        assert tx.count(SignInLink) == 0, "what is refused is not stored (S15)"
    assert user(workbench, ben).roles == [Role.MEMBER]
