"""The page that tells what the work says about a template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.accounts import passwords
from engine.accounts import service as accounts
from engine.config import Settings
from engine.proposals.models import Proposal
from tests.engine.bundles.conftest import write_content
from tests.engine.evidence.year import Year
from tests.factories import PASSWORD
from tests.web.conftest import Visitor
from web import create_app


def _words(page: str) -> str:
    """Return what a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def year(settings: Settings, tmp_path: Path) -> Iterator[Year]:
    """Ten bundles of work, with three faults in their template."""
    found = Year(settings, write_content(tmp_path / "own"))
    with found.engine.transaction(found.engine.operator()) as tx:
        accounts.set_password(tx, found.case.people["mara"].user_id, passwords.hash_password(PASSWORD))
    found.work(bundles=10)
    yield found
    found.engine.close()


@pytest.fixture
def mara_of(year: Year) -> Visitor:
    """Mara, signed in to that."""
    mara = Visitor(create_app(year.engine, secret_key="only for tests").test_client())
    mara.sign_in("mara")
    return mara


def test_a_manager_reads_what_stands_out_and_whether_a_change_helped(year: Year, mara_of: Visitor):
    mara = mara_of
    assert 'href="/templates/visit/evidence"' in mara.get("/templates/visit").text
    assert 'href="/templates/visit/changes"' in mara.get("/templates/visit/evidence").text
    assert 'href="/templates/visit/evidence"' in mara.get("/templates/visit/changes").text
    words = _words(mara.get("/templates/visit/evidence").text)
    assert "“Write the paper” took longer than the template gives in 10 of 10 runs" in words
    assert "The step “Print the file” of “Prepare the visit” was not done in 10 of 10 runs" in words
    assert "sent back the first time in 10 of 10 runs" in words
    year.say(WRITE="1")
    year.work(bundles=1)
    words = _words(mara.get("/templates/visit/evidence").text)
    assert (
        words.index("Newest revision with bundles at")
        < words.index("Fewer than 10 runs are done")
        < words.index("Since then")
    )
    assert "Since: too few runs to say: 1 of the 10 that it takes." in words
    assert "few runs" not in words.replace("too few runs", ""), "said once of the revision, not of each task"


@pytest.mark.wide
def test_a_press_makes_the_change_as_a_draft_and_a_refusal_says_why(year: Year, mara_of: Visitor):
    page = mara_of.get("/templates/visit/evidence").text
    assert re.findall(r"<button[^>]*>([^<]*)<span", page) == [
        "Take the step out",
        "Let it be due 5 days later",
        "Add a step with what approvers said",
    ]
    form = {"kind": "step_not_needed", "task": "prepare", "step": "print"}
    led = mara_of.post("/templates/visit/evidence", data=form)
    assert led.status_code == 303
    with year.engine.reading(year.case.people["mara"]) as tx:
        [draft] = tx.find(Proposal)
    assert led.headers["Location"].endswith(f"/proposals/{draft.proposal_id}")
    year.say(WRITE="1")
    form = {"form": "suggest", "kind": "too_short", "task": "write"}
    refused = mara_of.post("/templates/visit/evidence", data=form, follow_redirects=True)
    assert "No press makes this change of “Write the paper”. It is due otherwise by now" in refused.text
    assert "Change the template</a>" in refused.text


def test_a_template_that_never_ran_says_so_and_an_unknown_one_is_not_found(mara: Visitor, ana: Visitor):
    assert "No bundle was ever started from it" in mara.get("/templates/blog_post/evidence").text
    assert mara.get("/templates/nothing/evidence").status_code == 404
    assert ana.get("/templates/blog_post/evidence").status_code == 403
    assert "/evidence" not in ana.get("/templates/blog_post").text
