"""An empty workspace leads to its first bundle, by what each role can do or has to ask for (D18)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from engine.accounts import service as accounts
from engine.app import Workbench
from engine.bundles import service as bundles
from engine.bundles.models import Bundle
from engine.reference import service as reference
from engine.reference.models import Employee, Partner
from tests.factories import make_bundle, make_people, make_task
from tests.statements import counted
from tests.web.conftest import Visitor
from web.context import hold_workbench

TITLES = ("Add the people who do the work", "Add whom the work is for", "Start something")


@pytest.fixture
def newcomers(app: Flask, either_workbench: Workbench) -> dict[str, Visitor]:
    """An admin, a manager and a member of a workspace in which there is nothing else, on either database."""
    hold_workbench(app.extensions, either_workbench)
    roles = ("admin", "manager", "member")
    with either_workbench.transaction(either_workbench.operator()) as tx:
        users = {role: accounts.add_user(tx, f"{role}@example.com", role, [role]) for role in roles}
    return {role: Visitor.signed_in(app, user.user_id) for role, user in users.items()}


def steps_of(visitor: Visitor) -> list[str]:
    """Return what the board says of each of the three steps."""
    page = visitor.get("/board").text
    found = [page.partition(f'id="first-{number}"')[2].partition("</li>")[0] for number in (1, 2, 3)]
    assert all(title in said for title, said in zip(TITLES, found, strict=True))
    return found


def test_an_admin_is_led_to_people_partners_and_a_template(newcomers: dict[str, Visitor]):
    ways = ("/people", "/partners", "/recipes")
    for said, way in zip(steps_of(newcomers["admin"]), ways, strict=True):
        assert f'href="{way}"' in said
        assert "to do" in said
    primary = {role: ["button primary" in said for said in steps_of(newcomers[role])] for role in newcomers}
    assert primary == {
        "admin": [True, False, False],
        "manager": [False, True, False],
        "member": [False, False, True],
    }


def test_who_may_not_take_a_step_is_told_whom_to_ask(newcomers: dict[str, Visitor]):
    people, partners, start = steps_of(newcomers["member"])
    assert "Ask an admin to add them." in people
    assert "Ask a manager to add them." in partners
    assert "href=" not in people + partners
    assert 'href="/recipes"' in start
    assert 'href="/partners"' in steps_of(newcomers["manager"])[1]
    assert "Ask an admin to add them." in steps_of(newcomers["manager"])[0]


@pytest.mark.parametrize(("place", "kind"), [(0, "employee"), (1, "partner")])
def test_a_step_is_done_when_the_workspace_has_what_it_leads_to(
    newcomers: dict[str, Visitor], either_workbench: Workbench, place: int, kind: str
):
    path, facts = {
        "employee": ("/people/employees", {"form": "add-employee", "key": "zoe", "name": "Zoe"}),
        "partner": ("/partners", {"form": "add-partner", "key": "acme", "name": "Acme"}),
    }[kind]
    newcomers["admin"].post(path, facts)
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert tx.count({"employee": Employee, "partner": Partner}[kind]) == 1
    for role in ("admin", "member"):
        done = ["✓" in said for said in steps_of(newcomers[role])]
        assert done == [number == place for number in range(3)], role
        assert "Ask" not in steps_of(newcomers[role])[place]


def test_the_steps_go_once_there_is_work_and_a_search_without_hits_does_not_bring_them_back(
    newcomers: dict[str, Visitor], either_workbench: Workbench
):
    admin = newcomers["admin"]
    assert "first-steps-title" not in admin.get("/board?q=tag:x").text
    task = make_task(either_workbench)
    assert "first-steps-title" not in admin.get("/board").text
    admin.post(f"/tasks/{task.task_id}/cancel", {"revision": str(task.revision)})
    assert "first-steps-title" in admin.get("/board").text
    make_bundle(either_workbench, "local_grid_scan")
    # A member sees nothing of it on their board, and still is not told that nobody has begun.
    assert "first-steps-title" not in newcomers["member"].get("/board").text


def test_the_steps_take_one_statement_more(newcomers: dict[str, Visitor], either_workbench: Workbench):
    admin = newcomers["admin"]
    taken = []
    for page in ("/board", "/board?q=tag:x"):
        with counted() as statements:
            admin.get(page)
        taken.append(sum("partners" in text for text in map(str, statements)))
    assert taken == [1, 0]  # nobody else asks for a partner


# -- in a workspace that has work ------------------------------------------------------------------


@pytest.fixture
def new(app: Flask, workbench: Workbench) -> Callable[..., Visitor]:
    """Sign in somebody who came today to a workspace that has a bundle, which is none of theirs."""
    hold_workbench(app.extensions, workbench)
    make_people(workbench)
    make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})

    def arrive(role: str, assignee_roles: list[str] | None = None) -> Visitor:
        with workbench.transaction(workbench.operator()) as tx:
            if assignee_roles is not None:
                person = {"key": "zoe", "name": "Zoe", "email": "zoe@example.com", "roles": assignee_roles}
                reference.load(tx, {"employees": [person]})
            user = accounts.add_user(tx, "zoe@example.com", "Zoe", [role])
        return Visitor.signed_in(app, user.user_id)

    return arrive


def welcome_of(page: str) -> str:
    """Return what an empty page says, as it is read."""
    shown = re.search(r'<section class="panel stack" id="welcome".*?</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", shown[0]).split()) if shown else ""


_BOARD = "Your tasks appear here by their status, with the others of the bundles that they belong to."
_MINE = "What is assigned to you appears here by when it is due, and what you may claim."
_GIVEN = "Managers give you work; you hear of it in your inbox."
_NONE = "Managers give work, to employees. You are none yet, so nobody can give you any"
_WAYS = "Start something Look at the templates Read the guide"


@pytest.mark.parametrize(
    ("role", "assignee_roles", "said"),
    [
        ("member", ["video_editor", "presenter"],
         f"{_GIVEN} What waits for any presenter or video editor you claim yourself, as soon as nobody"),
        ("member", [], f"{_GIVEN} You have no assignee role, so there is nothing to claim: an admin gives"),
        ("member", None, f"{_NONE}: ask an admin to add you under People."),
        ("agent", ["presenter"], f"{_GIVEN} What waits for any presenter you claim yourself"),
    ],
)  # fmt: skip
def test_whoever_is_new_reads_what_will_appear_who_gives_work_and_what_they_can_do(
    new: Callable[..., Visitor], role: str, assignee_roles: list[str] | None, said: str
):
    zoe = new(role, assignee_roles)
    board, mine = (welcome_of(zoe.get(page).text) for page in ("/board", "/my-work"))
    assert board.startswith(f"Nothing here is yours yet {_BOARD} {said}")
    assert board.endswith(_WAYS)
    assert mine.startswith(f"Nothing is yours to do {_MINE} {said}")
    assert mine.endswith(f"Look at the board {_WAYS}")


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("admin", "You give work: start something, make a task, or assign what nobody has."),
        ("manager", "You give work: start something, make a task, or assign what nobody has."),
        ("strategist", _NONE),
    ],
)
def test_whoever_sees_all_work_is_welcomed_on_my_work_alone_while_there_is_any(
    new: Callable[..., Visitor], role: str, said: str
):
    zoe = new(role)
    assert welcome_of(zoe.get("/board").text) == ""
    assert welcome_of(zoe.get("/my-work").text).startswith(f"Nothing is yours to do {_MINE} {said}")


def test_where_all_work_is_closed_the_board_says_so(new: Callable[..., Visitor], workbench: Workbench):
    zoe = new("manager")
    with workbench.transaction(workbench.operator()) as tx:
        for bundle in tx.find(Bundle):
            bundles.cancel(tx, bundle.bundle_id)
    workbench.clock.advance(days=8)
    assert welcome_of(zoe.get("/board").text).startswith(
        "No work is open Every open task of the team appears here by its status. You give work"
    )


def test_the_welcome_goes_as_soon_as_there_is_work(new: Callable[..., Visitor], workbench: Workbench):
    zoe = new("member", ["presenter"])
    make_task(workbench, assignee="zoe")
    assert [welcome_of(zoe.get(page).text) for page in ("/board", "/my-work")] == ["", ""]
    assert welcome_of(zoe.get("/board?q=nothing").text) == ""
