"""The pages of proposals: what one changes, what is wrong with it, and where it goes next (EDT-04)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from engine.access import Actor
from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import ContentError
from engine.proposals import drafting
from engine.proposals.overlay import text_of
from tests.engine.proposals.team import FILE, WHY, Team, named, team_at
from tests.factories import do, make_bundle
from tests.web.conftest import Visitor
from web import create_app


@pytest.fixture
def team(settings: Settings, content_repo: Path, tmp_path: Path, clock: FixedClock) -> Iterator[Team]:
    with team_at(settings, content_repo, tmp_path, clock) as found:
        yield found


@pytest.fixture
def board(team: Team) -> Flask:
    return create_app(team.workbench, secret_key="only for tests")


@pytest.fixture
def sam(team: Team, board: Flask) -> Visitor:
    return Visitor.signed_in(board, str(team.people["sam"].user_id))


@pytest.fixture
def mara(team: Team, board: Flask) -> Visitor:
    return Visitor.signed_in(board, str(team.people["mara"].user_id))


def read(page: str) -> str:
    """Return what somebody reads on a page, in one line."""
    main = page.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def write(team: Team, draft: str, old: str, new: str) -> None:
    seen = str(team.text(draft))
    assert old in seen
    with team.workbench.transaction(team.people["sam"]) as tx:
        drafting.write(tx, draft, FILE, seen.replace(old, new, 1), seen=seen)


def test_a_draft_is_offered_on_its_page_which_says_where_it_goes_next(
    sam: Visitor, mara: Visitor, team: Team
):
    draft = team.draft()
    here = f"/proposals/{draft}"
    page = sam.get(here).text
    assert "It is a draft, and you alone see it." in read(page)
    assert "The template is called “Letter” now, was “Weekly newsletter”" in read(page)
    assert mara.get(here).status_code == 404
    assert f"{here}/offer" in page
    answer = sam.post(f"{here}/offer", {"form": "offer", "title": "", "description": "It is shorter."})
    assert "must be given" in read(answer.text)
    answer = sam.post(f"{here}/offer", {"title": "Call it a letter", "description": "It is **shorter** now."})
    assert answer.location.endswith(here)
    assert "It is being pushed. This takes a moment." in read(sam.get(here).text)
    team.push()
    shown = read(mara.get(here).text)
    assert "Call it a letter" in shown
    assert "It is shorter now." in shown
    assert f"It is pushed as {team.of(draft).branch}" in shown
    assert "Edit it again" not in shown, "that is for its author"


@pytest.mark.wide
def test_a_forge_that_is_known_is_linked(sam: Visitor, team: Team, monkeypatch: pytest.MonkeyPatch):
    found = team.offered()
    branch = team.of(found).branch
    monkeypatch.setattr(
        team.workbench.settings, "content_remote", "https://bot@github.com/acme/c.git"
    ) if False else None
    object.__setattr__(team.workbench.settings, "content_remote", "https://bot@github.com/acme/c.git")
    page = sam.get(f"/proposals/{found}").text
    assert f'href="https://github.com/acme/c/compare/main...{branch}?expand=1"' in page
    assert "bot@" not in page


def test_what_is_wrong_stands_there_with_its_line_and_nothing_can_be_offered(sam: Visitor, team: Team):
    draft = team.draft()
    write(team, draft, "status: active", "status: asleep")
    page = sam.get(f"/proposals/{draft}").text
    line = next(n for n, text in enumerate(str(team.text(draft)).splitlines(), 1) if "asleep" in text)
    assert f"{FILE}:{line}" in read(page)
    assert f'/edit?path={FILE}#problems">Mend it with forms</a>' in page, "nobody needs YAML to mend it"
    assert f'/yaml?path={FILE}#line-{line}">in the text</a>' in page
    assert "/offer" not in page


@pytest.mark.wide
def test_a_base_that_moved_is_caught_up_with_by_one_press(sam: Visitor, team: Team):
    draft = team.draft()
    team.change_live("status: active", "status: active  # still")
    here = f"/proposals/{draft}"
    page = sam.get(here).text
    assert f"Somebody else changed {FILE} since you began." in read(page)
    assert "/offer" not in page
    sam.post(f"{here}/catch-up")
    assert "has what others changed meanwhile" in read(sam.get(here).text)
    assert "# still" in str(team.text(draft))


@pytest.mark.wide
def test_running_bundles_and_dates_that_it_touches_are_told(sam: Visitor, team: Team):
    make_bundle(team.workbench, "newsletter", actor=team.people["mara"], partner="acme")
    draft = team.draft()
    write(team, draft, "offset_days: -13", "offset_days: -12")
    page = read(sam.get(f"/proposals/{draft}").text)
    assert "Of those of templates that change: 1 safe" in page
    assert "what is safe then takes it over without a question" in page
    assert "is due 12 days before the anchor date, was 13 days before the anchor date" in page
    assert "was Sat 14 November 2026 23:59" in page


@pytest.mark.wide
def test_a_date_that_nobody_can_keep_stands_there_as_wrong(sam: Visitor, team: Team):
    draft = team.draft()
    write(team, draft, "offset_days: -14", "offset_days: -17")
    page = sam.get(f"/proposals/{draft}").text
    assert "before the bundle is started" in read(page)
    assert "/offer" not in page
    with pytest.raises(ContentError, match="before the bundle is started"):
        team.offer(draft)


@pytest.mark.wide
def test_two_open_proposals_of_a_template_know_of_one_another(sam: Visitor, mara: Visitor, team: Team):
    one, other = team.offered("sam", "Letter"), team.offered("mara", "News")
    assert f"/proposals/{other}" in sam.get(f"/proposals/{one}").text
    assert f"/proposals/{one}" in mara.get(f"/proposals/{other}").text
    assert "2 open proposals" in read(sam.get("/templates/newsletter").text)


def test_the_list_has_ones_drafts_and_what_others_offer(sam: Visitor, mara: Visitor, team: Team):
    assert "Nothing is open" in read(sam.get("/proposals").text)
    mine, theirs = team.draft("sam"), team.offered("mara", "News")
    page = sam.get("/proposals").text
    assert f"proposal-{mine}" in page
    assert f"proposal-{theirs}" in page
    assert f"proposal-{theirs}" not in sam.get("/proposals?which=mine").text
    assert f"proposal-{mine}" not in mara.get("/proposals").text
    sam.post(f"/proposals/{mine}/withdraw")
    assert f"proposal-{mine}" in sam.get("/proposals?which=decided").text


def test_whoever_may_not_propose_sees_none_of_it(team: Team, board: Flask):
    found = team.offered()
    ana = Visitor.signed_in(board, str(team.people["ana"].user_id))
    for path in ("/proposals", f"/proposals/{found}", f"/proposals/{found}/patch"):
        assert ana.get(path).status_code == 403
    assert "/proposals" not in ana.get("/templates/newsletter").text


@pytest.mark.wide
def test_a_patch_is_downloaded(sam: Visitor, team: Team):
    draft = team.draft()
    answer = sam.get(f"/proposals/{draft}/patch")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{draft}.patch"'
    assert "+name: Letter" in answer.text


@pytest.mark.wide
def test_merged_it_is_taken_back_by_a_draft_of_its_own(sam: Visitor, team: Team):
    found = team.offered()
    team.merge(str(team.of(found).branch))
    team.followed()
    here = f"/proposals/{found}"
    assert "What it says is live" in read(sam.get(here).text)
    answer = sam.post(f"{here}/revert")
    assert "Revert “Say more”" in read(sam.get(answer.location).text)
    assert answer.location.rpartition("/")[2] in sam.get(here).text


@pytest.mark.wide
def test_edited_again_and_withdrawn(sam: Visitor, team: Team):
    found = team.offered()
    here = f"/proposals/{found}"
    sam.post(f"{here}/edit-again")
    assert "It is a draft, and you alone see it." in read(sam.get(here).text)
    sam.post(f"{here}/withdraw")
    shown = sam.get(here).text
    assert "The draft was discarded." in read(shown)
    assert f'action="{here}/edit-again"' in shown, "who withdrew it by mistake need not write it anew"
    listed = read(sam.get("/proposals?which=decided").text)
    assert "discarded" in listed
    assert "withdrawn" not in listed
    sam.post(f"{here}/edit-again")
    assert "It is a draft, and you alone see it." in read(sam.get(here).text)


@pytest.mark.wide
def test_what_could_not_be_pushed_says_why_and_is_pushed_again(sam: Visitor, team: Team):
    hook = team.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'Ask Mara first.' >&2\nexit 1\n")
    hook.chmod(0o755)
    found = team.offered()
    here = f"/proposals/{found}"
    page = sam.get(here).text
    assert "Ask Mara first" in read(page)
    hook.unlink()
    sam.post(f"{here}/offer", {"title": "Say more", "description": "It helps."})
    team.push()
    assert "It is pushed as" in read(sam.get(here).text)


def test_without_a_remote_the_patch_is_the_way(app: Flask, workbench: Workbench, people: dict[str, Actor]):
    sam = Visitor.signed_in(app, str(people["sam"].user_id))
    content = workbench.content()
    live = str(text_of(content, FILE))
    given = {"before": live, "text": named(live, "Letter"), "base_commit": content.commit}
    with workbench.transaction(people["sam"]) as tx:
        draft = drafting.begin(tx, template="newsletter", path=FILE, **given).proposal_id
    do(workbench, people["sam"], "proposal offer", proposal_id=draft, **WHY)
    assert "give the patch to whoever merges it" in read(sam.get(f"/proposals/{draft}").text)
    assert "+name: Letter" in sam.get(f"/proposals/{draft}/patch").text
