"""The page that brings a bundle to a newer revision of its template: what is other, choices, undo (D4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.bundles import instantiate
from engine.bundles.models import Bundle
from engine.bundles.request import NewBundle
from engine.clock import FixedClock
from engine.config import Settings
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.conftest import commit_all, git
from tests.factories import do
from tests.web.conftest import Visitor

TEMPLATE = """\
# yaml-language-server: $schema=../schemas/task_template.schema.json
key: launch
name: Launch
task_type: untyped
tasks:
  - {ref: write, title: Write it, offset_days: -5}
  - {ref: check, title: Check it, offset_days: -3, assignee: {role: writer}}
"""
_FILE = "content/task_templates/launch.yaml"


@pytest.fixture
def workbench(settings: Settings, content_repo: Path, clock: FixedClock) -> Iterator[Workbench]:
    """An engine over the shipped content and a small template that the tests change."""
    (content_repo / _FILE).write_text(TEMPLATE, encoding="utf-8")
    commit_all(content_repo)
    engine = Workbench(replace(settings, content=str(content_repo)), clock=clock)
    yield engine
    engine.close()


@pytest.fixture
def bundle(workbench: Workbench, people: dict[str, Actor]) -> Bundle:
    content = workbench.content()
    with workbench.transaction(people["mara"]) as tx:
        new = NewBundle(template="launch", anchor_date=date(2026, 12, 20), campaign="acme_spring")
        return instantiate.create(tx, content, new)


def tasks(workbench: Workbench, bundle: Bundle) -> dict[str, Task]:
    with workbench.reading(workbench.operator()) as tx:
        return {str(one.template_task_ref): one for one in tx.find(Task, bundle_id=bundle.bundle_id)}


def change(folder: Path) -> None:
    """Move a day, give a title, and add a task."""
    text = TEMPLATE.replace("offset_days: -5", "offset_days: -7").replace("Check it", "Check every word")
    (folder / _FILE).write_text(
        text + "  - {ref: tell, title: Tell them, offset_days: 0}\n", encoding="utf-8"
    )
    commit_all(folder)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1]).split())


def test_the_bundle_leads_to_what_a_newer_template_would_change_once_there_is_one(
    mara: Visitor, bundle: Bundle, content_repo: Path
) -> None:
    link = f'href="/bundles/{bundle.bundle_id}/migrate"'
    assert link not in mara.get(f"/bundles/{bundle.bundle_id}").text
    nothing = words(mara.get(f"/bundles/{bundle.bundle_id}/migrate").text)
    assert "This bundle has the newest revision of its template." in nothing
    assert "Undo" not in nothing
    change(content_repo)
    assert link in mara.get(f"/bundles/{bundle.bundle_id}").text
    for page in ("", "/migrate", "/origins"):
        assert 'href="/templates/launch/changes"' in mara.get(f"/bundles/{bundle.bundle_id}{page}").text
    shown = words(mara.get(f"/bundles/{bundle.bundle_id}/migrate").text)
    assert "Write it Due date Tue 15 Dec 2026 → Sun 13 Dec 2026 nobody has begun it" in shown
    assert "Check it Title Check it → Check every word nobody has begun it" in shown
    assert "Tell them New in the template what comes after it has not begun" in shown
    assert "For you to decide" not in shown


def test_what_is_safe_is_taken_and_can_be_undone_where_it_is_told(
    mara: Visitor, workbench: Workbench, bundle: Bundle, content_repo: Path
) -> None:
    change(content_repo)
    page = mara.post(f"/bundles/{bundle.bundle_id}/migrate", follow_redirects=True)
    assert "follows the newer template now" in words(page.text)
    assert str(tasks(workbench, bundle)["write"].due_date) == "2026-12-13"
    assert "Undo its last migration" in page.text
    undone = mara.post(f"/bundles/{bundle.bundle_id}/migrate", data={"undo": "true"}, follow_redirects=True)
    assert "follows the template that it had before its migration" in words(undone.text)
    assert str(tasks(workbench, bundle)["write"].due_date) == "2026-12-15"


def test_what_a_person_began_is_theirs_to_decide_and_the_choice_is_kept(
    mara: Visitor, workbench: Workbench, bundle: Bundle, content_repo: Path, people: dict[str, Actor]
) -> None:
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.start(tx, tasks(workbench, bundle)["write"].task_id)
    change(content_repo)
    at = f"/bundles/{bundle.bundle_id}/migrate"
    page = mara.get(at).text
    assert 'name="choices.write.due_date" value="keep" required' in page
    assert "Take the template’s: Sun 13 Dec 2026" in words(page)
    refused = mara.post(at, {"form": "migrate"})
    assert refused.status_code == 400
    assert "write.due_date" in words(refused.text)
    mara.post(at, data={"choices.write.due_date": "keep"})
    assert str(tasks(workbench, bundle)["write"].due_date) == "2026-12-15"
    assert tasks(workbench, bundle)["check"].title == "Check every word"


def test_a_step_is_named_by_its_title_with_what_became_of_it(
    mara: Visitor, bundle: Bundle, content_repo: Path
) -> None:
    step = ", steps: [{ref: spell, title: Look at each name}]}"
    file = content_repo / _FILE
    file.write_text(TEMPLATE.replace("offset_days: -5}", f"offset_days: -5{step}"), encoding="utf-8")
    commit_all(content_repo)
    at = f"/bundles/{bundle.bundle_id}/migrate"
    assert "Write it Steps: “Look at each name” made required nobody" in words(mara.get(at).text)
    mara.post(at)
    file.write_text(TEMPLATE, encoding="utf-8")
    commit_all(content_repo)
    assert "Steps: “Look at each name” no longer required nobody" in words(mara.get(at).text)


def test_what_stays_comes_after_the_button_and_is_opened_by_whoever_asks(
    mara: Visitor, workbench: Workbench, bundle: Bundle, content_repo: Path, people: dict[str, Actor]
) -> None:
    with workbench.transaction(people["mara"]) as tx:
        task_id = tasks(workbench, bundle)["write"].task_id
        lifecycle.start(tx, task_id)
        lifecycle.complete(tx, task_id)
    change(content_repo)
    page = mara.get(f"/bundles/{bundle.bundle_id}/migrate").text
    assert page.index("Take the newer template</button>") < page.index("<summary>Stays as it is: 1</summary>")


def test_who_may_not_migrate_is_told_whom_to_ask(ana: Visitor, bundle: Bundle, content_repo: Path) -> None:
    change(content_repo)
    page = words(ana.get(f"/bundles/{bundle.bundle_id}/migrate").text)
    assert "bringing it to a newer template is for its owner, Mara, or a manager" in page
    assert "See what would change" not in words(ana.get(f"/bundles/{bundle.bundle_id}").text)


def test_a_closed_bundle_keeps_its_template(
    mara: Visitor, workbench: Workbench, bundle: Bundle, content_repo: Path, people: dict[str, Actor]
) -> None:
    do(workbench, people["mara"], "bundle cancel", bundle_id=bundle.bundle_id)
    change(content_repo)
    page = words(mara.get(f"/bundles/{bundle.bundle_id}/migrate").text)
    assert "This bundle is cancelled: it keeps the template that it had." in page


def test_a_template_that_changed_again_is_not_taken_unseen(
    mara: Visitor, workbench: Workbench, bundle: Bundle, content_repo: Path
) -> None:
    change(content_repo)
    at = f"/bundles/{bundle.bundle_id}/migrate"
    seen = re.search(r'name="seen" value="(\w+)"', mara.get(at).text)
    assert seen
    before = tasks(workbench, bundle)
    file = content_repo / _FILE
    file.write_text(file.read_text().replace("Tell them", "Tell nobody"), encoding="utf-8")
    commit_all(content_repo)
    refused = mara.post(at, {"form": "migrate", "seen": seen[1]})
    assert refused.status_code == 409
    assert "has changed again since you looked" in words(refused.text)
    assert tasks(workbench, bundle) == before
    again = re.search(r'name="seen" value="(\w+)"', refused.text)
    assert again
    assert mara.post(at, {"form": "migrate", "seen": again[1]}).status_code == 303
    assert tasks(workbench, bundle)["tell"].title == "Tell nobody"


def test_a_task_that_the_template_has_no_more_leads_to_nothing_that_is_not_there(
    mara: Visitor, workbench: Workbench, bundle: Bundle, content_repo: Path
) -> None:
    written = f"/tasks/{tasks(workbench, bundle)['write'].task_id}"
    assert "Where it comes from" in mara.get(written).text
    shorter = TEMPLATE.replace("  - {ref: write, title: Write it, offset_days: -5}\n", "")
    (content_repo / _FILE).write_text(shorter, encoding="utf-8")
    commit_all(content_repo)
    mara.post(f"/bundles/{bundle.bundle_id}/migrate")
    page = mara.get(written)
    assert page.status_code == 200
    assert "The template has it no more" in words(page.text)
    assert "Where it comes from" not in page.text


def test_a_manager_brings_the_chosen_bundles_of_a_template_to_the_newest_with_a_result_each(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor], bundle: Bundle, content_repo: Path
) -> None:
    content = workbench.content()
    with workbench.transaction(people["mara"]) as tx:
        new = NewBundle(template="launch", anchor_date=date(2026, 12, 21), title="Another")
        other = instantiate.create(tx, content, new)
    at = "/templates/launch/migrate"
    assert "No running bundle that you may migrate has an older revision." in words(mara.get(at).text)
    change(content_repo)
    assert f'href="{at}"' in mara.get("/templates/launch").text
    page = mara.get(at).text
    assert words(page).count("takes the newer template") == 2
    nothing = mara.post(at, {"form": "migrate-all"})
    assert nothing.status_code == 400
    assert "Choose at least one bundle." in nothing.text
    done = words(mara.post(at, {"form": "migrate-all", "bundles": other.bundle_id, "choice": ""}).text)
    assert "1 migrated" in done
    assert "Another follows the newer template now" in done
    assert "tell" in tasks(workbench, other)
    assert "tell" not in tasks(workbench, bundle)
    assert words(mara.get(at).text).count("takes the newer template") == 1


def test_a_lead_looks_at_another_revision_and_migrates_to_it_and_nobody_else_may(
    mara: Visitor, ana: Visitor, workbench: Workbench, bundle: Bundle, content_repo: Path
) -> None:
    git(content_repo, "checkout", "-q", "-b", "trial")
    change(content_repo)
    git(content_repo, "checkout", "-q", "main")
    at = f"/bundles/{bundle.bundle_id}/migrate"
    assert "This bundle has the newest revision" in words(mara.get(at).text)
    page = mara.get(f"{at}?to=trial").text
    assert "Template at trial" in words(page)
    assert '<input type="hidden" name="to" value="trial">' in page
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    assert mara.post(at, {"form": "migrate", "seen": seen[1], "to": "trial"}).status_code == 303
    assert "tell" in tasks(workbench, bundle)
    assert ana.get("/templates/launch/migrate?to=trial").status_code == 403
