"""What changed in a template, revision by revision, in words (D1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from engine.accounts import passwords
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from tests.conftest import commit_all
from tests.factories import PASSWORD, make_people
from tests.web.conftest import Visitor
from web import create_app

ADDRESS = "/templates/indexing_check/changes"
TITLE = "Check that the page is indexed"


@pytest.fixture
def reader_of(settings: Settings, clock: FixedClock):
    """Give a manager who reads the content of a folder."""
    engines = []

    def of(folder: Path) -> Visitor:
        engine = Workbench(replace(settings, content=str(folder)), clock=clock)
        engines.append(engine)
        people = make_people(engine)
        with engine.transaction(engine.operator()) as tx:
            accounts.set_password(tx, people["mara"].user_id, passwords.hash_password(PASSWORD))
        visitor = Visitor(create_app(engine, secret_key="only for tests").test_client())
        visitor.sign_in("mara")
        return visitor

    yield of
    for engine in engines:
        engine.close()


def revisions(page: str) -> list[tuple[str, list[str]]]:
    """Return each revision's heading with its lines, as somebody reads them."""
    found = []
    for part in re.findall(r'<section[^>]*id="commit-.*?</section>', page, re.DOTALL):
        heading = re.search(r"<h2[^>]*>(.*?)</h2>", part, re.DOTALL)
        lines = [re.sub(r"<[^>]+>", "", line) for line in re.findall(r"<li>(.*?)</li>", part, re.DOTALL)]
        assert heading is not None
        found.append(
            (unescape(re.sub(r"<[^>]+>", "", heading[1])).strip(), [unescape(line) for line in lines])
        )
    return found


def test_each_commit_that_touched_what_it_consists_of_is_told_newest_first(
    content_repo: Path, reader_of: Callable[[Path], Visitor]
) -> None:
    def write(path: str, old: str, new: str, message: str) -> None:
        file = content_repo / "content" / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
        commit_all(content_repo, message)

    write("task_templates/indexing_check.yaml", "    offset_days: 0", "    offset_days: 3", "Later")
    write("task_templates/newsletter.yaml", "name:", "name: Our", "Another template")
    write("task_types/indexing.yaml", "category: technical", "category: content", "Another kind")
    write("task_templates/partners/acme/indexing_check.yaml", "reason:", "icon: A\nreason:", "<b>Acme</b>")
    told = revisions(reader_of(content_repo).get(ADDRESS).text)
    assert [heading for heading, _ in told] == [
        "<b>Acme</b>", "Another kind", "Later", "Shipped content",
    ]  # fmt: skip
    assert told[0][1] == [
        "For partner acme: the template: icon is “A” now, before “🗂️” (a sign shown beside the name)"
    ]
    assert told[1][1][0].startswith("Task type “Indexing”: category is “content” now, before “technical”")
    assert told[2][1] == [
        f"Task “{TITLE}” is due 3 days after the anchor date, was on the anchor date",
        "For partner acme the same changes",
    ]
    assert told[3][1] == ["The content begins here"]


@pytest.mark.wide
def test_a_change_of_words_in_the_file_alone_is_one_that_work_does_not_get(
    content_repo: Path, reader_of: Callable[[Path], Visitor]
) -> None:
    file = content_repo / "content/task_templates/indexing_check.yaml"
    file.write_text(f"{file.read_text()}# Nothing else.\n")
    commit_all(content_repo, "A remark")
    page = reader_of(content_repo).get(ADDRESS).text
    assert revisions(page)[0] == ("A remark", [])
    assert "Work gets what it got." in page


@pytest.mark.wide
def test_a_template_that_went_and_came_back_says_so(
    content_repo: Path, reader_of: Callable[[Path], Visitor]
) -> None:
    file = content_repo / "content/task_templates/newsletter.yaml"
    text = file.read_text()
    file.unlink()
    commit_all(content_repo, "Away")
    file.write_text(text)
    commit_all(content_repo, "Back")
    told = revisions(reader_of(content_repo).get("/templates/newsletter/changes").text)
    assert told[:2] == [("Back", ["The template is new"]), ("Away", ["The template is gone"])]


def test_content_without_git_has_no_revisions(
    content_repo: Path, tmp_path: Path, reader_of: Callable[[Path], Visitor]
) -> None:
    (content_repo / "content").rename(tmp_path / "content")
    page = reader_of(tmp_path).get(ADDRESS).text
    assert "The content is not in Git, so nobody knows what it was before." in page


def test_the_template_s_page_leads_there_and_a_partner_s_person_never_gets_there(
    mara: Visitor, as_user: Callable[[str], Visitor]
) -> None:
    assert f'href="{ADDRESS}"' in mara.get("/templates/indexing_check").text
    assert mara.get(ADDRESS).status_code == 200
    assert mara.get("/templates/nosuch/changes").status_code == 404
    assert as_user("pat").get(ADDRESS).status_code == 403
