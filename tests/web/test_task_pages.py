"""The task's page: what it shows, and the verbs on it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from engine import commands
from engine.asked import fields_of
from engine.bundles import links
from engine.bundles.models import LinkState
from engine.deliverables import versions
from engine.deliverables.models import Deliverable
from engine.reference.models import CampaignAttachment, Employee
from engine.tasks import lifecycle, notes, update
from engine.tasks.models import Step, Task, TaskStatus
from tests import judged
from tests.factories import do, make_bundle, make_task
from tests.told import added, saved
from tests.web.test_task_notes import said_after


def test_the_page_answers_to_id_number_and_uuid(mara, workbench):
    task = make_task(workbench, title="Call the printer")
    for name in (task.task_id, task.task_number, task.task_uuid):
        answer = mara.get(f"/tasks/{name}")
        assert answer.status_code == 200
        assert "<h1>Call the printer</h1>" in answer.text


def test_the_context_stands_beside_the_work(mara, article, people):
    text = mara.get(f"/tasks/{article.task_id}").text
    assert "Brand guidelines" in text, "campaign attachments"
    assert "Read first" in text
    assert "Gold standard." in text
    assert "This step requires:" in text
    assert "Instructions" in text
    assert "How to tell that it is right" in text
    assert "pinned at" in text
    assert f"/bundles/{article.bundle_id}" in text


def test_a_page_says_what_was_first_promised_and_how_late_the_work_was_by_both(mara, workbench, people):
    """T4."""
    now = workbench.clock.now()
    task = make_task(workbench, deadline=(now - timedelta(days=3)).isoformat())
    assert "First due" not in mara.get(f"/tasks/{task.task_id}").text
    with workbench.transaction(people["mara"]) as tx:
        update.update(
            tx, workbench.content(), task.task_id, {"deadline": (now - timedelta(hours=1)).isoformat()}
        )
        lifecycle.start(tx, task.task_id)
        lifecycle.complete(tx, task.task_id)
    text = " ".join(re.sub(r"<[^>]+>", " ", mara.get(f"/tasks/{task.task_id}").text).split())
    assert re.search(r"First due .*18 Nov", text)
    assert ": 1 h late, by the first deadline 3 days late" in text


def test_a_page_tells_nothing_of_what_is_right_that_no_person_reads(mara, workbench, find):
    bundle = make_bundle(workbench)
    task = next(task for task in find(Task, bundle_id=bundle.bundle_id) if task.fills_link == "Guest email")
    assert {"done_when", "reminders", "dashboard_states"} <= set(task.validation)
    text = mara.get(f"/tasks/{task.task_id}").text
    assert "How to tell that it is right" in text
    assert "The guest can be reached" in text
    assert [word in text for word in ("waiting_follow_up", "dashboard states", "follow_up_due")] == [
        False
    ] * 3


def test_there_is_one_primary_button_and_only_what_is_allowed_now(mara, workbench):
    task = make_task(workbench)
    text = mara.get(f"/tasks/{task.task_id}").text
    actions = text.split('id="actions"')[1].split('id="blockers"')[0]
    assert actions.count('class="thumb"') == 1
    assert ">Start</button>" in actions
    assert 'id="do-skip"' not in actions, "it has no skip rule"
    assert "Resume" not in actions


def test_what_blocks_me_leads_to_where_it_is_mended(mara, article, find):
    step = next(step for step in find(Step, task_id=article.task_id) if step.required)
    text = mara.get(f"/tasks/{article.task_id}").text
    blockers = text.split("What blocks me")[1].split("</section>")[0]
    assert f'href="#step-{step.task_step_id}"' in blockers
    assert f'id="step-{step.task_step_id}"' in text
    assert article.depends_on
    for other in article.depends_on:
        assert f'href="/tasks/{other}"' in blockers
    rows = find(Deliverable, task_id=article.task_id)
    assert rows
    for row in rows:
        assert f'href="#deliverable-{row.deliverable_id}"' in blockers
        assert f'id="deliverable-{row.deliverable_id}"' in text


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("pending", "Nothing stands in the way of completing this task."),
        ("queued", "Nothing stands in the way of completing this task."),
        ("in_progress", "Nothing stands in the way of completing this task."),
        ("waiting", "Once what it waits for is there, resume work or complete it."),
        ("blocked", "Once what is in the way is cleared, resume work or complete it."),
        ("deferred", "It is put off. Resume work to take it up."),
        ("help_needed", "It waits for a manager’s answer. Resume work once you know how to go on."),
        ("failed", "It has failed. Put it back to do to try again."),
    ],
)
def test_the_head_says_how_a_task_goes_on_and_that_nothing_is_in_the_way_only_where_it_is_so(
    mara, workbench, status, says
):
    task = make_task(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        stored = tx.get(Task, task.task_id)
        stored.status = TaskStatus(status)
        saved(tx, stored)
    text = mara.get(f"/tasks/{task.task_id}").text
    told = text.split('id="blockers"')[1].split('class="two"')[0]
    assert [" ".join(words.split()) for words in re.findall(r"<p[^>]*>([^<]+)</p>", told)] == [says]


def test_what_a_resting_task_waits_for_stands_with_what_it_owes(mara, article, workbench, people):
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.block(tx, article.task_id, "The drive is read-only.")
    told = mara.get(f"/tasks/{article.task_id}").text.split("What blocks me")[1].split("</section>")[0]
    assert "<p>Once what is in the way is cleared, resume work. <strong>Reason:" in told, "nor is it complete"
    assert "It comes after" in told


def test_somebody_elses_task_is_not_found_on_every_address(as_user, workbench):
    task = make_task(workbench, assignee="ana")
    ben = as_user("ben")
    assert ben.get(f"/tasks/{task.task_id}").status_code == 404
    for path in ("start", "complete", "cancel", "claim", "steps", "steps/x", "proof", "notes", "links"):
        assert ben.post(f"/tasks/{task.task_id}/{path}", {"body": "hi"}).status_code == 404, path


def test_a_seen_task_that_is_not_ones_own_cannot_be_worked(as_user, workbench, find):
    task = make_task(workbench)
    sam = as_user("sam")
    assert "Nothing stands in the way" not in sam.get(f"/tasks/{task.task_id}").text
    answer = sam.post(f"/tasks/{task.task_id}/start", {"form": "start"})
    assert answer.status_code == 403
    assert "but not change it" in answer.text
    assert find(Task, task_id=task.task_id)[0].status is TaskStatus.PENDING
    assert sam.post(f"/tasks/{task.task_id}/notes", {"body": "May I help?"}).status_code == 303


def test_partners_have_no_board(as_user, workbench):
    task = make_task(workbench)
    assert as_user("pat").get(f"/tasks/{task.task_id}").status_code == 404


VERBS = [
    ("start", {}, "pending", "in_progress"),
    ("complete", {}, "pending", "completed"),
    ("wait", {"waiting_for": "the printer"}, "pending", "waiting"),
    ("block", {"reason": "no paper"}, "pending", "blocked"),
    ("defer", {"until": "2026-12-01"}, "pending", "deferred"),
    ("cancel", {"reason": "not wanted"}, "pending", "cancelled"),
    ("put_back", {}, "in_progress", "pending"),
    ("resume", {}, "waiting", "in_progress"),
]


@pytest.mark.parametrize(("verb", "fields", "before", "after"), VERBS, ids=[item[0] for item in VERBS])
def test_every_verb_moves_the_task_and_says_so(mara, workbench, people, find, verb, fields, before, after):
    task = make_task(workbench)
    with workbench.transaction(people["mara"]) as tx:
        if before == "in_progress":
            lifecycle.start(tx, task.task_id)
        if before == "waiting":
            lifecycle.wait(tx, task.task_id, "somebody")
    answer = mara.post(f"/tasks/{task.task_id}/{verb}", {"form": verb, **fields})
    assert answer.status_code == 303
    assert answer.location == f"/tasks/{task.task_id}"
    assert find(Task, task_id=task.task_id)[0].status == after
    assert 'class="message message-good"' in mara.get(answer.location).text


@pytest.mark.parametrize(("verb", "fields"), [(verb, fields) for verb, fields, *_ in VERBS[3:5]])
def test_who_put_a_task_off_or_said_what_is_in_its_way_is_not_told_that_nothing_is(
    mara, workbench, verb, fields
):
    path = f"/tasks/{make_task(workbench).task_id}"
    assert "Nothing stands in the way" in mara.get(path).text
    mara.post(f"{path}/{verb}", {"form": verb, **fields})
    assert "Nothing stands in the way" not in mara.get(path).text


def test_claiming_and_assigning(as_user, workbench, find):
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})
    task = next(item for item in find(Task, bundle_id=bundle.bundle_id) if item.assignee_role == "writer")
    ana, ben = find(Employee, key="ana")[0], find(Employee, key="ben")[0]
    assert as_user("ana").post(f"/tasks/{task.task_id}/claim").status_code == 303
    assert find(Task, task_id=task.task_id)[0].assignee_id == ana.employee_id
    mara = as_user("mara")
    assert mara.post(f"/tasks/{task.task_id}/assign", {"assignee": ben.employee_id}).status_code == 303
    assert find(Task, task_id=task.task_id)[0].assignee_id == ben.employee_id
    assert (
        mara.post(f"/tasks/{task.task_id}/assign", {"assignee": "ghost", "form": "assign"}).status_code == 400
    )


def test_skipping_takes_one_of_the_reasons(mara, workbench, find):
    bundle = make_bundle(workbench, "newsletter")
    task = next(item for item in find(Task, bundle_id=bundle.bundle_id) if item.skip and not item.depends_on)
    reason = task.skip["reasons"][0]["text"]
    assert reason in mara.get(f"/tasks/{task.task_id}").text.replace("&#39;", "'")
    refused = mara.post(f"/tasks/{task.task_id}/skip", {"form": "skip", "reason": "because", "comment": "x"})
    assert refused.status_code == 400
    done = mara.post(
        f"/tasks/{task.task_id}/skip", {"form": "skip", "reason": reason, "comment": "Mara decided."}
    )
    assert done.status_code == 303
    assert find(Task, task_id=task.task_id)[0].status is TaskStatus.SKIPPED


def test_a_refused_completion_shows_all_reasons_and_changes_nothing(mara, article, workbench, people, find):
    for other in article.depends_on:
        with workbench.transaction(people["mara"]) as tx:
            task = tx.get(Task, other)
            task.status = TaskStatus.COMPLETED
            saved(tx, task)
    answer = mara.post(f"/tasks/{article.task_id}/complete", {"form": "complete"})
    assert answer.status_code == 409
    refusal = answer.text.split("Not done yet. What blocks me:")[1].split("</section>")[0]
    assert "is not handed over" in refusal
    assert refusal.count("is open: do it and tick it") == len(find(Step, task_id=article.task_id))
    assert find(Task, task_id=article.task_id)[0].status is TaskStatus.PENDING


def test_drag_and_drop_gets_the_reasons_as_json(mara, workbench):
    first = make_task(workbench)
    second = make_task(workbench, depends_on=[first.task_id])
    answer = mara.post(f"/tasks/{second.task_id}/start", headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert answer.json["error"]["details"][0]["code"] == "DEPENDENCY_UNMET"
    moved = mara.post(f"/tasks/{first.task_id}/start", headers={"Accept": "application/json"})
    assert moved.json["status"] == "in_progress"


def test_a_refused_form_keeps_its_input_with_the_message_at_the_field(mara, workbench):
    task = make_task(workbench)
    answer = mara.post(
        f"/tasks/{task.task_id}/wait", {"form": "wait", "waiting_for": " ", "comment": "They said <soon>"}
    )
    assert answer.status_code == 400
    form = answer.text.split('id="do-wait"')[1].split("</form>")[0]
    assert 'aria-invalid="true"' in form
    assert "must be given" in form
    assert "They said &lt;soon&gt;" in form
    late = mara.post(f"/tasks/{task.task_id}/defer", {"form": "defer", "until": "2026-02-30"})
    assert late.status_code == 400
    assert "is not in the calendar" in late.text
    assert 'value="2026-02-30"' in late.text


def test_the_follow_up_is_read_in_the_workspaces_zone(mara, workbench, find):
    task = make_task(workbench)
    fields = {"form": "wait", "waiting_for": "Acme", "follow_up_at": "2026-12-01T09:30"}
    assert mara.post(f"/tasks/{task.task_id}/wait", fields).status_code == 303
    assert find(Task, task_id=task.task_id)[0].follow_up_at == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("verb", "fields", "said"),
    [
        ("defer", {"until": "2026-11-26"}, "Put off."),
        ("wait", {"waiting_for": "Acme", "follow_up_at": "2026-11-26"}, "on the follow-up date."),
    ],
)
def test_a_task_may_rest_beyond_its_due_date_and_whoever_lets_it_is_told(mara, workbench, verb, fields, said):
    late, in_time = (make_task(workbench, due_date=date(2026, 11, day)) for day in (25, 26))
    path = f"/tasks/{late.task_id}"
    if verb == "defer":
        form = mara.get(path).text.partition('id="do-defer"')[2].partition("</details>")[0]
        assert "It is due Wed 25 Nov, 23:59. A later day is allowed; the due date stays." in form
    mara.post(f"{path}/{verb}", {"form": verb, **fields})
    beyond = "That day, Thu 26 Nov 2026, is after the due date, Wed 25 Nov 2026, which stays."
    assert said_after(mara, path).endswith(f"{said} {beyond}")
    mara.post(f"/tasks/{in_time.task_id}/{verb}", {"form": verb, **fields})
    assert said_after(mara, f"/tasks/{in_time.task_id}").endswith(said)


def test_a_stale_form_is_refused_and_says_what_to_do(mara, workbench, people, find):
    task = make_task(workbench)
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.start(tx, task.task_id)
    answer = mara.post(f"/tasks/{task.task_id}/complete", {"form": "complete", "revision": "1"})
    assert answer.status_code == 409
    assert "was changed by somebody else" in answer.text
    assert find(Task, task_id=task.task_id)[0].status is TaskStatus.IN_PROGRESS
    assert mara.post(f"/tasks/{task.task_id}/complete", {"revision": "zwei"}).status_code == 400


def test_the_way_back_after_a_move_stays_on_the_site(mara, workbench):
    task = make_task(workbench)
    assert mara.post(f"/tasks/{task.task_id}/start", {"back": "/board?tag=x"}).location == "/board?tag=x"
    away = mara.post(f"/tasks/{task.task_id}/put_back", {"back": "https://evil.example"})
    assert away.location == f"/tasks/{task.task_id}"


def test_a_link_is_added_to_the_files_and_a_wrong_one_is_told_at_its_field(mara, workbench):
    task = make_task(workbench)
    here = f"/tasks/{task.task_id}"
    sent = {"form": "add_link", "label": "Banner", "url": "https://acme.example/banner"}
    assert mara.post(f"{here}/files/link", sent).location == f"{here}#files"
    assert '<a href="https://acme.example/banner"' in mara.get(here).text
    bad = mara.post(f"{here}/files/link", {**sent, "url": "banner"})
    assert bad.status_code == 400
    assert re.search(r'id="add-link" open>.*?value="banner".*?id="add_link-url-error"', bad.text, re.DOTALL)


def test_titles_are_escaped_everywhere(mara, workbench):
    task = make_task(workbench, title='<b>"x"</b>', description="<i>y</i>")
    for path in ("/board", "/board?view=list", f"/tasks/{task.task_id}"):
        text = mara.get(path).text
        assert "<b>" not in text
        assert "<i>" not in text


def test_a_needed_link_is_filled_where_it_is_missed(mara, workbench, find, people):
    bundle = next_with_needed_link(workbench, find)
    if bundle is None:
        raise AssertionError("a shipped template has a task that needs a link")
    task = next(item for item in find(Task, bundle_id=bundle.bundle_id) if item.needs_links)
    name = task.needs_links[0]
    assert name in mara.get(f"/tasks/{task.task_id}").text.replace("&#39;", "'")
    answer = mara.post(f"/tasks/{task.task_id}/links", {"name": name, "url": "https://a.example/x"})
    assert answer.location.endswith("#links")
    with workbench.reading(people["mara"]) as tx:
        assert links.get_link(tx, bundle, name).state is LinkState.FILLED


def next_with_needed_link(workbench, find):
    for key, parameters in (("blog_post", {"topic": "Tents"}), ("newsletter", {}), ("podcast_episode", {})):
        bundle = make_bundle(workbench, key, parameters=parameters)
        if any(task.needs_links for task in find(Task, bundle_id=bundle.bundle_id)):
            return bundle
    return None


def test_a_link_cannot_be_filled_from_a_task_that_stands_alone(mara, workbench):
    task = make_task(workbench)
    answer = mara.post(f"/tasks/{task.task_id}/links", {"name": "x", "url": "https://a.example"})
    assert answer.status_code == 400
    assert "belongs to no bundle" in answer.text


def test_attachments_say_when_they_were_added_and_removed_or_foreign_ones_are_not_shown(
    mara, article, workbench, find
):
    known = find(CampaignAttachment, campaign_id=article.campaign_id)[0]
    with workbench.transaction(workbench.operator()) as tx:
        others = (("Removed guide", None, tx.now), ("For accountants", "operations", None))
        for label, category, removed_at in others:
            new = {"attachment_id": tx.new_id(CampaignAttachment), "label": label, "category": category}
            added(tx, known.model_copy(update={**new, "removed_at": removed_at, "revision": 1}))
    read_first = mara.get(f"/tasks/{article.task_id}").text.split('id="read-first"')[1].split("</section>")[0]
    assert re.search(r"Brand guidelines</a> <span class=\"quiet\">guidelines, added <time", read_first)
    assert "Removed guide" not in read_first
    assert "For accountants" not in read_first


def test_the_timeline_shows_the_newest_in_words_and_leads_to_the_whole_story(mara, workbench):
    task = make_task(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        for number in range(12):
            notes.add(tx, task.task_id, f"Remark {number}.")
        lifecycle.start(tx, task.task_id)
    page = mara.get(f"/tasks/{task.task_id}").text
    timeline = page.split('id="timeline"')[1].split("</section>")[0]
    assert f'href="/tasks/{task.task_id}/story"' in timeline
    assert "this task went from “To do” to “In progress”" in timeline
    assert timeline.count("<li>") == 10
    assert "Remark 11." in timeline
    assert "Remark 0." not in timeline


def test_a_dependency_that_was_called_off_can_be_taken_out_on_the_page(ana, workbench):
    first = make_task(workbench, title="Ask two printers", assignee="ana")
    task = make_task(workbench, title="Order the banner", assignee="ana", depends_on=[first.task_id])
    with workbench.transaction(workbench.operator()) as tx:
        lifecycle.cancel(tx, first.task_id)
    page = ana.get(f"/tasks/{task.task_id}").text
    assert "it will not happen, so take it out under “Comes after”" in page
    assert "Take it out" in page
    answer = ana.post(
        f"/tasks/{task.task_id}/dependencies/{first.task_id}/drop", {"form": f"drop-{first.task_id}"}
    )
    assert answer.status_code == 303
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, task.task_id).depends_on == []


def test_a_lead_lets_a_task_of_a_bundle_wait_no_longer_beside_what_blocks_it(
    mara, as_user, workbench, people
):
    """S2: in a bundle that is a lead's to say, with the reason."""
    bundle = make_bundle(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        other, task = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))[:2]
    given = {"task_id": task.task_id, "depends_on": [other.task_id], "assignee_id": "ana"}
    do(workbench, people["mara"], "task update", **given)
    path, anchor = f"/tasks/{task.task_id}", f"waive-{other.task_id}"
    assert anchor not in as_user("ana").get(path).text
    page = mara.get(path).text
    blocks = page.split('id="blockers"')[1].split("</section>")[0]
    assert f'href="#{anchor}">Wait no longer for it</a>' in blocks
    assert f'id="{anchor}"' in page.split('id="dependencies"')[1].split("</section>")[0]
    drop, form = f"{path}/dependencies/{other.task_id}/drop", {"form": f"drop-{other.task_id}"}
    refused = mara.post(drop, form | {"reason": " "})
    assert refused.status_code == 400
    assert f'id="{anchor}" open' in refused.text
    assert mara.post(drop, form | {"reason": "The print shop has its own."}).status_code == 303
    assert "The print shop has its own." in mara.get(path).text
    with workbench.reading(workbench.operator()) as tx:
        assert other.task_id not in tx.get(Task, task.task_id).depends_on


