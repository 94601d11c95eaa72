"""A search becomes a tree, each piece with its place; what cannot be read is left out and told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tasks.search.language import (
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_TERMS,
    Either,
    Every,
    Named,
    Node,
    Without,
    Words,
    nodes,
    parse,
    written,
)

NAMES = ("assignee", "status", "tag", "due", "text")
WHOLE = ("text",)


def told(tree: Node | None) -> str:
    """Write a tree with every bracket, and phrases in quotes."""
    if tree is None:
        return ""
    if isinstance(tree, Words):
        return f'"{tree.text}"' if tree.is_quoted else tree.text
    if isinstance(tree, Named):
        return f"{tree.name}={'|'.join(value.text for value in tree.values)}"
    if isinstance(tree, Without):
        return f"not {told(tree.of)}"
    return f"({(' and ' if isinstance(tree, Every) else ' or ').join(told(one) for one in tree.of)})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", ""),
        ("  tent ", "tent"),
        ("call the guest", "(call and the and guest)"),
        ('"call the  guest" now', '("call the guest" and now)'),
        ("„call the“ ”guest“", '("call the" and "guest")'),
        ("-tent", "not tent"),
        ("e-mail - 5-a", "(e-mail and - and 5-a)"),
        ("--tent", "not not tent"),
        ('-"red tent"', 'not "red tent"'),
        ("red or blue tent", "(red or (blue and tent))"),
        ("red OR blue", "(red or blue)"),
        ('red "or" blue', '(red and "or" and blue)'),
        ("order oral for", "(order and oral and for)"),
        ("(red or blue) tent", "((red or blue) and tent)"),
        ("-(red tent)", "not (red and tent)"),
        ("((tent))", "tent"),
        ("call (urgent)", "(call and urgent)"),
        ("fn(x) a) :-)", "(fn(x) and a) and :-))"),
        ("(fn(x) or y)", "(fn(x) or y)"),
        ("assignee:ana,ben", "assignee=ana|ben"),
        ("Assignee:me", "assignee=me"),
        ('tag:"a b",c tag:d', "(tag=a b|c and tag=d)"),
        ("tag:a,,b", "tag=a|b"),
        ("due:<7d -due:>2026-12-01", "(due=<7d and not due=>2026-12-01)"),
        ('text:"Brief: tents"', "text=Brief: tents"),
        ("text:a,b", "text=a,b"),
        ("(tag:a or tag:b)", "(tag=a or tag=b)"),
        ("https://a.example/?b=c:d it's", "(https://a.example/?b=c:d and it's)"),
        ('"Brief: tents"', '"Brief: tents"'),
        ("Brief: tents", "(Brief: and tents)"),
        ("12:30 a_b:c", "(12:30 and a_b:c)"),
        ('5" nail', '(5" and nail)'),
        ('"half', '"half'),
        ("#46 or #47", "(#46 or #47)"),
    ],
)
def test_a_search_without_mistakes_becomes_this_tree(text: str, tree: str):
    said = parse(text, NAMES, WHOLE)
    assert told(said.tree) == tree
    assert said.mistakes == ()


@pytest.mark.parametrize(
    ("text", "tree", "wrong", "message"),
    [
        (
            "tent colour:red",
            "tent",
            "colour",
            "The search knows no colour:. To look for the words, write them",
        ),
        ("stat:open tent", "tent", "stat", "Did you mean status?"),
        ("assignee: tent", "tent", "assignee:", "assignee: needs a value."),
        ("-assignee: tent", "tent", "assignee:", "assignee: needs a value."),
        ("or tent", "tent", "or", 'to look for the word, write "or"'),
        ("tent or", "tent", "or", 'to look for the word, write "or"'),
        ("red or or blue", "(red or blue)", "or", "or stands between two terms"),
        ("(red or blue", "(red or blue)", "(", "This bracket is not closed"),
        ("() tent", "tent", "(", "There is nothing between these brackets"),
        ("colour:red or tag:x", "tag=x", "colour", "The search knows no colour:"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_rest_counts(text: str, tree: str, wrong: str, message: str):
    said = parse(text, NAMES, WHOLE)
    assert told(said.tree) == tree
    assert text[said.mistakes[0].start : said.mistakes[0].end] == wrong
    assert message in said.mistakes[0].message


@pytest.mark.parametrize(
    ("text", "message", "kept"),
    [
        ("a " * MOST_TERMS + "b c", f"A search may have {MOST_TERMS} terms", MOST_TERMS),
        ("tag:x," + "a," * MOST_TERMS + "b", f"A search may have {MOST_TERMS} terms", MOST_TERMS),
        ("-" * MOST_DEPTH + "-a", f"A search may be {MOST_DEPTH} brackets deep", 0),
        ("b " + "(" * 500 + "a", f"A search may be {MOST_DEPTH} brackets deep", 1),
        ("a" * (MOST_CHARACTERS - 2) + " bcd", f"A search may have {MOST_CHARACTERS:,} characters", 2),
    ],
)
def test_what_is_too_much_is_left_out_and_told_once(text: str, message: str, kept: int):
    said = parse(text, NAMES)
    assert [mistake.message.startswith(message) for mistake in said.mistakes] == [True]
    found = nodes(said.tree)
    values = [value for node in found if isinstance(node, Named) for value in node.values]
    assert len([*values, *(node for node in found if isinstance(node, Words))]) == kept
    assert said.mistakes[0].end in (len(text), MOST_CHARACTERS)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ('assignee:me  "a b" -(c or d)', ["assignee:me", '"a b"', "-(c or d)"]),
        ("a b or c", ["a b or c"]),
        ("a colour:red", ["a", "colour:red"]),
        ("a or", ["a", "or"]),
    ],
)
def test_what_must_all_match_is_taken_out_piece_by_piece(text: str, pieces: list[str]):
    said = parse(text, NAMES)
    assert [text[piece.start : piece.end] for piece in said.pieces] == pieces
    if pieces[0] == "assignee:me":
        assert [said.without(piece) for piece in said.pieces] == [
            '"a b" -(c or d)', "assignee:me -(c or d)", 'assignee:me "a b"',
        ]  # fmt: skip


@given(st.text(alphabet='ab :-()"“”,or#ſ\n\0İ', max_size=60))
def test_any_text_is_read_and_every_piece_lies_in_it(text: str):
    said = parse(text, NAMES, WHOLE)
    ends = [(piece.start, piece.end) for piece in said.pieces]
    for start, end in ends:
        assert 0 <= start < end <= len(text)
    assert ends == sorted(ends)
    for mistake in said.mistakes:
        assert 0 <= mistake.start <= mistake.end <= len(text)
    for node in nodes(said.tree):
        assert 0 <= node.start < node.end <= len(text)
        if isinstance(node, Every | Either):
            assert len(node.of) > 1
    if text.replace("\0", " ").strip():
        assert said.pieces


@given(st.sampled_from([name for name in NAMES if name not in WHOLE]), st.text(min_size=1, max_size=20))
def test_a_value_that_is_written_is_read_again(name: str, value: str):
    """A quote has no way to stand within quotes: it becomes an apostrophe. Spaces are one, and so is NUL."""
    told_as = " ".join(value.replace('"', "'").split())
    if any(one in value for one in "“„”\0") or not told_as:
        return
    tree = parse(written(name, value), NAMES).tree
    assert isinstance(tree, Named)
    assert [one.text for one in tree.values] == [told_as]
