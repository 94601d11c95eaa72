"""Pages of employees, partners and campaigns: who adds and changes what, and what a hand-over shows (R20)."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from engine.access import Actor, Role
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.reference import service as reference
from engine.reference.models import Campaign, CampaignAttachment, Employee, Partner
from engine.tasks.models import Task
from tests.factories import do, make_task
from tests.statements import counted
from tests.told import saved
from tests.web.conftest import Visitor

People = dict[str, Actor]
_TAGS = re.compile(r"<[^>]+>")


@pytest.fixture
def olga(app, workbench, people) -> Visitor:
    """An admin."""
    with workbench.transaction(workbench.operator()) as tx:
        user = accounts.add_user(tx, "olga@example.com", "Olga", ["admin"])
    return Visitor.signed_in(app, user.user_id)


def read(workbench: Workbench, kind: type[Any], key: str) -> Any:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find_one(kind, key=key)


def main_of(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", main_of(page)).split())


def test_an_admin_adds_somebody_and_changes_every_field_of_theirs(workbench, olga: Visitor):
    form = {
        "form": "add-employee", "key": "zoe", "name": "Zoe", "email": "zoe@example.com", "kind": "human",
        "roles": ["", "writer", "photo_editor"], "training": "false",
    }  # fmt: skip
    answer = olga.post("/people/employees", form)
    zoe = read(workbench, Employee, "zoe")
    assert (answer.status_code, answer.location) == (303, f"/people/employees/{zoe.employee_id}")
    assert zoe.roles == ["writer", "photo_editor"]
    page = olga.get(answer.location).text
    assert re.search(r'value="photo_editor" checked', page)
    form = {
        "form": "employee", "revision": str(zoe.revision), "name": "Zoe Z.", "email": "", "kind": "agent",
        "roles": [""], "training": "true",
    }  # fmt: skip
    assert olga.post(answer.location, form).status_code == 303
    zoe = read(workbench, Employee, "zoe")
    assert (zoe.name, zoe.email, zoe.kind, zoe.roles, zoe.training) == ("Zoe Z.", None, "agent", [], True)
    again = olga.post(answer.location, form)
    assert again.status_code == 409
    assert "changed by somebody else" in again.text


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_at_its_field(workbench, olga: Visitor):
    form = {"form": "add-employee", "key": "Zoe", "name": "Zoe Zimmer", "roles": ["", "writer"]}
    answer = olga.post("/people/employees", form)
    assert answer.status_code == 400
    assert 'value="Zoe Zimmer"' in answer.text
    assert "must be written with small letters" in answer.text
    assert re.search(r'id="add-employee-roles-writer"[^>]* checked', answer.text)
    taken = olga.post("/people/employees", {**form, "key": "ana"})
    assert "is Ana Alvarez already" in taken.text


@pytest.mark.parametrize(
    "path", ["/people/employees/{ana}", "/partners", "/partners/{acme}", "/campaigns/{spring}"]
)
@pytest.mark.parametrize(
    ("name", "sees"), [("mara", True), ("sam", True), ("ana", False), ("bot", False), ("pat", False)]
)
def test_who_sees_all_work_sees_the_pages_and_others_do_not(
    workbench, people: People, as_user, path: str, name: str, sees: bool
):
    ids = {
        "ana": people["ana"].employee_id,
        "acme": read(workbench, Partner, "acme").partner_id,
        "spring": read(workbench, Campaign, "acme_spring").campaign_id,
    }
    answer = as_user(name).get(path.format(**ids))
    assert answer.status_code in ([200] if sees else [403, 404])
    if name == "sam":
        assert 'method="post"' not in main_of(answer.text), "a strategist only reads"


def test_the_page_of_a_person_leads_to_what_they_did(workbench, people, mara: Visitor):
    task = make_task(workbench, title="Sort the photos", assignee="ben")
    do(workbench, people["ben"], "task start", task_id=task.task_id)
    do(workbench, people["ben"], "task complete", task_id=task.task_id)
    page = mara.get(f"/people/employees/{people['ben'].employee_id}").text
    for words, place in (("this week", 'id="column-done"'), ("all of it", "status:completed")):
        way = re.search(rf'href="([^"]+)">{words}</a>', page)
        assert way is not None
        found = mara.get(unescape(way[1])).text
        assert "Sort the photos" in found.partition(place)[2]


def test_the_page_says_before_what_a_hand_over_does_and_does_it_in_one_step(workbench, people, olga: Visitor):
    for number in range(30):
        make_task(workbench, title=f"Piece {number}", assignee="ana")
    ana, ben = people["ana"].employee_id, people["ben"].employee_id
    page = f"/people/employees/{ana}"
    shown = text_of(olga.get(page).text)
    assert "30 open tasks" in shown
    assert "30 tasks go to nobody: 0 may be claimed by whoever has the role, 30 have no role" in shown
    assert "writer in Acme spring" in shown
    shown = olga.get(f"{page}?to={ben}").text
    assert "30 tasks go to Ben Brandt. In 1 campaign Ben Brandt has the role then." in text_of(shown)
    assert "Deactivate, and hand over to Ben Brandt" in shown
    answer = olga.post(f"{page}/deactivate", {"form": "hand-over", "to": ben})
    assert (answer.status_code, answer.location) == (303, page)
    after = olga.get(page).text
    assert "30 tasks and 1 campaign of Ana Alvarez went to Ben Brandt." in after
    assert "Nothing: no open task is theirs" in after
    assert "Make active again" in after
    assert "May not sign in any more" in after, "that is another question, asked beside it"
    assert "Ana Alvarez" not in olga.get("/board/choose/assignee").text, "offered nowhere"
    olga.post(f"{page}/activate", {"form": "activate"})
    assert read(workbench, Employee, "ana").is_active


def test_what_stays_says_why_before_and_after(workbench, people, olga: Visitor):
    """S18: Mara permitted that it runs."""
    kept = make_task(workbench, title="Crawl", assignee="ana", requires_human_review=True)
    make_task(workbench, title="Write", assignee="ana")
    do(workbench, people["mara"], "task review", task_id=kept.task_id, verdict="approve")
    page, mara = f"/people/employees/{people['ana'].employee_id}", people["mara"].employee_id
    reason = "Mara permitted that"
    before = text_of(olga.get(f"{page}?to={mara}").text)
    assert "1 task goes to Mara Maier. 1 task stays with Ana Alvarez" in before
    assert reason in before
    answer = olga.post(f"{page}/hand_over", {"form": "hand-over", "to": mara})
    assert answer.location == f"{page}?to=mara#open-work"
    after = olga.get(answer.location).text
    assert "1 task stayed: see why beside each of them." in after
    assert reason in text_of(after)


def test_a_hand_over_to_who_left_meanwhile_is_refused_on_the_page(workbench, people, olga: Visitor):
    make_task(workbench, title="Write", assignee="ana")
    do(workbench, workbench.operator(), "employee deactivate", employee_id="ben")
    page, ben = f"/people/employees/{people['ana'].employee_id}", people["ben"].employee_id
    answer = olga.post(f"{page}/deactivate", {"form": "hand-over", "to": ben})
    assert answer.status_code == 400
    assert "Ben Brandt is not active any more; choose somebody else" in answer.text
    assert read(workbench, Employee, "ana").is_active


def test_whoever_was_added_is_let_sign_in_on_the_same_page(workbench, olga: Visitor):
    """Nobody types a name and an e-mail address twice; the link is shown at once."""
    form = {"form": "add-employee", "key": "zoe", "name": "Zoe", "email": "zoe@example.com", "kind": "human"}
    page = olga.get(olga.post("/people/employees", form).location).text
    asked = page.split("Nobody signs in as Zoe.")[1].split("</form>")[0]
    assert 'action="/people/users"' in asked
    sent = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', asked))
    assert sent["email"] == "zoe@example.com"
    said = olga.post("/people/users", sent)
    assert "A sign-in link for Zoe" in said.text
    with workbench.reading(workbench.operator()) as tx:
        user = tx.find_one(User, email="zoe@example.com")
        zoe = tx.find_one(Employee, key="zoe")
    assert (user.roles, user.employee_id) == ([Role.MEMBER], zoe.employee_id)
    after = olga.get(f"/people/employees/{zoe.employee_id}").text
    assert "Nobody signs in as Zoe" not in after


def test_an_address_that_somebody_has_is_refused_beside_its_field(workbench, olga: Visitor):
    form = {"form": "add-employee", "key": "zoe", "name": "Zoe", "email": "", "kind": "human"}
    olga.post("/people/employees", form)
    sent = {
        "form": "add-user", "email": "olga@example.com", "name": "Zoe", "role": "member", "employee": "zoe",
    }  # fmt: skip
    said = olga.post("/people/users", sent)
    assert said.status_code in (400, 409)
    assert "olga@example.com" in main_of(said.text)
    with workbench.reading(workbench.operator()) as tx:
        assert [user.name for user in tx.find(User, email="olga@example.com")] == ["Olga"]


def test_signing_in_is_switched_beside_it_and_leads_back(workbench, people, olga: Visitor):
    page, ana = f"/people/employees/{people['ana'].employee_id}", people["ana"].user_id
    back = f"{page}#sign-in"
    answer = olga.post(f"/people/users/{ana}", {"form": f"user-{ana}", "is_active": "false", "back": back})
    assert answer.location == back
    assert "May sign in again" in olga.get(page).text


def test_a_manager_hands_over_but_neither_changes_nor_deactivates(workbench, people, mara: Visitor):
    make_task(workbench, title="Write", assignee="ana")
    page = f"/people/employees/{people['ana'].employee_id}"
    shown = mara.get(page).text
    assert "Hand over to nobody" in shown
    assert "Deactivate" not in main_of(shown)
    for path in (page, f"{page}/deactivate", f"{page}/activate"):
        assert mara.post(path, {"name": "Anna"}).status_code == 403
    assert mara.post(f"{page}/hand_over", {"to": ""}).status_code == 303


def test_a_manager_adds_a_partner_and_a_campaign_with_people_and_material(workbench, people, mara: Visitor):
    answer = mara.post("/partners", {"form": "add-partner", "key": "initech", "name": "Initech"})
    initech = read(workbench, Partner, "initech")
    assert answer.location == f"/partners/{initech.partner_id}"
    form = {
        "form": "add-campaign",
        "key": "autumn",
        "name": "Autumn",
        "partner": "initech",
        "primary_url": "",
    }
    answer = mara.post("/campaigns", form)
    autumn = read(workbench, Campaign, "autumn")
    assert answer.location == f"/campaigns/{autumn.campaign_id}"
    form = {
        "form": "campaign", "revision": str(autumn.revision), "name": "Autumn leaves", "partner": "initech",
        "primary_url": "https://initech.example", "people.writer": str(people["ana"].employee_id),
        "people.operator": "",
    }  # fmt: skip
    assert mara.post(answer.location, form).status_code == 303
    autumn = read(workbench, Campaign, "autumn")
    assert (autumn.name, autumn.people) == ("Autumn leaves", {"writer": people["ana"].employee_id})
    material = {
        "form": "attach",
        "label": "Tone",
        "url": "https://initech.example/tone",
        "category": "content",
    }
    assert mara.post(f"{answer.location}/attachments", material).status_code == 303
    page = mara.get(answer.location).text
    assert "for tasks of content" in page
    with workbench.reading(workbench.operator()) as tx:
        [made] = tx.find(CampaignAttachment, campaign_id=autumn.campaign_id)
    mara.post(f"{answer.location}/attachments/{made.attachment_id}/detach", {})
    assert "No material yet" in mara.get(answer.location).text


@pytest.mark.parametrize(
    ("kind", "key", "path"), [(Partner, "acme", "partners"), (Campaign, "acme_spring", "campaigns")]
)
def test_what_is_over_is_offered_nowhere_for_new_work(
    workbench, people, mara: Visitor, kind, key: str, path: str
):
    record = read(workbench, kind, key)
    page = f"/{path}/{record.record_id}"
    assert record.name in mara.get("/recipes/blog_post/new").text
    mara.post(f"{page}/deactivate", {"form": "deactivate"})
    assert "Nothing new is started for" in mara.get(page).text
    mara.post(f"{page}/deactivate", {"form": "deactivate"})
    assert "Nothing new is started for" in mara.get(page).text
    assert record.name not in main_of(mara.get("/recipes/blog_post/new").text)
    shown = mara.get("/partners").text
    assert re.search(rf"{record.name}</a> .*not active", shown)
    mara.post(f"{page}/activate", {"form": "activate"})
    assert record.name in mara.get("/recipes/blog_post/new").text
    assert mara.post(f"{page}/delete", {}).status_code == 404


def test_empty_lists_say_what_would_fill_them(workbench, app):
    with workbench.transaction(workbench.operator()) as tx:
        user = accounts.add_user(tx, "olga@example.com", "Olga", ["admin"])
    olga = Visitor.signed_in(app, user.user_id)
    shown = olga.get("/partners").text
    assert "No partners yet" in shown
    assert "No campaigns yet" in shown
    assert 'id="add-campaign"' not in shown, "a campaign is of a partner"
    assert "Nobody does the work yet" in olga.get("/people").text


@pytest.mark.wide  # makes a thousand of them
def test_a_thousand_are_paged_with_the_active_first_and_found_by_a_part_of_their_name(
    workbench, people, olga: Visitor
):
    document = {
        "employees": [
            {"key": f"e{n}", "name": f"Person {n:04}", "email": f"e{n}@example.com"} for n in range(1000)
        ],
        "partners": [{"key": f"p{n}", "name": f"Partner {n:04}"} for n in range(1000)],
        "campaigns": [{"key": f"c{n}", "name": f"Run {n:04}", "partner": f"p{n}"} for n in range(1000)],
    }
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, document)
    do(workbench, workbench.operator(), "employee deactivate", employee_id="ana")
    for path, rows in (
        ("/people", 'id="employee-'),
        ("/partners", 'id="partner-'),
        ("/partners", 'id="campaign-'),
    ):
        with counted() as statements:
            page = olga.get(path).text
        assert page.count(rows) == 50
        assert len(statements) <= 13
    first = olga.get("/people").text
    assert "1 to 50 of 1,004 employees" in first
    assert "Ana Alvarez</a>" not in first.partition("users-title")[0], "who is not active comes last"
    last = olga.get("/people?offset=1000").text
    assert "Ana Alvarez</a>" in last.partition("users-title")[0]
    assert olga.get("/people?find=person+0777").text.count('id="employee-') == 1
    found = olga.get("/partners?find=0777").text
    assert (found.count('id="partner-'), found.count('id="campaign-')) == (1, 1)
    page = f"/people/employees/{read(workbench, Employee, 'e1').employee_id}"
    assert "Nobody has that in their name" in olga.get("/people?find=nosuch").text
    assert len(olga.get("/people").text) < 250_000
    campaign = olga.get(f"/campaigns/{read(workbench, Campaign, 'c1').campaign_id}").text
    assert "The key of an employee." in campaign, "too many for a list: a key is typed"
    assert olga.get(page).status_code == 200


def test_who_may_get_a_task_stands_with_how_much_they_have_the_fittest_with_least_first(
    workbench, people, mara: Visitor
):
    """On Saturday, 21 November 2026: this week ends on the 22nd."""
    for due, who in (("2026-11-20", "ana"), ("2026-11-22", "ana"), ("2026-11-23", "ben"), (None, "ben")):
        make_task(workbench, title="Other", assignee=who, due_date=due)
    task = make_task(workbench, title="Write")
    with workbench.transaction(people["mara"]) as tx:
        task = tx.get(Task, task.task_id)
        task.assignee_role = "writer"
        saved(tx, task)
    page = mara.get(f"/people/for/{task.task_id}").text
    rows = re.findall(r"<tr data-item>(.*?)</tr>", page, re.DOTALL)
    cells = [[" ".join(_TAGS.sub(" ", cell).split()) for cell in row.split("</td>")[:-1]] for row in rows]
    counts = {name.split(" @")[1].split()[0]: tuple(numbers) for name, _, *numbers, _ in cells}
    assert counts["ana"] == ("2 open tasks of Ana Alvarez", "1", "2", "0")
    assert counts["ben"] == ("2 open tasks of Ben Brandt", "0", "0", "1")
    fit = ["writer" in roles for _, roles, *_ in cells]
    assert fit == sorted(fit, reverse=True)
    assert any(fit)
    assert not all(fit)
    found = mara.get(f"/people/for/{task.task_id}?find=@ben").text
    assert found.count("<tr data-item>") == 1
    assert "Nobody has that in their name" in mara.get(f"/people/for/{task.task_id}?find=zebra").text


def test_whoever_chooses_somebody_gets_back_to_where_they_came_from(workbench, people, mara: Visitor):
    for back, leads_to in (("/stuck", "/stuck"), ("", "/tasks/{}"), ("https://evil.example", "/tasks/{}")):
        task = make_task(workbench, title="Write")
        page = mara.get(f"/people/for/{task.task_id}?back={back}").text
        forms = re.findall(r'<form method="post" action="([^"]+/assign)">(.*?)</form>', page)
        action, inside = next(form for form in forms if people["ana"].employee_id in form[1])
        sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', inside))
        answer = mara.post(action, {name: sent[name] for name in sent if name != "csrf_token"})
        assert answer.status_code == 303
        assert answer.headers["Location"].partition("#")[0] == leads_to.format(task.task_id)
        with workbench.reading(people["mara"]) as tx:
            assert tx.get(Task, task.task_id).assignee_id == people["ana"].employee_id
        again = mara.get(f"/people/for/{task.task_id}").text
        assert again.count("has it") == 1


def test_how_much_others_have_is_seen_by_who_sees_all_work_and_for_open_tasks(
    workbench, people, mara: Visitor, as_user
):
    task = make_task(workbench, title="Write", assignee="ana")
    assert as_user("ana").get(f"/people/for/{task.task_id}").status_code == 403
    assert as_user("ben").get(f"/people/for/{task.task_id}").status_code == 404
    assert as_user("pat").get(f"/people/for/{task.task_id}").status_code == 404
    assert f'href="/people/for/{task.task_id}"' in mara.get(f"/tasks/{task.task_id}").text
    assert "/people/for/" not in as_user("ana").get(f"/tasks/{task.task_id}").text
    do(workbench, people["mara"], "task cancel", task_id=task.task_id)
    assert mara.get(f"/people/for/{task.task_id}").status_code == 409