def test_whoever_has_a_task_of_their_own_lets_it_wait_no_longer_without_a_reason(ana, workbench):
    first = make_task(workbench, title="Ask two printers", assignee="ana")
    task = make_task(workbench, title="Order the banner", assignee="ana", depends_on=[first.task_id])
    page = ana.get(f"/tasks/{task.task_id}").text
    assert f'href="#waive-{first.task_id}"' in page
    drop = f"/tasks/{task.task_id}/dependencies/{first.task_id}/drop"
    assert ana.post(drop, {"form": f"drop-{first.task_id}"}).status_code == 303
    assert f"waive-{first.task_id}" not in ana.get(f"/tasks/{task.task_id}").text


def test_handing_over_nothing_is_refused_at_the_field_and_changes_nothing(ana, workbench, people):
    task = make_task(workbench, actor=people["mara"], assignee="ana")
    with workbench.transaction(people["ana"]) as tx:
        row = versions.add(tx, task.task_id, "draft", type="text")
    before = judged.everything(workbench)
    path = f"/tasks/{task.task_id}/deliverables/{row.deliverable_id}"
    refused = ana.post(path, {"form": f"deliverable-{row.deliverable_id}", "url": " "})
    assert refused.status_code == 400
    assert "give an address, or choose a file" in refused.text
    assert judged.everything(workbench) == before


