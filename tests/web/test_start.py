"""The gallery and the start form: what they promise, what they check, and what they make."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.bundles import links, service
from engine.bundles.models import Bundle
from engine.clock import FixedClock
from engine.config import Settings
from engine.recipes.gallery import Span
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.factories import make_bundle
from tests.web.conftest import Visitor

BLOG = {
    "form": "start",
    "anchor_date": "2026-12-18",
    "param.topic": "Torque wrenches",
    "for": "",
    "title": "",
}


def bundles(workbench: Workbench) -> list[Bundle]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Bundle)


def key_of(page: str) -> str:
    found = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert found
    return found[1]


def preview_of(page: str) -> str:
    return page.rsplit('id="preview"', maxsplit=1)[-1]


# -- the gallery ---------------------------------------------------------------------------


def test_the_gallery_shows_each_recipe_with_what_comes_out_and_how_much_work_it_is(mara: Visitor) -> None:
    page = mara.get("/recipes").text
    card = page.split('href="/recipes/podcast_episode/new"')[1].split("</li>")[0]
    assert "A guest is chosen" in card
    assert "<strong>audio</strong>" in card
    assert "Guest email" in card
    assert "42 tasks, from 28 days before to 7 days after the anchor date" in card
    assert "/recipes/untyped_work/new" not in page


def test_recipes_stand_under_the_type_of_their_agent(mara: Visitor) -> None:
    page = mara.get("/recipes").text
    content, reporting, research = (
        page.index(f">{name}</h2>") for name in ("Content", "Reporting", "Research")
    )
    assert content < page.index("Blog post") < reporting < page.index("Local grid scan") < research


def test_a_card_says_how_long_past_bundles_took_once_there_are_some(
    mara: Visitor, workbench: Workbench, clock: FixedClock
) -> None:
    def card() -> str:
        return mara.get("/recipes").text.split("/recipes/local_grid_scan/new")[1].split("</li>")[0]

    assert "Takes" not in card()
    for days in (2, 4, 30):
        bundle = make_bundle(workbench, "local_grid_scan")
        clock.advance(days=days)
        with workbench.transaction(workbench.operator()) as tx:
            for task in tx.find(Task, bundle_id=bundle.bundle_id):
                lifecycle.cancel(tx, task.task_id)
            for link in links.links_of(tx, bundle.bundle_id):
                service.fill_link(tx, bundle.bundle_id, link.name, "https://example.com")
            service.complete(tx, bundle.bundle_id)
    visitor = card()
    assert "about 4 days" in visitor
    assert "median of 3" in visitor


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (-28, 7, "from 28 days before to 7 days after the anchor date"),
        (-2, 0, "from 2 days before to the anchor date"),
        (0, 1, "from the anchor date to 1 day after it"),
        (0, 0, "on the anchor date"),
        (-3, -3, "3 days before the anchor date"),
        (2, 2, "2 days after the anchor date"),
        (-5, -1, "from 5 days before to 1 day before the anchor date"),
        (1, 5, "from 1 day after to 5 days after the anchor date"),
    ],
)
def test_a_span_is_said_in_words(first: int, last: int, words: str) -> None:
    assert Span(first, last).words == words


# -- the form ------------------------------------------------------------------------------


def test_the_form_asks_for_the_parameters_with_their_titles_help_and_defaults(mara: Visitor) -> None:
    page = mara.get("/recipes/blog_post/new").text
    assert '<label for="start-param.topic">Topic</label>' in page
    assert "What the reader wants to know" in page
    assert re.search(r'name="param.topic" required [^>]*maxlength="200"', page)
    assert 'value="to be chosen in the brief"' in page
    assert re.search(
        r'type="checkbox" id="start-param.sponsored" name="param.sponsored"[^>]*value="true">', page
    )
    assert re.search(r'name="param.live_stream"[^>]* checked>', mara.get("/recipes/podcast_episode/new").text)


def test_the_form_suggests_the_first_day_on_which_nothing_is_late(mara: Visitor) -> None:
    page = mara.get("/recipes/podcast_episode/new").text
    assert 'name="anchor_date" required' in page
    assert 'value="2026-12-21"' in page  # 28 days after the clock's Saturday is one too; Monday follows
    assert "due in the past" not in preview_of(page)


def test_the_address_fills_in_the_form(mara: Visitor) -> None:
    page = mara.get(
        "/recipes/blog_post/new?campaign=acme_spring&anchor_date=2026-12-18&param.topic=Torque"
    ).text
    assert '<option value="campaign:acme_spring" selected>' in page
    assert 'value="2026-12-18"' in page
    assert 'value="Torque"' in page
    assert "engineers check the figures: Torque" in preview_of(page)


def test_the_preview_shows_dated_tasks_and_their_warnings_and_stores_nothing(
    mara: Visitor, workbench: Workbench
) -> None:
    fragment = mara.post(
        "/recipes/podcast_episode/preview",
        {"form": "start", "anchor_date": "2026-11-27", "param.guest_name": "Ada"},
        headers={"HX-Request": "true"},
    ).text
    assert "<html" not in fragment
    assert "42 tasks" in fragment
    assert "guest Ada" in fragment
    assert "Fri 30 Oct" in fragment
    assert "due in the past" in fragment
    assert "due on a Saturday" in fragment
    assert bundles(workbench) == []


def test_a_task_that_an_override_adds_stands_with_the_others_of_its_phase(mara: Visitor) -> None:
    shown = preview_of(mara.post("/recipes/blog_post/preview", {**BLOG, "for": "campaign:acme_spring"}).text)
    assert shown.count(">Writing</h3>") == 1
    assert shown.index("engineers check the figures") < shown.index(">Publication</h3>")


def test_without_a_script_the_preview_is_the_whole_page_with_the_input_kept(mara: Visitor) -> None:
    page = mara.post(
        "/recipes/blog_post/preview", {**BLOG, "param.sponsored": "true", "title": "My title"}
    ).text
    assert 'value="Torque wrenches"' in page
    assert 'value="My title"' in page
    assert re.search(r'name="param.sponsored"[^>]* checked>', page)
    assert "Sponsor&#39;s check and disclosure" in preview_of(page)


def test_an_unticked_box_stays_unticked_although_it_starts_ticked(mara: Visitor) -> None:
    page = mara.post("/recipes/podcast_episode/preview", {"form": "start", "anchor_date": "2026-12-21"}).text
    assert not re.search(r'name="param.live_stream"[^>]* checked>', page)


@pytest.mark.parametrize(("sent", "is_ticked"), [(["false", "true"], True), (["false"], False)])
def test_a_box_counts_as_the_form_sends_it_with_a_false_before_it(
    mara: Visitor, workbench: Workbench, sent: list[str], is_ticked: bool
) -> None:
    form = {**BLOG, "param.sponsored": sent}
    for way in ("preview", "form"):
        page = mara.post(f"/recipes/blog_post/{way}", form).text
        assert bool(re.search(r'name="param.sponsored"[^>]* checked>', page)) is is_ticked
        assert ("Sponsor&#39;s check and disclosure" in preview_of(page)) is is_ticked
    mara.post("/recipes/blog_post/new", form)
    (made,) = bundles(workbench)
    assert made.parameters["sponsored"] is is_ticked


def test_the_preview_says_what_is_still_missing(mara: Visitor) -> None:
    page = mara.get("/recipes/blog_post/new").text
    assert "Topic is missing." in preview_of(page)
    assert 'class="refusal"' not in page


def test_an_anchor_date_whose_due_dates_cannot_exist_is_named_in_the_preview(mara: Visitor) -> None:
    page = mara.post("/recipes/blog_post/preview", {**BLOG, "anchor_date": "0001-01-05"}).text
    assert "Anchor date: " in preview_of(page)
    assert "<ol>" not in preview_of(page)


# -- starting ------------------------------------------------------------------------------


def test_starting_makes_the_bundle_and_leads_to_it(mara: Visitor, workbench: Workbench) -> None:
    answer = mara.post(
        "/recipes/blog_post/new", {**BLOG, "for": "campaign:acme_spring", "title": "Torque, at last"}
    )
    (made,) = bundles(workbench)
    assert answer.status_code == 303
    assert answer.location == f"/bundles/{made.bundle_id}"
    assert (made.title, made.anchor_date) == ("Torque, at last", date(2026, 12, 18))
    assert made.partner_id
    assert made.campaign_id
    assert made.parameters["topic"] == "Torque wrenches"
    assert made.parameters["sponsored"] is False


def test_a_bundle_without_a_title_is_told_apart_by_what_was_typed(
    mara: Visitor, workbench: Workbench
) -> None:
    """D12: the form says what the title will be, the preview shows it, the bundle has it."""
    form = mara.get("/recipes/blog_post/new").text
    assert "Left empty: Article: (Topic)." in form
    previewed = preview_of(mara.post("/recipes/blog_post/preview", BLOG).text)
    assert "Article: Torque wrenches: <strong>" in previewed
    mara.post("/recipes/blog_post/new", {**BLOG, "idempotency_key": key_of(form)})
    assert [bundle.title for bundle in bundles(workbench)] == ["Article: Torque wrenches"]


def test_sending_the_form_twice_makes_one_bundle(mara: Visitor, workbench: Workbench) -> None:
    request = {**BLOG, "idempotency_key": key_of(mara.get("/recipes/blog_post/new").text)}
    first, second = (mara.post("/recipes/blog_post/new", request) for _ in range(2))
    assert first.location == second.location
    assert len(bundles(workbench)) == 1


def test_a_used_form_with_other_input_says_so_and_gets_a_fresh_key(
    mara: Visitor, workbench: Workbench
) -> None:
    request = {**BLOG, "idempotency_key": key_of(mara.get("/recipes/blog_post/new").text)}
    mara.post("/recipes/blog_post/new", request)
    again = mara.post("/recipes/blog_post/new", {**request, "param.topic": "Screwdrivers"})
    assert again.status_code == 409
    assert "started a bundle already" in again.text
    fresh = key_of(again.text)
    assert fresh != request["idempotency_key"]
    done = mara.post(
        "/recipes/blog_post/new", {**request, "param.topic": "Screwdrivers", "idempotency_key": fresh}
    )
    assert done.status_code == 303
    assert len(bundles(workbench)) == 2


@pytest.mark.parametrize(
    ("change", "name", "said"),
    [
        ({"param.topic": ""}, "param.topic", "Topic is missing."),
        ({"param.topic": "ab"}, "param.topic", "fewer than 3 characters"),
        ({"anchor_date": "soon"}, "anchor_date", "YYYY-MM-DD"),
        ({"anchor_date": ""}, "anchor_date", "YYYY-MM-DD"),
        ({"for": "partner:nobody"}, "for", "no active partner nobody"),
        ({"for": "campaign:nothing"}, "for", "no active campaign nothing"),
        ({"title": "x" * 501}, "title", "500"),
    ],
)
def test_a_refusal_stands_at_its_field_with_the_input_kept(
    mara: Visitor, workbench: Workbench, change: dict[str, str], name: str, said: str
) -> None:
    answer = mara.post("/recipes/blog_post/new", {**BLOG, "param.keyword": "kept as typed", **change})
    assert answer.status_code == 400
    error = answer.text.split(f'id="start-{name}-error">')[1].split("</p>")[0]
    assert said in error
    assert 'value="kept as typed"' in answer.text
    assert bundles(workbench) == []


def test_a_template_that_is_no_recipe_can_be_started_too(mara: Visitor, workbench: Workbench) -> None:
    assert mara.get("/recipes/untyped_work/new").status_code == 200
    request = {"form": "start", "anchor_date": "2026-12-18", "for": "partner:acme", "title": "Odd job"}
    assert mara.post("/recipes/untyped_work/new", request).status_code == 303
    assert bundles(workbench)[0].title == "Odd job"


def test_an_unknown_template_is_not_found(mara: Visitor) -> None:
    assert mara.get("/recipes/nothing_such/new").status_code == 404
    assert mara.post("/recipes/nothing_such/new", BLOG).status_code == 404


# -- who may -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ana", "sam", "bot"])
def test_everybody_of_the_team_may_start(as_user: Callable[[str], Visitor], name: str) -> None:
    visitor = as_user(name)
    assert visitor.get("/recipes").status_code == 200
    assert visitor.post("/recipes/blog_post/new", BLOG).status_code == 303


def test_a_partner_s_person_may_not(
    as_user: Callable[[str], Visitor], workbench: Workbench, people: dict[str, Actor]
) -> None:
    pat = as_user("pat")
    for path in ("/recipes", "/recipes/blog_post/new"):
        assert pat.get(path).status_code == 403
    assert pat.post("/recipes/blog_post/new", BLOG).status_code == 403
    assert bundles(workbench) == []


def test_what_the_preview_says_of_the_dates_is_said_at_the_start_too(mara: Visitor) -> None:
    """A start that nobody previewed says the same (R4)."""
    given = {**BLOG, "anchor_date": "2026-11-23"}
    form = mara.get("/recipes/blog_post/new").text
    previewed = preview_of(mara.post("/recipes/blog_post/preview", given).text)
    assert "! due in the past" in previewed
    started = mara.post("/recipes/blog_post/new", {**given, "idempotency_key": key_of(form)})
    said = mara.get(started.headers["Location"]).text.split('role="status">')[1].split("</p>")[0]
    assert "is started. Look at its dates: " in said
    assert ": due in the past" in said


# -- what is missing -----------------------------------------------------------------------


def test_a_missing_template_is_replaced_on_the_board_too(
    workbench: Workbench, mara: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R14, RES-04: with the key that was asked for, whatever the bundle is called."""
    assert mara.get("/recipes/gone_post/new").status_code == 404
    replaced = Settings(**{**vars(workbench.settings), "missing_template": "default"})
    monkeypatch.setattr(workbench, "settings", replaced)
    page = mara.get("/recipes/gone_post/new").text
    assert "There is no template <code>gone_post</code>, so this one starts in its place." in page
    assert "Left empty: Untyped work: gone_post." in page
    form = {"form": "start", "anchor_date": "2026-12-18", "for": "campaign:acme_spring"}
    previewed = mara.post("/recipes/gone_post/preview", form).text
    assert "Do the work that has no template" in preview_of(previewed)
    assert 'action="/recipes/gone_post/new"' in previewed
    for title in ("", "Sold by phone"):
        form |= {"title": title, "idempotency_key": key_of(mara.get("/recipes/gone_post/new").text)}
        assert mara.post("/recipes/gone_post/new", form).status_code == 303
    made = {bundle.title: bundle for bundle in bundles(workbench)}
    assert made.keys() == {"Untyped work: gone_post", "Sold by phone"}
    for bundle in made.values():
        assert bundle.template_id == "untyped_work"
        assert bundle.tags == ["untyped", "template_missing", "gone_post"]
