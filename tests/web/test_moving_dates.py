"""The page that moves a bundle's dates asks for all days that they count from, and names what stays (R3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action
from engine.bundles import instantiate
from engine.bundles.models import Bundle
from engine.bundles.request import NewBundle
from engine.clock import FixedClock
from engine.config import Settings
from engine.tasks.models import Task
from tests.conftest import commit_all
from tests.web.cli.test_bundle_commands import RELEASE
from tests.web.conftest import Visitor


@pytest.fixture
def workbench(settings: Settings, content_repo: Path, clock: FixedClock) -> Iterator[Workbench]:
    """An engine over the shipped content and a template whose dates count from a parameter too."""
    (content_repo / "content/task_templates/release.yaml").write_text(RELEASE, encoding="utf-8")
    commit_all(content_repo)
    engine = Workbench(replace(settings, content=str(content_repo)), clock=clock)
    yield engine
    engine.close()


@pytest.fixture
def release(workbench: Workbench, people: dict[str, Actor]) -> Bundle:
    content = workbench.content()
    given = {"final_day": "2026-12-27"}
    with workbench.transaction(people["mara"]) as tx:
        new = NewBundle(template="release", anchor_date=date(2026, 12, 20), parameters=given)
        return instantiate.create(tx, content, new)


@pytest.fixture
def page(mara: Visitor, release: Bundle) -> Callable[..., str]:
    def ask(**days: str) -> str:
        query = {name if name == "anchor_date" else f"parameters.{name}": day for name, day in days.items()}
        return mara.get(f"/bundles/{release.bundle_id}/reanchor", query_string=query).text

    return ask


def value_of(page: str, name: str) -> str:
    found = re.search(rf'<input type="(?:date|text)" id="{re.escape(name)}"[^>]* value="([^"]*)"', page)
    assert found, name
    return found[1]


def part(page: str, title: str) -> str:
    """Return the section of the page with this title, as words."""
    section = page.split(f'id="{title}"', maxsplit=1)[1].split("</section>", maxsplit=1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", section).split())


def dates_of(workbench: Workbench, bundle: Bundle) -> dict[str, str]:
    with workbench.reading(workbench.operator()) as tx:
        found = tx.find(Task, bundle_id=bundle.bundle_id)
    return {str(task.template_task_ref): str(task.due_date) for task in found}


def test_the_form_asks_for_the_days_that_dates_count_from_as_they_are(page: Callable[..., str]) -> None:
    shown = page()
    assert value_of(shown, "anchor_date") == "2026-12-20"
    assert value_of(shown, "parameters.final_day") == "2026-12-27"
    assert '<label for="parameters.final_day">Final day</label>' in shown
    assert "nothing is changed yet" not in shown


def test_what_stays_is_named_with_its_reason_and_what_is_then_early_is_warned_about(
    page: Callable[..., str],
) -> None:
    shown = page(anchor_date="2027-01-20")
    assert "#1 Prepare" in part(shown, "changes-title")
    stays = part(shown, "kept-title")
    assert "3 due dates stay" in stays
    assert (
        "#2 Fly ! due before “Prepare”, which it comes after Sun 27 Dec counted from Final day, which stays"
        in stays
    )
    assert "counted from the start of the bundle" in stays


def test_anchor_and_parameter_move_in_one_step(
    page: Callable[..., str], mara: Visitor, release: Bundle, workbench: Workbench
) -> None:
    shown = page(anchor_date="2027-01-20", final_day="2027-01-27")
    assert "2 due dates move" in part(shown, "changes-title")
    assert "which it comes after" not in shown
    form = shown.split('class="thumb" method="post"')[1].split("</form>")[0]
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    assert (sent.get("anchor_date"), sent.get("parameters.final_day")) == ("2027-01-20", "2027-01-27")
    answer = mara.post(f"/bundles/{release.bundle_id}/reanchor", {**sent, "csrf_token": mara.token()})
    assert answer.status_code == 303
    assert (
        "The anchor date is Wed 20 Jan 2027 now, Final day is 2027-01-27 now; 2 due dates moved with them."
        in mara.get(answer.headers["Location"]).text
    )
    dates = dates_of(workbench, release)
    assert (dates["prepare"], dates["fly"]) == ("2027-01-17", "2027-01-27")
    with workbench.reading(workbench.operator()) as tx:
        given = {"final_day": "2027-01-27", "quick": "2026-12-10"}
        assert tx.get(Bundle, release.bundle_id).parameters == given


def test_a_day_that_is_emptied_is_its_default_again_and_the_page_says_so(
    page: Callable[..., str], mara: Visitor, release: Bundle
) -> None:
    assert "Emptied, it is 2026-12-10 again, its default." in page()
    told = "Quick day is empty: it is 2026-12-10 again, its default."
    assert told in part(page(anchor_date="2026-12-20", quick=""), "changes-title")
    days = {"anchor_date": "2026-12-22", "parameters.quick": ""}
    answer = mara.post(f"/bundles/{release.bundle_id}/reanchor", days)
    assert told in mara.get(answer.headers["Location"]).text


def test_of_days_that_moved_alone_nothing_is_said_of_the_anchor_date(mara: Visitor, release: Bundle) -> None:
    days = {"anchor_date": "2026-12-20", "parameters.final_day": "2026-12-29"}
    answer = mara.post(f"/bundles/{release.bundle_id}/reanchor", days)
    shown = mara.get(answer.headers["Location"]).text
    assert "Final day is 2026-12-29 now; 1 due date moved with it." in shown
    assert "The anchor date is" not in shown


def test_a_day_at_the_edge_of_time_is_refused_in_words_of_the_calendar(page: Callable[..., str]) -> None:
    told = "no due date can be counted from this day: the date lies outside the years 1 to 9999"
    assert told in page(anchor_date="0001-01-01").split('id="anchor_date-error"')[1]


@pytest.mark.parametrize(("day", "words"), [("soon", "is not a date"), ("", "Final day is missing")])
def test_a_day_that_cannot_be_is_refused_at_its_field(
    mara: Visitor, release: Bundle, page: Callable[..., str], day: str, words: str
) -> None:
    assert (
        words
        in page(anchor_date="2027-01-20", final_day=day).split(
            'class="error" id="parameters.final_day-error"'
        )[1]
    )
    given = {"form": "reanchor", "anchor_date": "2027-01-20", "parameters.final_day": day}
    answer = mara.post(f"/bundles/{release.bundle_id}/reanchor", given)
    assert answer.status_code == 400
    assert value_of(answer.text, "parameters.final_day") == day
    assert 'aria-describedby="parameters.final_day-error"' in answer.text


def test_the_page_stands_also_for_somebody_who_may_not_move_anything(
    app: Flask, people: dict[str, Actor], release: Bundle, workbench: Workbench
) -> None:
    with workbench.transaction(people["mara"]) as tx:
        task = tx.find(Task, bundle_id=release.bundle_id)[0]
        task.assignee_id = people["ana"].employee_id
        tx.save(task)
        tx.record(Action.TASK_UPDATED, task, "assigned")
    ana = Visitor.signed_in(app, people["ana"].user_id)
    shown = ana.get(f"/bundles/{release.bundle_id}/reanchor")
    assert shown.status_code == 200
    assert "moving its dates is for its owner" in shown.text
    assert 'name="anchor_date"' not in shown.text
