"""The list of tickets, the way to a ticket from a recipe's form, and addresses of earlier systems."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask

from engine.access import Actor
from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.executions import running
from engine.executions.models import Execution
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from engine.tasks.models import Task
from tests.engine.recipes.conftest import asking_here
from tests.receiver import Receiver, opened, says
from tests.web.conftest import Visitor

FORM = {
    "form": "start",
    "anchor_date": "2026-11-23",
    "param.day": "2026-11-20",
    "param.from_currency": "USD",
    "param.to_currency": "EUR",
    "for": "",
    "title": "",
}
RATES = says({"date": "2026-11-20", "rates": {"EUR": 0.95}})


@pytest.fixture
def program(workbench: Workbench):
    """What the shipped recipe asks, on this machine."""
    with opened() as receiver:
        content = asking_here(workbench.content(), receiver.port)
        workbench.content = lambda: content
        workbench.settings = replace(workbench.settings, private_calls=True, call_hosts="127.0.0.1")
        yield receiver


def work(workbench: Workbench) -> None:
    """Do what is queued."""
    kinds = Kinds([running.running(workbench)])
    engine = EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids)
    while engine.do_one("worker"):
        pass


def begin(visitor: Visitor, **fields: str) -> str:
    """Send the form of the recipe; return the id of the ticket to which that leads."""
    answer = visitor.post("/recipes/exchange_rate/new", {**FORM, **fields})
    assert answer.status_code == 303, answer.text
    found = re.fullmatch(r"/tasks/(tsk_\w+)/track", answer.headers["Location"])
    assert found, answer.headers["Location"]
    return found[1]


def row_of(page: str, task_id: str) -> str:
    return page.split(f'id="ticket-{task_id}"')[1].split("</tr>", maxsplit=1)[0]


def of_task(workbench: Workbench, task_id: str) -> tuple[Task, list[Execution]]:
    with workbench.reading(workbench.system_actor()) as tx:
        return tx.get(Task, task_id), tx.find(Execution, task_id=task_id, order_by=("attempt_number",))


# -- from the form to the ticket -----------------------------------------------------------


def test_the_form_of_a_recipe_leads_at_once_to_where_its_ticket_is_followed(
    ana: Visitor, workbench: Workbench, program: Receiver
) -> None:
    task, attempts = of_task(workbench, begin(ana))
    assert [one.status.value for one in attempts] == ["queued"]
    assert task.title == "Look up what one USD was in EUR on 2026-11-20"
    assert program.got == []


def test_the_form_sent_twice_starts_one_and_leads_to_the_same_ticket(
    ana: Visitor, workbench: Workbench, program: Receiver
) -> None:
    assert begin(ana, idempotency_key="once") == begin(ana, idempotency_key="once")
    with workbench.reading(workbench.system_actor()) as tx:
        assert (tx.count(Bundle), tx.count(Execution)) == (1, 1)


def test_a_recipe_that_people_begin_leads_to_its_bundle(mara: Visitor) -> None:
    blog = {"form": "start", "anchor_date": "2026-12-18", "param.topic": "Tents", "for": "partner:acme"}
    answer = mara.post("/recipes/blog_post/new", blog)
    assert re.fullmatch(r"/bundles/bnd_\w+", answer.headers["Location"])


def test_what_cannot_be_right_is_said_at_its_field_and_the_rest_is_kept(
    ana: Visitor, workbench: Workbench, program: Receiver
) -> None:
    answer = ana.post(
        "/recipes/exchange_rate/new", {**FORM, "param.day": "yesterday", "title": "For the books"}
    )
    page = ana.get(answer.headers["Location"]).text if answer.status_code == 303 else answer.text
    assert 'value="For the books"' in page
    assert re.search(r'id="start-param.day"[^>]*aria-invalid="true"', page)
    with workbench.reading(workbench.system_actor()) as tx:
        assert tx.count(Bundle) == 0


def test_a_retired_recipe_and_an_unknown_one_are_not_found(
    ana: Visitor, workbench: Workbench, program: Receiver
) -> None:
    content = workbench.content()
    resolved = content.resolve("exchange_rate")
    over = resolved.template.model_copy(update={"status": "retired"})
    known = {("exchange_rate", None, None): replace(resolved, template=over)}
    gone = replace(content, templates={**content.templates, "exchange_rate": over}, _resolved=known)
    workbench.content = lambda: gone  # type: ignore[method-assign]
    retired = ana.get("/recipes/exchange_rate/new")
    assert retired.status_code == 404
    assert "This template is retired; only active ones can be started. Ask finance-team" in retired.text
    assert ana.get("/recipes/no_such_recipe/new").status_code == 404
    assert "/recipes/exchange_rate/new" not in ana.get("/recipes").text


# -- the gallery ---------------------------------------------------------------------------


def test_a_card_says_how_long_runs_took_and_how_many_succeeded_once_there_are_some(
    ana: Visitor, workbench: Workbench, program: Receiver
) -> None:
    def card() -> str:
        found = ana.get("/recipes").text.split("/recipes/exchange_rate/new")[1].split("</li>")[0]
        return " ".join(re.sub(r"<[^>]+>", " ", found).split())

    assert "Runs by itself" in card()
    assert "succeeded" not in card()
    program.answers = [RATES, 404]
    for key in ("a", "b"):
        begin(ana, idempotency_key=key)
        workbench.clock.advance(seconds=90)  # type: ignore[attr-defined]
        work(workbench)
    assert "Runs by itself, about 2 min; 1 of 2 succeeded" in card()
    assert "succeeded" not in ana.get("/recipes").text.split("/recipes/blog_post/new")[1].split("</li>")[0]


# -- the list ------------------------------------------------------------------------------


def test_the_list_leads_to_each_ticket_and_says_how_far_it_is(
    ana: Visitor, workbench: Workbench, program: Receiver
) -> None:
    program.answers = [RATES, 404]
    done = begin(ana)
    work(workbench)
    failed = begin(ana)
    work(workbench)
    waiting = begin(ana)
    page = ana.get("/tickets").text
    for task_id in (done, failed, waiting):
        assert f'href="/tasks/{task_id}/track"' in row_of(page, task_id)
    assert re.sub(r"\s+", " ", row_of(page, done)).count("1 of 1") == 1
    assert "2 values" in row_of(page, done)
    assert "Exchange rate of a day, research" in row_of(page, done)
    assert "answered with status 404" in row_of(page, failed)
    assert "Queued" in row_of(page, waiting)
    assert page.index(waiting) < page.index(failed) < page.index(done)


def test_each_ticket_offers_what_can_be_done_with_it_now_and_nothing_else(
    ana: Visitor, workbench: Workbench, program: Receiver
) -> None:
    def offered(task_id: str) -> set[str]:
        row = row_of(ana.get("/tickets").text, task_id)
        return {word for word in ("Call it off", "Try again", "Start anew") if f">{word}<" in row}

    program.answers = [RATES, 404]
    done = begin(ana)
    work(workbench)
    failed = begin(ana)
    work(workbench)
    waiting = begin(ana)
    assert offered(done) == {"Start anew"}
    assert offered(failed) == {"Try again", "Start anew"}
    assert ">Start anew<" in ana.get(f"/tasks/{failed}/track").text
    assert ">Start anew<" not in ana.get(f"/tasks/{waiting}/track").text
    assert offered(waiting) == {"Call it off"}


def test_a_ticket_is_called_off_and_tried_again_from_the_list_which_comes_back(
    ana: Visitor, workbench: Workbench, program: Receiver
) -> None:
    task_id = begin(ana)
    back = {"back": "/tickets?status=waiting"}
    for verb, statuses in (("cancel", ["cancelled"]), ("retry", ["cancelled", "queued"])):
        one = of_task(workbench, task_id)[1][-1]
        answer = ana.post(f"/executions/{one.execution_id}/{verb}", back)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/tickets?status=waiting")
        assert [attempt.status.value for attempt in of_task(workbench, task_id)[1]] == statuses


def test_starting_anew_has_the_same_answers(ana: Visitor, workbench: Workbench, program: Receiver) -> None:
    task_id = begin(ana, **{"param.from_currency": "CHF"})
    work(workbench)
    address = re.search(
        r'href="(/recipes/exchange_rate/new\?[^"]+)"', row_of(ana.get("/tickets").text, task_id)
    )
    assert address
    form = ana.get(address[1].replace("&amp;", "&")).text
    assert 'value="2026-11-20"' in form
    assert '<option value="CHF" selected>' in form


def test_the_list_is_narrowed_by_its_address_and_an_empty_one_leads_to_all(
    ana: Visitor, program: Receiver
) -> None:
    task_id = begin(ana)
    assert task_id in ana.get("/tickets?status=pending&category=research").text
    none = ana.get("/tickets?status=failed").text
    assert task_id not in none
    assert "No ticket matches" in none
    refused = ana.get("/tickets?status=sleeping")
    assert refused.status_code == 400
    assert "use waiting, active, succeeded, failed, cancelled" in refused.text


def test_without_tickets_the_list_says_what_would_fill_it(ana: Visitor) -> None:
    page = ana.get("/tickets").text
    assert "No tickets yet" in page
    assert "No ticket matches" not in page


def test_nobody_sees_the_tickets_of_others(
    ana: Visitor, app: Flask, people: dict[str, Actor], program: Receiver
) -> None:
    ben, task_id = Visitor.signed_in(app, people["ben"].user_id), begin(ana)
    assert task_id in ana.get("/tickets").text
    assert task_id not in ben.get("/tickets").text


def test_an_open_list_hears_of_what_becomes_of_its_tickets(
    ana: Visitor, workbench: Workbench, program: Receiver
) -> None:
    task_id = begin(ana)
    ana.get("/tickets")  # with the message, which is shown once
    first = ana.get("/tickets")
    held = {"If-None-Match": first.headers["ETag"], "X-Live": "1"}
    assert ana.get("/tickets", headers=held).status_code == 304
    program.usual = RATES
    work(workbench)
    later = ana.get("/tickets", headers=held)
    assert later.status_code == 200
    assert "Done" in row_of(later.text, task_id)


# -- where it was --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("work-tickets/view", "/tickets"),
        ("work-tickets-view?status=running", "/tickets?status=running"),
        ("work-tickets", "/tickets"),
        ("work-tickets/new", "/recipes"),
        ("work-tickets/new/configure?recipe=exchange_rate", "/recipes/exchange_rate/new"),
        ("work-tickets/new/configure", "/recipes"),
        ("work-tickets/tsk_1/track", "/tasks/tsk_1/track"),
        ("work-tickets/tsk_1", "/tasks/tsk_1/track"),
        ("work-tickets/tsk_1/outputs", "/tasks/tsk_1/track#outputs"),
        ("outputs", "/tickets"),
    ],
)
def test_addresses_of_earlier_systems_lead_to_where_that_is_now(ana: Visitor, old: str, new: str) -> None:
    answer = ana.get(f"/projects/prj_1/{old}")
    assert (answer.status_code, answer.headers["Location"]) == (301, new)


@pytest.mark.parametrize("old", ["", "settings", "work-tickets/tsk_1/other"])
def test_another_address_below_a_project_is_not_there(ana: Visitor, old: str) -> None:
    assert ana.get(f"/projects/prj_1/{old}").status_code == 404


def test_an_address_of_an_earlier_system_leads_to_this_site_alone(ana: Visitor) -> None:
    answer = ana.get("/projects/x/work-tickets/new/configure?recipe=//evil.example")
    assert answer.headers["Location"] == "/recipes/%2F%2Fevil.example/new"
    answer = ana.get("/projects/x/work-tickets/%2F%2Fevil.example/track")
    assert not answer.headers.get("Location", "").startswith("//")
