"""The page that tells what the work says about a template."""

from __future__ import annotations

import re
from pathlib import Path

from engine.accounts import passwords
from engine.accounts import service as accounts
from engine.config import Settings
from tests.engine.bundles.conftest import write_content
from tests.engine.evidence.year import Year
from tests.factories import PASSWORD
from tests.web.conftest import Visitor
from web import create_app


def _words(page: str) -> str:
    """Return what a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_manager_reads_what_stands_out_and_whether_a_change_helped(settings: Settings, tmp_path: Path):
    year = Year(settings, write_content(tmp_path / "own"))
    with year.engine.transaction(year.engine.operator()) as tx:
        accounts.set_password(tx, year.case.people["mara"].user_id, passwords.hash_password(PASSWORD))
    year.work(bundles=10)
    mara = Visitor(create_app(year.engine, secret_key="only for tests").test_client())
    mara.sign_in("mara")
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
    assert "Since: too few runs are done since to say; 10 are needed." in words
    assert "few runs" not in words.replace("too few runs", ""), "said once of the revision, not of each task"
    year.engine.close()


def test_a_template_that_never_ran_says_so_and_an_unknown_one_is_not_found(mara: Visitor, ana: Visitor):
    assert "No bundle was ever started from it" in mara.get("/templates/blog_post/evidence").text
    assert mara.get("/templates/nothing/evidence").status_code == 404
    assert ana.get("/templates/blog_post/evidence").status_code == 403
    assert "/evidence" not in ana.get("/templates/blog_post").text
