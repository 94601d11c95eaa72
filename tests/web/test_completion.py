"""What the search field offers while somebody types."""

from __future__ import annotations

import pytest

from tests.factories import make_bundle
from tests.statements import counted
from web.pages import completion


@pytest.fixture
def offered(workbench, people):
    def ask(text: str, name: str = "mara") -> list[completion.Offer]:
        before = text.replace("|", "")
        at = text.index("|") if "|" in text else len(text)
        with workbench.reading(people[name]) as tx, counted() as statements:
            found = completion.offers(tx, workbench.content(), before, at)
        assert len(statements) <= 1
        return found

    return ask


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", []),
        ("tent ", []),
        ("assi", ["assignee:"]),
        ("tent -S", ["status:", "scheduled:", "sort:", "is:stuck"]),
        ("(la", ["is:late"]),
        ("https://exa", []),
        ('"assi', []),
        ('"red assi', []),
        ("assignee:", ["me", "nobody", "ana", "ben"]),
        ("assignee:BE", ["ben"]),
        ("assignee:alva", ["ana"]),
        ("assignee:ana,b", ["ben", "bot", "nobody"]),
        ("-status:wai", ["waiting"]),
        ("due:>", [">7d"]),
        ("colour:r", []),
        ("template:newsl", ["newsletter"]),
        ("type:untyp", ["untyped"]),
        ("has:", ["proof", "note", "file"]),
        ("tag:x", []),
        ("x" * 1000 + " assi", []),
    ],
)
def test_names_are_offered_then_values_that_begin_so_first(offered, typed: str, words: list[str]):
    found = [offer.word for offer in offered(typed)]
    assert (found[:4] if typed == "assignee:" else found) == words


def test_an_offer_is_put_where_the_cursor_stands(offered):
    (name,) = offered("assi| tent")
    assert (name.text, name.at) == ("assignee: tent", 9)
    value = offered("tag:x assignee:an| tent")[0]
    assert (value.text, value.at, value.meaning) == ("tag:x assignee:ana tent", 18, "Ana Alvarez")
    (last,) = offered("-is:la")
    assert (last.text, last.at) == ("-is:late ", 9)


def test_eight_are_offered_at_most(offered):
    assert len(offered("status:")) == completion.MOST == 8


def test_a_bundle_is_offered_by_its_title_to_who_sees_it(offered, workbench, people):
    bundle = make_bundle(workbench, "local_grid_scan", actor=people["mara"], title="Scan of the shop")
    assert [(offer.word, offer.meaning) for offer in offered("bundle:scan")] == [
        (bundle.bundle_id, bundle.title)
    ]
    assert offered("bundle:scan", "ana") == []


def test_a_strange_cursor_is_taken_for_the_end(as_user):
    mara = as_user("mara")
    for at in ("", "-1", "99", "x"):
        answer = mara.get(f"/board/complete?q=assignee:be&at={at}")
        assert 'data-text="assignee:ben "' in answer.text
    assert mara.get("/board/complete").status_code == 200
