"""What the guides name is there: every text of the screens, address, key and search that they quote (N7)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask

from engine.app import Workbench
from engine.tasks import quick_add
from engine.tasks.filters import QA_CHOICES
from engine.tasks.models import Priority, TaskStatus, Urgency
from engine.tasks.search.fields import FIELDS, WHOLE
from engine.tasks.search.language import Named, nodes, parse
from tests.agreement.screen_texts import ROOT, screen_texts
from tests.swept import swept
from web import create_app
from web.keys import SHORTCUTS
from web.pages import guides
from web.pages.task_filters import DUE_CHOICES

_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_KEYS = {shortcut.keys for shortcut in SHORTCUTS}
#: What a search may be told, and the page that tells how.
_MEMBER = (guides.FOLDER / "member.md").read_text(encoding="utf-8")
_TABLE = _MEMBER.split("## Search and filter")[1].split("\n## ")[0]
#: What a line of quick add may say, and the words that stay in its title.
_LINE_WORDS = set(_CODE.findall(_MEMBER.split("## Make a task")[1].split("\n## ")[0])) - _KEYS
_TITLE_WORDS = {"#46", '"Monday"'}


def text_of(name: str) -> str:
    return (guides.FOLDER / f"{name}.md").read_text(encoding="utf-8")


def quoted(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    found = [(name, text) for name in guides.NAMES for text in pattern.findall(text_of(name))]
    return sorted({(name, re.sub(r"\s+", " ", text)) for name, text in found})


@swept("name, text", quoted(_BOLD))
def test_what_a_guide_prints_bold_is_a_text_of_the_screen(name: str, text: str):
    """The explanation of the convention is bold, too."""
    assert text == "bold" or text in screen_texts(), (
        f"web/guides/{name}.md names “{text}”, which no screen has"
    )


@pytest.fixture
def app(workbench: Workbench) -> Flask:
    return create_app(workbench, secret_key="only for tests")


def test_what_a_guide_quotes_is_a_key_an_address_a_status_or_a_search(app: Flask):
    """Any words are a search; so it is only in the chapter about searching that words count as one."""
    addresses = app.url_map.bind("localhost")
    searches = {re.sub(r"\s+", " ", text) for text in _CODE.findall(_TABLE)}
    found = list(quoted(_CODE))
    assert searches
    assert {name for name, _ in found} >= {"member", "manager"}
    explained = searches | _LINE_WORDS
    for name, text in found:
        if text.startswith("/") and len(text) > 1:
            assert addresses.test(text, method="GET"), (name, text)
        elif not (name == "member" and text in explained):
            assert text in _KEYS | {"this type"}, f"web/guides/{name}.md: {text} is no key"
    for text in searches - _KEYS - {*TaskStatus, *Priority}:
        said = parse(text, FIELDS, WHOLE)
        assert said.tree is not None, text
        assert said.mistakes == (), text


def test_the_table_of_the_search_has_every_name_and_every_word_of_the_parser():
    trees = [parse(text, FIELDS, WHOLE).tree for text in _CODE.findall(_TABLE)]
    named = [node for tree in trees for node in nodes(tree) if isinstance(node, Named)]
    said = {
        name: {value.text for node in named if node.name == name for value in node.values} for name in FIELDS
    }
    assert [name for name, values in said.items() if not values] == []
    quoted_words = set(_CODE.findall(_TABLE))
    assert {"open", "all"} <= said["status"]
    assert {status.value for status in TaskStatus} <= quoted_words
    assert {item.value for item in Priority} <= quoted_words | said["priority"]
    assert said["qa"] == set(QA_CHOICES)
    assert {"me", "none", "nobody"} <= said["assignee"]
    assert {*FIELDS["is"].words} == said["is"]
    assert {*FIELDS["has"].words} == said["has"]
    assert {value for value, _ in DUE_CHOICES} | {"overdue", "7d", ">7d", "none"} <= said["due"]


def test_the_table_of_a_new_task_has_every_mark_and_only_what_is_understood():
    people = {"ben": "Ben", "me": "Ana"}
    for text in _LINE_WORDS:
        found = quick_add.understand(f"Call {text}", today=date(2026, 11, 21), zone="UTC", people=people)
        assert ([piece.text for piece in found.pieces] == [text]) != (text in _TITLE_WORDS), text
        assert not found.mistakes, text
    assert {f"!{word.value}" for word in (*Priority, *Urgency)} <= _LINE_WORDS


def test_a_guide_begins_with_what_its_reader_wants_to_do():
    for name in guides.NAMES:
        guide = guides.load(name)
        assert guide.opening
        assert len({section.anchor for section in guide.sections}) == len(guide.sections) >= 5
        assert all(section.text for section in guide.sections)


def test_the_readme_leads_to_every_guide():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\(web/guides/(\w+)\.md\)", readme)) == set(guides.NAMES)
