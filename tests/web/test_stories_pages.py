"""The pages of stories: read in a dispute, narrowed by kind, as JSON, only by who sees the work."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.tasks.models import Task
from tests.reported import SECOND, TOO_THIN, Case
from tests.web.conftest import Visitor


@pytest.fixture
def case(workbench: Workbench, people: dict[str, Actor]) -> Case:
    return Case.set_up(workbench, people)


@pytest.fixture
def finished(case: Case) -> Task:
    return case.finished_article()


def words_of(html: str) -> str:
    """Give the words that a reader sees, in one line."""
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", main))


def test_the_story_of_a_task_begins_with_what_happened_in_short(mara: Visitor, finished: Task):
    answer = mara.get(f"/tasks/{finished.task_id}/story")
    assert answer.status_code == 200
    text = words_of(answer.text)
    for said in (
        "In short",
        "Version 1 by Ana, rejected by Mara on",
        f"because “{TOO_THIN}”",
        "Attached meanwhile: Data sheet",
        "Version 2 by Ana, approved by Mara on",
        "approved by Pat of Acme on",
        "delivered to Acme on",
    ):
        assert said in text
    assert (
        text.index("In short") < text.index("What was handed over") < text.index("Everything that happened")
    )


def test_the_copy_of_what_was_approved_can_be_compared_with_what_is_there_now(
    case: Case, mara: Visitor, finished: Task
):
    html = mara.get(f"/tasks/{finished.task_id}/story").text
    text = words_of(html)
    assert "What the address served at this moment is kept: tent.html, 24 Bytes, taken" in text
    assert "There is no copy of what the address served then: the site did not answer." in text
    copies = re.findall(r'href="(/artifacts/[^"]+)" download>download it', html)
    assert len(copies) == 2
    for address in copies:
        assert mara.get(address).data == b"<p>Dry for six hours</p>"
    assert SECOND in html


def test_differences_of_fields_and_fingerprints_are_not_between_the_words_of_people(
    mara: Visitor, finished: Task
):
    html = mara.get(f"/tasks/{finished.task_id}/story").text
    folded = re.findall(
        r"<details class=\"edit small-text fold\"><summary>Details</summary>.*?</details>", html, re.S
    )
    read = html
    for part in folded:
        read = read.replace(part, "")
    for name in ("fingerprint", "changes"):
        assert f'class="{name}' not in read
        assert any(f'class="{name}' in part for part in folded)
    assert TOO_THIN in words_of(read)


def test_the_timeline_has_days_and_every_entry(mara: Visitor, case: Case, finished: Task):
    html = mara.get(f"/tasks/{finished.task_id}/story").text
    data = mara.get(f"/tasks/{finished.task_id}/story?format=json").json
    assert len(re.findall(r'<li id="event-\d+">', html)) == len(data["entries"])
    assert "Saturday 21 November 2026" in html
    assert "Sunday 22 November 2026" in html
    assert data["versions"]
    for version in data["versions"]:
        assert version["content_hash"] in html


def test_links_narrow_the_timeline_to_one_kind(mara: Visitor, finished: Task):
    html = mara.get(f"/tasks/{finished.task_id}/story").text
    data = mara.get(f"/tasks/{finished.task_id}/story?format=json").json
    kinds = sorted({entry["kind"] for entry in data["entries"]})
    assert len(kinds) > 1
    for kind in kinds:
        assert f"kind={kind}" in html
        part = mara.get(f"/tasks/{finished.task_id}/story?kind={kind}").text
        expected = [entry["seq"] for entry in data["entries"] if entry["kind"] == kind]
        assert [int(seq) for seq in re.findall(r'<li id="event-(\d+)">', part)] == expected
    refused = mara.get(f"/tasks/{finished.task_id}/story?kind=weather")
    assert refused.status_code == 400
    assert "not a kind of entry" in refused.text


def test_whoever_asks_for_json_gets_json(mara: Visitor, finished: Task):
    for options in ({"headers": {"Accept": "application/json"}}, {"query_string": {"format": "json"}}):
        answer = mara.get(f"/tasks/{finished.task_id}/story", **options)
        assert answer.mimetype == "application/json"
        assert (answer.json["about"], answer.json["partner"]) == ("task", "Acme")


def test_a_bundle_and_a_deliverable_have_stories_too(mara: Visitor, case: Case, finished: Task):
    bundle = mara.get(f"/bundles/{finished.bundle_id}/story")
    assert bundle.status_code == 200
    assert f'href="/tasks/{finished.task_id}/story"' in bundle.text
    row = case.newest(finished)
    deliverable = mara.get(f"/deliverables/{row.deliverable_id}/story")
    assert deliverable.status_code == 200
    assert "Version 2 by Ana" in words_of(deliverable.text)
    assert f'href="/tasks/{finished.task_id}/story"' in deliverable.text


def test_who_does_not_see_the_work_finds_no_story(
    as_user: Callable[[str], Visitor], visitor: Visitor, case: Case, finished: Task
):
    row = case.newest(finished)
    for who in ("ben", "pat"):
        for address in (
            f"/tasks/{finished.task_id}/story",
            f"/bundles/{finished.bundle_id}/story",
            f"/deliverables/{row.deliverable_id}/story",
        ):
            assert as_user(who).get(address).status_code == 404
            assert as_user(who).get(f"{address}?format=json").status_code == 404
    assert visitor.get(f"/tasks/{finished.task_id}/story").status_code == 303
    assert as_user("ana").get(f"/tasks/{finished.task_id}/story").status_code == 200


def test_what_people_wrote_is_never_markup(mara: Visitor, case: Case):
    task = case.make()
    from engine.tasks import notes

    case.act("ana", notes.add, task.task_id, "<script>alert(1)</script>")
    html = mara.get(f"/tasks/{task.task_id}/story").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_a_story_that_goes_on_has_pages(
    mara: Visitor, case: Case, monkeypatch: pytest.MonkeyPatch, finished: Task
):
    from web.pages import story

    monkeypatch.setattr(story, "PER_PAGE", 10)
    first = mara.get(f"/tasks/{finished.task_id}/story").text
    assert len(re.findall(r'<li id="event-\d+">', first)) == 10
    following = mara.get(f"/tasks/{finished.task_id}/story?offset=10").text
    seqs = re.findall(r'<li id="event-(\d+)">', first + following)
    assert len(seqs) == len(set(seqs)) == 20
    assert "offset=10" in first
    assert mara.get(f"/tasks/{finished.task_id}/story?offset=many").status_code == 400
