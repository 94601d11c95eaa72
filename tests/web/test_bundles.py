"""The bundle list and the page of one bundle: what they show, what they change, and for whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from markupsafe import escape

from engine.access import Actor
from engine.accounts import passwords
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.bundles import links, service
from engine.bundles.models import Bundle, BundleLink
from engine.clock import FixedClock
from engine.config import Settings
from engine.reference import service as reference
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.conftest import commit_all
from tests.factories import PASSWORD, make_bundle, make_people
from tests.statements import counted
from tests.told import saved
from tests.web.conftest import Visitor
from web import create_app
from web.pages import bundle as bundle_page
from web.pages.bundle import MOST_NAMED
from web.pages.choices import MOST

People = dict[str, Actor]


@pytest.fixture
def episode(workbench: Workbench, people: People) -> Bundle:
    return make_bundle(workbench, actor=people["mara"], title="Ada on engines", partner="acme")


@pytest.fixture
def scan(workbench: Workbench, people: People) -> Bundle:
    """A small bundle: two tasks, one required link."""
    return make_bundle(workbench, "local_grid_scan", actor=people["mara"], title="Scan of the shop")


def tasks_of(workbench: Workbench, bundle: Bundle) -> list[Task]:
    with workbench.reading(workbench.operator()) as tx:
        return sorted(tx.find(Task, bundle_id=bundle.bundle_id), key=lambda task: task.position)


def named_open(text: str) -> int:
    """Count the tasks that are named as keeping a bundle open."""
    return text.split('id="open-tasks"')[1].split("</details>", maxsplit=1)[0].count("<li>")


def test_a_long_bundle_shows_its_first_tasks_and_leads_to_all_of_them(
    mara: Visitor, workbench: Workbench, episode: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = len(tasks_of(workbench, episode))
    whole = mara.get(f"/bundles/{episode.bundle_id}").text
    assert whole.count('id="task-tsk_') == every > MOST_NAMED
    assert "in the list</a></p>" not in whole.split('id="tasks-title"')[1].split('id="blockers"')[0]
    assert named_open(whole) == MOST_NAMED
    rest = (
        f'<a href="/board?view=list&amp;bundle={episode.bundle_id}&amp;status=open">All {every} in the list'
    )
    assert rest in whole
    monkeypatch.setattr(bundle_page, "MOST_ROWS", 3)
    cut = mara.get(f"/bundles/{episode.bundle_id}?order=hidden").text
    assert cut.count('id="task-tsk_') == 3
    told = re.findall(r'bundle=[a-zA-Z0-9_]+">(\d+) more tasks? in the list', cut)
    assert sum(map(int, told)) == every - 3
    assert f"of {every} closed" in cut
    listed = mara.get(f"/board?view=list&bundle={episode.bundle_id}").text
    assert f"of {every} tasks" in listed


def links_of(workbench: Workbench, bundle: Bundle) -> list[BundleLink]:
    with workbench.reading(workbench.operator()) as tx:
        return links.links_of(tx, bundle.bundle_id)


def reload(workbench: Workbench, bundle: Bundle) -> Bundle:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Bundle, bundle.bundle_id)


def close_tasks(workbench: Workbench, bundle: Bundle) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        for task in tx.find(Task, bundle_id=bundle.bundle_id):
            lifecycle.cancel(tx, task.task_id)


# -- the list ------------------------------------------------------------------------------


def test_where_there_are_many_partners_and_campaigns_any_of_them_is_asked_for_by_its_name(
    mara: Visitor, workbench: Workbench, episode: Bundle
) -> None:
    few = mara.get("/bundles").text
    assert '<select id="filter-partner"' in few
    with workbench.transaction(workbench.operator()) as tx:
        many = {f"a{number:02}": f"Client {number}" for number in range(MOST)} | {"zet": "Zet & Sons"}
        partners = [{"key": key, "name": name} for key, name in many.items()]
        campaigns = [{"key": key, "name": f"{name} 2027", "partner": key} for key, name in many.items()]
        reference.load(tx, {"partners": partners, "campaigns": campaigns})
    make_bundle(workbench, "local_grid_scan", title="Scan for Zet", campaign="zet")
    text = mara.get("/bundles").text
    assert '<select id="filter-partner"' not in text
    assert text.count('<option value="Client ') == 2 * MOST
    assert '<option value="Zet &amp; Sons' not in text
    for query in ("partner=zet+%26+sons", "campaign=Zet+%26+Sons+2027", "partner=zet"):
        found = mara.get(f"/bundles?{query}").text
        assert "Scan for Zet" in found, query
        assert "Ada on engines" not in found, query


def test_an_empty_list_says_what_would_fill_it_and_links_there(mara: Visitor) -> None:
    page = mara.get("/bundles")
    assert page.status_code == 200
    assert "No bundles yet" in page.text
    assert 'href="/recipes"' in page.text


def test_a_row_shows_progress_template_partner_anchor_stage_and_status(
    mara: Visitor, episode: Bundle
) -> None:
    page = mara.get("/bundles").text
    assert f'href="/bundles/{episode.bundle_id}"' in page
    progress = "0 of 42 closed"
    for said in ("Podcast episode", "Acme", "Fri 27 Nov, in 6 days", progress, "preparation", "Active"):
        assert said in page, said


def test_the_list_shows_running_bundles_unless_the_address_names_a_status(
    mara: Visitor, workbench: Workbench, episode: Bundle, scan: Bundle
) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        service.cancel(tx, scan.bundle_id)
    assert scan.title not in mara.get("/bundles").text
    assert scan.title in mara.get("/bundles?status=cancelled").text
    both = mara.get("/bundles?status=all").text
    assert scan.title in both
    assert episode.title in both


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("template_id=podcast_episode", True),
        ("template_id=blog_post", False),
        ("partner=acme", True),
        ("partner=globex", False),
        ("campaign=acme_spring", False),
        ("text=ENGINES", True),
        ("text=trains", False),
    ],
)
def test_each_filter_of_the_address_narrows_the_list(
    mara: Visitor, episode: Bundle, query: str, is_there: bool
) -> None:
    page = mara.get(f"/bundles?{query}").text
    assert (episode.title in page) is is_there
    assert ("No bundle matches" in page) is not is_there


def test_the_list_is_sorted_and_paged_by_its_address(mara: Visitor, episode: Bundle, scan: Bundle) -> None:
    ascending = mara.get("/bundles?sort=title").text
    assert ascending.index(episode.title) < ascending.index(scan.title)
    first = mara.get("/bundles?sort=title&limit=1").text
    assert episode.title in first
    assert scan.title not in first
    assert "1 to 1 of 2 bundles" in first
    assert scan.title in mara.get("/bundles?sort=title&limit=1&offset=1").text


def test_a_filter_that_cannot_be_right_is_refused_by_name(mara: Visitor) -> None:
    page = mara.get("/bundles?status=sleeping")
    assert page.status_code == 400
    assert "sleeping" in page.text


# -- the page ------------------------------------------------------------------------------


def test_the_page_shows_tasks_by_phase_with_dates_and_what_they_wait_for(
    mara: Visitor, workbench: Workbench, people: People
) -> None:
    bundle = make_bundle(
        workbench, "blog_post", parameters={"topic": "Torque"}, anchor_date=date(2027, 1, 15)
    )
    page = mara.get(f"/bundles/{bundle.bundle_id}").text
    phases = [name for name in ("Writing", "Publication") if f">{name}</h3>" in page]
    assert phases
    draft = next(task for task in tasks_of(workbench, bundle) if task.template_task_ref == "draft")
    row = page.split(f'id="task-{draft.task_id}"')[1].split("</li>")[0]
    assert "Write: Torque" in row
    brief = tasks_of(workbench, bundle)[0]
    assert f'after</span> <a href="/tasks/{brief.task_id}"' in row
    assert f"#{brief.task_number} <span>{brief.title}</span>" in row
    assert draft.due_date
    assert f'datetime="{draft.due_date.isoformat()}' in row


def test_all_forty_two_tasks_of_an_episode_are_on_its_page(mara: Visitor, episode: Bundle) -> None:
    page = mara.get(f"/bundles/{episode.bundle_id}").text
    assert len(set(re.findall(r'id="task-(tsk_\w+)"', page))) == 42
    assert "late" in page


def test_whatever_a_task_is_called_is_text_in_its_row_and_where_others_wait_for_it(
    mara: Visitor, workbench: Workbench, episode: Bundle
) -> None:
    evil = '"><script>alert(1)</script>'
    first, second, *_ = tasks_of(workbench, episode)
    with workbench.transaction(workbench.operator()) as tx:
        named, waiting = tx.get(Task, first.task_id), tx.get(Task, second.task_id)
        named.title, waiting.depends_on = evil, [named.task_id]
        saved(tx, named)
        saved(tx, waiting)
    text = mara.get(f"/bundles/{episode.bundle_id}").text
    assert "<script>alert" not in text
    assert f">{escape(evil)}</a>" in text
    assert f'title="{escape(evil)}"' in text


def test_its_page_and_its_picture_read_no_task_but_by_its_columns(mara: Visitor, episode: Bundle) -> None:
    with counted() as statements:
        mara.get(f"/bundles/{episode.bundle_id}?order=shown")
    reads = [part.split(" FROM ", 1) for text in statements for part in text.split(" UNION ALL ")]
    of_tasks = [what for what, where in reads if re.match(r'"?tasks\b', where)]
    assert of_tasks
    assert not [what for what in of_tasks if "document" in what]


def test_the_page_names_the_pinned_revision_and_says_when_a_newer_one_exists(
    content_repo: Path, settings: Settings, clock: FixedClock
) -> None:
    engine = Workbench(replace(settings, content=str(content_repo)), clock=clock)
    people = make_people(engine)
    bundle = make_bundle(engine, "local_grid_scan", actor=people["mara"])
    visitor = Visitor(create_app(engine, secret_key="only for tests").test_client())
    with engine.transaction(engine.operator()) as tx:
        accounts.set_password(tx, people["mara"].user_id, passwords.hash_password(PASSWORD))
    visitor.sign_in("mara")
    assert bundle.commit
    page = visitor.get(f"/bundles/{bundle.bundle_id}").text
    assert f'<code title="{bundle.commit}">{bundle.commit[:7]}</code>' in page
    assert "newer exists" not in page
    path = content_repo / "content/task_templates/local_grid_scan.yaml"
    path.write_text(path.read_text().replace("planned_minutes: 20", "planned_minutes: 25"))
    commit_all(content_repo)
    assert "newer exists" in visitor.get(f"/bundles/{bundle.bundle_id}").text
    engine.close()


def test_a_bundle_with_a_wrong_answer_is_started_anew_from_its_page(as_user, workbench, people) -> None:
    """Parameters stay once tasks were made of them; nobody types all the others again."""
    answers = {"guest_name": "Ida Lnid", "episode_title": "Mending & <buying>", "live_stream": False}
    bundle = make_bundle(
        workbench, actor=people["mara"], title="By hand", campaign="acme_spring", parameters=answers
    )
    page = as_user("mara").get(f"/bundles/{bundle.bundle_id}").text
    address = re.search(r'href="([^"]*)">Start another with these answers</a>', page)
    assert address is not None
    form = as_user("mara").get(unescape(address[1])).text
    assert re.search(r'name="anchor_date"[^>]*value="2026-11-27"', form)
    assert 'value="Ida Lnid"' in form
    assert 'value="Mending &amp; &lt;buying&gt;"' in form
    assert re.search(r'value="campaign:acme_spring" selected', form)
    assert not re.search(r'name="param.live_stream"[^>]* checked', form)
    assert "By hand" not in form.split('id="start-form"')[1]


def test_the_timeline_shows_the_newest_events_and_leads_to_the_whole_story(
    mara: Visitor, episode: Bundle
) -> None:
    short = mara.get(f"/bundles/{episode.bundle_id}").text
    assert f'href="/bundles/{episode.bundle_id}/story">The whole story' in short
    assert "was started for" not in short
    whole = mara.get(f"/bundles/{episode.bundle_id}/story").text
    assert "was started for Fri 27 Nov 2026 with 42 tasks" in whole


def test_the_timeline_of_a_bundle_of_one_task_counts_it_in_good_english(mara: Visitor, workbench, people):
    bundle = make_bundle(workbench, "indexing_check")
    assert "with 1 task</" in mara.get(f"/bundles/{bundle.bundle_id}").text


def test_a_page_that_did_not_change_is_answered_with_304(mara: Visitor, episode: Bundle) -> None:
    first = mara.get(f"/bundles/{episode.bundle_id}")
    again = mara.get(f"/bundles/{episode.bundle_id}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


# -- stage, completion, cancelling ---------------------------------------------------------


def test_the_stage_moves_to_a_known_stage_or_to_another_word(
    mara: Visitor, workbench: Workbench, episode: Bundle
) -> None:
    where = f"/bundles/{episode.bundle_id}/stage"
    assert mara.post(where, {"form": "stage", "stage": "announced", "other": ""}).status_code == 303
    assert reload(workbench, episode).stage == "announced"
    assert mara.post(where, {"form": "stage", "stage": "announced", "other": "on_ice"}).status_code == 303
    assert reload(workbench, episode).stage == "on_ice"


def test_a_stage_that_is_no_name_is_refused(mara: Visitor, workbench: Workbench, episode: Bundle) -> None:
    answer = mara.post(
        f"/bundles/{episode.bundle_id}/stage", {"form": "stage", "stage": "announced", "other": "On ice!"}
    )
    assert answer.status_code == 400
    assert "On ice!" in answer.text
    assert reload(workbench, episode).stage == episode.stage


def test_what_keeps_a_bundle_open_stands_beside_the_place_where_it_is_mended(
    mara: Visitor, workbench: Workbench, scan: Bundle
) -> None:
    page = mara.get(f"/bundles/{scan.bundle_id}").text
    assert "2 tasks not done yet" in page
    assert f'href="#fill-{links_of(workbench, scan)[0].bundle_link_id}"' in page
    assert ">Complete bundle<" not in page


def test_completing_too_early_shows_every_reason_at_once(
    mara: Visitor, workbench: Workbench, scan: Bundle
) -> None:
    answer = mara.post(f"/bundles/{scan.bundle_id}/complete", {"form": "complete"})
    assert answer.status_code == 409
    open_tasks = tasks_of(workbench, scan)
    assert len(open_tasks) > 1
    for task in open_tasks:
        assert f"Task #{task.task_number} " in answer.text
    assert f"The link “{links_of(workbench, scan)[0].name}” is empty" in answer.text
    assert reload(workbench, scan).status.value == "active"


def test_a_bundle_with_nothing_left_to_do_offers_completion_and_completes(
    mara: Visitor, workbench: Workbench, scan: Bundle
) -> None:
    close_tasks(workbench, scan)
    with workbench.transaction(workbench.operator()) as tx:
        for link in links.links_of(tx, scan.bundle_id):
            service.fill_link(tx, scan.bundle_id, link.name, "https://example.com/x")
    page = mara.get(f"/bundles/{scan.bundle_id}").text
    assert ">Complete bundle<" in page
    revision = reload(workbench, scan).revision
    done = mara.post(f"/bundles/{scan.bundle_id}/complete", {"form": "complete", "revision": str(revision)})
    assert done.status_code == 303
    after = mara.get(f"/bundles/{scan.bundle_id}").text
    assert "Completed" in after
    assert ">Complete bundle<" not in after


def test_cancelling_says_with_numbers_what_will_happen_and_then_does_it(
    mara: Visitor, workbench: Workbench, scan: Bundle
) -> None:
    asked = mara.get(f"/bundles/{scan.bundle_id}/cancel").text
    assert "2 open tasks" in asked
    assert "cannot be undone" in asked
    answer = mara.post(f"/bundles/{scan.bundle_id}/cancel", {"form": "cancel", "reason": "The shop closed"})
    assert answer.status_code == 303
    assert {task.status.value for task in tasks_of(workbench, scan)} == {"cancelled"}
    page = mara.get(f"/bundles/{scan.bundle_id}").text
    assert "The shop closed" in page
    assert "Cancel bundle" not in page
    assert re.search(r"\d of \d closed", page)
    assert not re.search(r"\d of \d done", page)


def test_a_cancelled_task_of_a_running_bundle_is_counted_as_closed_and_not_as_done(
    mara: Visitor, scan: Bundle, workbench: Workbench
) -> None:
    first = tasks_of(workbench, scan)[0]
    mara.post(f"/tasks/{first.task_id}/cancel", {"form": "cancel"})
    for page in (mara.get(f"/bundles/{scan.bundle_id}").text, mara.get("/bundles").text):
        assert "1 of 2 closed" in page
        assert not re.search(r"\d of \d done", page)


def test_cancelling_twice_is_refused_in_words(mara: Visitor, scan: Bundle) -> None:
    mara.post(f"/bundles/{scan.bundle_id}/cancel", {"form": "cancel"})
    again = mara.post(f"/bundles/{scan.bundle_id}/cancel", {"form": "cancel"})
    assert again.status_code == 409
    assert "cancelled" in again.text


# -- dates ---------------------------------------------------------------------------------


def test_a_new_anchor_date_is_previewed_before_anything_moves(
    mara: Visitor, workbench: Workbench, scan: Bundle
) -> None:
    before = [task.due_date for task in tasks_of(workbench, scan)]
    page = mara.get(f"/bundles/{scan.bundle_id}/reanchor?anchor_date=2026-12-04").text
    assert "2 due dates move" in page
    assert "nothing is changed yet" in page
    assert "Move to Fri 4 Dec" in page
    assert [task.due_date for task in tasks_of(workbench, scan)] == before


def test_confirming_moves_the_anchor_and_the_dates_with_it(
    mara: Visitor, workbench: Workbench, scan: Bundle
) -> None:
    before = [task.due_date for task in tasks_of(workbench, scan)]
    answer = mara.post(
        f"/bundles/{scan.bundle_id}/reanchor",
        {"form": "reanchor", "anchor_date": "2026-12-04", "revision": str(scan.revision)},
    )
    assert answer.status_code == 303
    assert reload(workbench, scan).anchor_date == date(2026, 12, 4)
    after = [task.due_date for task in tasks_of(workbench, scan)]
    assert [(b - a).days for a, b in zip(before, after, strict=True) if a and b] == [7, 7]


@pytest.mark.parametrize("day", ["soon", "2026-02-30"])
def test_a_day_that_is_none_is_refused_at_the_field(mara: Visitor, scan: Bundle, day: str) -> None:
    for answer in (
        mara.get(f"/bundles/{scan.bundle_id}/reanchor?anchor_date={day}"),
        mara.post(f"/bundles/{scan.bundle_id}/reanchor", {"form": "reanchor", "anchor_date": day}),
    ):
        assert answer.status_code == 400
        assert 'aria-invalid="true"' in answer.text
        assert f'value="{day}"' in answer.text


# -- who may -------------------------------------------------------------------------------


def test_somebody_without_a_part_in_a_bundle_does_not_find_it(
    as_user: Callable[[str], Visitor], scan: Bundle, workbench: Workbench
) -> None:
    bot = as_user("bot")
    assert bot.get(f"/bundles/{scan.bundle_id}").status_code == 404
    assert scan.title not in bot.get("/bundles").text
    assert bot.post(f"/bundles/{scan.bundle_id}/cancel", {"form": "cancel"}).status_code == 404
    assert reload(workbench, scan).status.value == "active"


def test_a_member_with_a_task_sees_the_whole_bundle_but_not_the_owner_s_actions(
    as_user: Callable[[str], Visitor], episode: Bundle, workbench: Workbench
) -> None:
    ben = as_user("ben")  # an operator: the episode's tasks wait for one
    page = ben.get(f"/bundles/{episode.bundle_id}")
    assert page.status_code == 200
    assert "Cancel bundle" not in page.text
    assert "Move dates" not in page.text
    assert ben.post(f"/bundles/{episode.bundle_id}/cancel", {"form": "cancel"}).status_code == 403
    assert reload(workbench, episode).status.value == "active"


def test_a_partner_s_person_gets_no_bundles(as_user: Callable[[str], Visitor], episode: Bundle) -> None:
    pat = as_user("pat")
    assert pat.get("/bundles").status_code == 403
    assert pat.get(f"/bundles/{episode.bundle_id}").status_code == 404


def test_a_form_without_its_token_changes_nothing(mara: Visitor, workbench: Workbench, scan: Bundle) -> None:
    assert mara.client.post(f"/bundles/{scan.bundle_id}/cancel", data={"form": "cancel"}).status_code == 403
    assert reload(workbench, scan).status.value == "active"
