"""Pages speak in words: no names of the program, no numbers of requirements, no raw dates (D13)."""

from __future__ import annotations

import html
import re
from dataclasses import asdict

import pytest
from flask import Flask

from engine.app import Workbench
from tests.web.conftest import PopulatedStore, Visitor
from tests.web.test_statements import LOOKERS, PAGES
from web import create_app

#: What is quoted as it is written elsewhere, or typed by people: a key in a file, an address, an input.
_QUOTED = re.compile(
    r"<(code|pre|script|style|textarea|kbd|datalist)\b.*?</\1>|<time\b.*?</time>|<[^>]*>", re.DOTALL
)
_MACHINE = re.compile(
    r"(?<![\w@/.#-])[a-z]+(?:_[a-z0-9]+)+(?![\w@/-])"  # snake_case
    r"|\b[A-Z]{2,4}-\d\d\b"  # a requirement
    r"|(?<![\w/-])\d{4}-\d\d-\d\d(?![\w/-])"  # a day as machines write it
    r"|\bdie with\b"
)


def machine_words(page: str) -> set[str]:
    """Return the words of a page that nobody would say."""
    return set(_MACHINE.findall(html.unescape(_QUOTED.sub(" ", page))))


def test_words_of_the_machine_are_found_where_people_read_them():
    """The finder itself: in code, addresses and inputs such words may stand."""
    page = """<p title="a_title">reminders: due, missing_evidence <code>blog_post</code> for 2026-12-23
    KPI-01 <a href="/templates/blog_post">here</a> ana_b@example.com <time>2026-12-24</time></p>"""
    assert machine_words(page) == {"missing_evidence", "2026-12-23", "KPI-01"}


@pytest.fixture
def visitors(populated: Workbench, populated_store: PopulatedStore) -> dict[str, Visitor]:
    app: Flask = create_app(populated, secret_key="only for tests")
    return {name: Visitor.signed_in(app, populated_store.people[name].user_id) for name in LOOKERS}


@pytest.mark.few(1)
@pytest.mark.parametrize("who", LOOKERS)
def test_no_page_shows_a_word_of_the_machine(
    who: str, visitors: dict[str, Visitor], populated_store: PopulatedStore
):
    subjects, found = asdict(populated_store.subjects), {}
    for page, statements in PAGES.items():
        is_theirs = statements[LOOKERS.index(who)] is not None
        if page.endswith(".json") or page == "/api/docs":
            continue  # for programs and who writes them; what people are shown is held by test_yaml_editing
        if is_theirs and (words := machine_words(visitors[who].get(page.format(**subjects)).text)):
            found[page] = words
    assert sorted((page, word) for page, words in found.items() for word in words) == []