def test_a_waiting_task_can_be_told_to_wait_longer_on_its_page(mara, workbench, find):
    """R16."""
    task = make_task(workbench)
    path = f"/tasks/{task.task_id}"
    mara.post(f"{path}/wait", {"form": "wait", "waiting_for": "Acme", "follow_up_at": "2026-12-01T09:30"})
    page = mara.get(path).text
    assert 'value="Acme"' in page.split('id="do-wait"')[1].split("</form>")[0]
    fields = {"form": "wait", "waiting_for": "Acme's boss", "follow_up_at": "2026-12-08"}
    assert mara.post(f"{path}/wait", fields).status_code == 303
    [waiting] = find(Task, task_id=task.task_id)
    assert waiting.waiting_for == "Acme's boss"
    assert waiting.follow_up_at == datetime(2026, 12, 8, tzinfo=UTC)


def test_a_form_takes_its_words_and_limits_from_the_command(mara, workbench):
    """They are written once, in the input model."""
    page = mara.get(f"/tasks/{make_task(workbench).task_id}").text
    asked = fields_of(commands.get("task block").input)["reason"]
    form = page.split('id="do-block"')[1].split("</form>")[0]
    assert f">{asked.label}</label>" in form
    assert asked.help in form
    assert f'maxlength="{asked.longest}"' in form
    assert form.count(" required") == 1


def test_completing_a_task_leads_to_the_next_of_the_same_bundle_by_a_link_and_a_key(
    as_user, workbench, people
):
    """D14."""
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})
    first, second = (make_task(workbench, title=title, assignee="ana") for title in ("One", "<Two>"))
    with workbench.transaction(people["mara"]) as tx:
        for task in (first, second):
            kept = tx.get(Task, task.task_id)
            kept.bundle_id = bundle.bundle_id
            saved(tx, kept)
    ana = as_user("ana")
    page = ana.post(f"/tasks/{first.task_id}/complete", {"form": "page"}, follow_redirects=True).text
    said = page.split('role="status"><p>')[1].split("</p>")[0]
    assert said == (
        f'Task completed. Next: <a href="/tasks/{second.task_id}" data-key="g n">&lt;Two&gt;</a>'
        " <kbd>g n</kbd>"
    )
    last = ana.post(f"/tasks/{second.task_id}/complete", {"form": "page"}, follow_redirects=True).text
    assert last.split('role="status"><p>')[1].split("</p>")[0] == "Task completed."
