"""The page on which an automated task is followed, without JavaScript and as its script asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from engine.access import Actor
from engine.app import Workbench
from engine.audit import topics
from engine.audit.models import Action
from engine.executions.models import Execution, ExecutionProgress, ExecutionStatus
from engine.tasks.models import Task, TaskStatus
from tests import receiver
from tests.factories import make_task
from tests.receiver import broken, says
from tests.statements import counted
from tests.web.conftest import Visitor
from tests.web.test_execution_pages import Runs

#: Who looks and how far all has come, the journal included: the journal itself is read when that has moved.
POLL = 1


@pytest.fixture
def runs(workbench: Workbench, app: Flask, people: dict[str, Actor]) -> Iterator[Runs]:
    workbench.settings = replace(workbench.settings, private_calls=True, call_hosts="127.0.0.1")
    ana, ben = (Visitor.signed_in(app, people[name].user_id) for name in ("ana", "ben"))
    with receiver.opened() as program:
        yield Runs(workbench, ana, ben, people, program)


def track(runs: Runs, task: Task, **headers: str) -> str:
    answer = runs.ana.get(f"/tasks/{task.task_id}/track", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def execute(runs: Runs, task: Task) -> str:
    """Run it from its page, and return where that leads."""
    return runs.ana.post(f"/tasks/{task.task_id}/execute").headers["Location"]


def press(runs: Runs, text: str, label: str, **fields: str) -> str:
    """Send the form with this button, and return the page that answers it, or to which that leads."""
    forms = re.findall(r'<form[^>]* action="([^"]+)">(.*?)</form>', text, re.DOTALL)
    action, inside = next((action, inside) for action, inside in forms if f">{label}</button>" in inside)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', inside))
    answer = runs.ana.post(action, {**hidden, **fields})
    return runs.ana.get(answer.headers["Location"]).text if answer.status_code == 303 else answer.text


def buttons(text: str) -> set[str]:
    """What the bar of the page offers."""
    bar = text[text.index('id="track-actions"') : text.index('class="two"')]
    return set(re.findall(r">([^<>]+)</(?:button|a)>", bar))


def is_running(runs: Runs, task: Task, steps: list[dict[str, object]], lines: list[str]) -> None:
    """Let the newest attempt run, and have got so far."""
    with runs.workbench.transaction(runs.workbench.system_actor()) as tx:
        one = tx.find_one(Execution, task_id=task.task_id, order_by=("-attempt_number",))
        assert one is not None
        if one.status is ExecutionStatus.QUEUED:
            one.status, one.started_at, one.steps_total = ExecutionStatus.RUNNING, tx.now, 2
            tx.save(one)
            tx.record(Action.EXECUTION_STARTED, one, "It began")
            tx.add(ExecutionProgress(execution_id=one.execution_id, workspace_id=tx.workspace_id))
        progress = tx.get(ExecutionProgress, one.execution_id)
        at = "2026-11-24T09:00:00.000000Z"
        progress.steps = [{"effect": "none", "ended_at": None, "began_at": at, **step} for step in steps]
        progress.logs = [{"at": at, "text": text} for text in lines]
        tx.save(progress)
        tx.database.positions.move_to({f"{tx.workspace_id}/{topics.progress(task.task_id)}": 1})


def lines(text: str) -> list[str]:
    return re.findall(r'<li id="line-[\d-]+">.*?<span>(.*?)</span></li>', text)


def test_whoever_runs_a_task_is_led_to_where_it_is_followed(runs: Runs):
    """TRK-01, TRK-02."""
    task = runs.make()
    assert execute(runs, task) == f"/tasks/{task.task_id}/track"
    text = track(runs, task)
    assert "Attempt 1 is queued." in text
    assert "api call" in text
    assert "GET http://127.0.0.1" in text, "its steps are named before it begins"
    assert buttons(text) == {"Call it off", "Take it over", "To the task"}


def test_what_came_out_shows_in_place(runs: Runs):
    """TRK-05."""
    runs.program.usual = says({"id": "c-7", "page": "https://example.com/c-7"})
    task = runs.make(outputs={"card_id": "/id", "page": "/page"})
    execute(runs, task)
    runs.work()
    text = track(runs, task)
    assert "<title>✓ completed: #" in text
    assert "c-7" in text
    assert '<a href="https://example.com/c-7"' in text
    assert "1 of 1 done" in text
    assert buttons(text) == {"Do it anew, as a new task", "To the task"}


def test_it_fails_where_i_can_see_it(runs: Runs):
    """The story of that name: error, steps and a retry are on the same page, and the history stays."""
    runs.program.usual = 404
    task = runs.make()
    execute(runs, task)
    runs.work()
    text = track(runs, task)
    assert "What went wrong" in text
    assert "answered with status 404" in text
    assert "HTTP_REFUSED" in text
    assert "change its settings" in text, "what to do next"
    assert buttons(text) == {"Try it again", "Take it over", "To the task"}
    assert 'class="primary">Try it again' not in text, "that alone mends nothing"
    runs.program.usual = says({})
    again = press(runs, text, "Try it again")
    assert "Attempt 2 is queued." in again
    runs.work()
    text = track(runs, task)
    assert "Attempt 2 ended: completed." in text
    history = text[text.index('id="track-earlier"') :]
    assert "Attempt 1" in history
    assert "answered with status 404" in history, "the history stays"
    assert "What went wrong" not in text


def test_what_is_in_doubt_is_settled_here_and_a_refusal_stays_here(runs: Runs):
    """D9, TRK-10."""
    runs.program.answers = [broken(500)]
    task = runs.make(method="POST", body={})
    execute(runs, task)
    runs.work()
    text = track(runs, task)
    assert "Nobody knows whether it happened" in text
    assert "Say so</button>" in text
    assert "nobody knows whether it happened" in runs.ana.get("/inbox").text
    assert f"/tasks/{task.task_id}/track#settle" in runs.ana.get("/tickets").text
    assert f"/tasks/{task.task_id}/track#settle" in runs.ana.get("/stuck").text
    refused = press(runs, text, "Say so", settlement="happened", comment="")
    assert 'id="track-settle"' in refused, "it is refused on the page on which it was sent"
    assert 'aria-invalid="true"' in refused
    settled = press(runs, refused, "Say so", settlement="happened", comment="The card is on their board.")
    assert "it happened." in settled
    assert "The card is on their board." in settled
    assert "<title>✓ settled, it happened: #" in settled
    assert "Nobody knows" not in settled
    assert "outcome unknown" not in settled
    assert "nobody knows whether it happened" not in runs.ana.get("/inbox").text
    with runs.workbench.reading(runs.people["ana"]) as tx:
        assert tx.get(Task, task.task_id).status is TaskStatus.COMPLETED


def test_it_is_called_off_here_and_taken_over_here(runs: Runs):
    task = runs.make()
    execute(runs, task)
    text = press(runs, track(runs, task), "Call it off")
    assert "Attempt 1 ended: cancelled." in text
    assert "Take it over" in buttons(text)
    taken = press(runs, text, "Take it over")
    assert "Take it over" not in buttons(taken)
    assert 'id="track-head"' in taken, "it leads back here"


def test_who_took_a_failed_task_over_is_told_how_to_go_on(runs: Runs):
    runs.program.usual = 404
    task = runs.make()
    execute(runs, task)
    runs.work()
    text = press(runs, track(runs, task), "Take it over")
    assert "It is yours. Put it back to do on its page, then start it." in text
    assert 'class="primary">Try it again' not in text


def test_a_repetition_that_is_called_off_is_promised_no_more(runs: Runs):
    runs.program.answers = [broken(500)]
    task = runs.make(method="POST", body={}, idempotency_header="Idempotency-Key")
    execute(runs, task)
    runs.work()
    text = track(runs, task)
    assert "It is tried again by itself." in text
    text = press(runs, text, "Call it off")
    assert "It is tried again by itself." not in text
    assert "Nothing more is begun. It may have happened already" in text


def test_who_was_told_is_named_in_words_and_not_by_ids(runs: Runs):
    config = {"executor": "notification", "subject": "Look", "recipients": [{"relation": "owner"}]}
    given = {"execution_type": "manual_trigger", "execution_config": config}
    task = make_task(runs.workbench, actor=runs.people["ana"], **given)
    execute(runs, task)
    runs.work()
    for text in (track(runs, task), runs.page(task)):
        assert "completed" in text
        assert "<dt>Told" not in text
        assert "<dt>told" not in text
        assert "[&#39;usr_" not in text
    assert "It went to Ana." in track(runs, task)
    assert "It needed no steps." in track(runs, task)


def test_a_report_says_for_whom_it_is_and_stands_under_tickets(runs: Runs):
    config = {"executor": "api_call", "url": f"http://127.0.0.1:{runs.program.port}/cards"}
    given = {"execution_type": "manual_trigger", "execution_config": config, "campaign": "acme_spring"}
    task = make_task(runs.workbench, actor=runs.people["ana"], **given)
    text = track(runs, task)
    campaign = re.search(r"<dt>For</dt><dd>([^<]+)</dd>", text)
    assert campaign is not None
    assert campaign[1] in runs.ana.get("/tickets").text
    assert re.search(r'<a[^>]* href="/tickets"[^>]* aria-current="(page|true)"', text)


def test_whoever_has_no_ticket_is_not_led_round(runs: Runs):
    runs.make()
    assert "No tickets yet" in runs.ben.get("/tickets").text
    assert "No ticket matches" in runs.ben.get("/tickets?status=failed").text


def test_a_press_that_comes_too_late_is_refused_here(runs: Runs):
    task = runs.make()
    execute(runs, task)
    shown = track(runs, task)
    runs.work()
    refused = press(runs, shown, "Call it off")
    assert 'id="track-head"' in refused
    assert "Not done:" in refused
    assert "there is nothing to cancel" in refused


def test_a_running_attempt_shows_its_steps_with_what_is_to_come(runs: Runs):
    """TRK-03, TRK-04."""
    task = runs.make()
    execute(runs, task)
    done = {"name": "Look", "state": "done", "ended_at": "2026-11-24T09:00:02.500000Z"}
    is_running(runs, task, [done, {"name": "Write", "state": "begun"}], ["It looks good."])
    text = track(runs, task)
    assert "Attempt 1 is running: Write." in text
    assert "done, 2 s" in text
    assert "being done" in text
    assert "to do" in text, "what its settings plan and it has not begun"
    assert lines(text) == ["It looks good."]
    assert 'data-every="2000"' in text


def test_nothing_of_a_page_that_says_nothing_new_is_read(runs: Runs):
    task = runs.make()
    execute(runs, task)
    is_running(runs, task, [], ["One."])
    address = f"/tasks/{task.task_id}/track"
    held = runs.ana.get(address, headers={"X-Live": "1"}).headers["ETag"]
    poll = {"If-None-Match": held, "X-Live": "1", "X-Live-After": "1.1"}
    with counted() as statements:
        assert runs.ana.get(address, headers=poll).status_code == 304
    assert len(statements) == POLL
    is_running(runs, task, [], ["One.", "Two."])
    assert runs.ana.get(address, headers=poll).status_code == 200, "the journal is no event, and is followed"


def test_only_lines_that_the_script_lacks_are_sent_and_the_cursor_only_rises(runs: Runs):
    """D10."""
    task = runs.make()
    execute(runs, task)
    track(runs, task)  # what is said once was said; from now on pages are kept
    is_running(runs, task, [], ["One.", "Two."])
    first = track(runs, task, **{"X-Live": "1"})
    place = re.search(r'data-place="([\d.]+)"', first)
    assert place is not None
    is_running(runs, task, [], ["One.", "Two.", "Three."])
    then = track(runs, task, **{"X-Live": "1", "X-Live-After": place[1]})
    assert (lines(first), lines(then)) == (["One.", "Two."], ["Three."])
    assert 'data-place="1.3"' in then
    assert lines(track(runs, task)) == ["One.", "Two.", "Three."], "who loads the page has all of them"
    assert lines(track(runs, task, **{"X-Live": "1", "X-Live-After": "soon"})) == ["One.", "Two.", "Three."]
    runs.work()
    ended = track(runs, task)
    cursors = [_cursor(text) for text in (first, then, ended)]
    assert cursors == sorted(cursors)
    assert len({*cursors}) == len(cursors)


def test_a_task_that_people_do_says_so(runs: Runs):
    task = make_task(runs.workbench, actor=runs.people["ana"])
    text = track(runs, task)
    assert "It has not been run yet." in text
    assert "People do task #1" in text, "why it cannot be run"
    assert buttons(text) <= {"Take it over", "To the task"}


def test_it_is_as_hidden_as_its_task(runs: Runs):
    task = runs.make()
    assert runs.ben.get(f"/tasks/{task.task_id}/track").status_code == 404


def _cursor(text: str) -> tuple[int, ...]:
    found = re.search(r'data-cursor="([\d.]+)"', text)
    assert found is not None
    return tuple(map(int, found[1].split(".")))
