from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.budgets import BYTES_OF_CONTENT_FILE
from engine.catalog.problems import ProblemCode
from engine.catalog.yaml_reader import read_yaml
from engine.errors import UnavailableError

VALUES = [
    ("true", True),
    ("false", False),
    ("null", None),
    ("~", None),
    ("", None),
    ("3", 3),
    ("-3", -3),
    ("0", 0),
    ("1.5", 1.5),
    ("1e3", 1000.0),
    ("True", "True"),
    ("yes", "yes"),
    ("NO", "NO"),
    ("on", "on"),
    ("Null", "Null"),
    ("12:30", "12:30"),
    ("007", "007"),
    ("0x1f", "0x1f"),
    ("0o17", "0o17"),
    ("1_000", "1_000"),
    ("+3", "+3"),
    (".5", ".5"),
    (".inf", ".inf"),
    ("2026-01-31", "2026-01-31"),
    ("2026-01-31 10:00:00", "2026-01-31 10:00:00"),
    ("'3'", "3"),
    ('"true"', "true"),
    ("|-\n  3", "3"),
    ("[1, {b: c}]", [1, {"b": "c"}]),
]


@pytest.mark.parametrize(("written", "meant"), VALUES)
def test_only_json_words_and_numbers_are_not_text(written, meant):
    data = read_yaml(f"a: {written}\n".encode(), "f.yaml").data
    assert data == {"a": meant}
    assert type(data["a"]) is type(meant)


REFUSED = [
    (b"a: 1\nb: 2\na: 3\n", ProblemCode.DUPLICATE_KEY, (3, 1), "line 1"),
    (b"t:\n  - {x: 1, x: 2}\n", ProblemCode.DUPLICATE_KEY, (2, 12), "x is written twice"),
    (b"a: !!python/name:os.system x\n", ProblemCode.INVALID_YAML, (1, 4), "Tags"),
    (b"a: !!str 5\n", ProblemCode.INVALID_YAML, (1, 4), "Tags"),
    (b"a: 1\n--- \nb: 2\n", ProblemCode.INVALID_YAML, (2, 1), "second"),
    (b"a: &x {b: 1}\nc: {<<: *x}\n", ProblemCode.INVALID_YAML, (2, 5), "Merge keys"),
    (b"a: *nowhere\n", ProblemCode.INVALID_YAML, (1, 4), "nowhere"),
    (b"a: &x [*x]\n", ProblemCode.INVALID_YAML, (1, 8), "no finished anchor"),
    (b"? [a]\n: b\n", ProblemCode.INVALID_YAML, (1, 3), "plain text"),
    (b"a: b: c\n", ProblemCode.INVALID_YAML, (1, 5), "mapping values"),
    (b"a:\n\tb: 1\n", ProblemCode.INVALID_YAML, (2, 1), "token"),
    (b"a: [1\n", ProblemCode.INVALID_YAML, (2, 1), ""),
    (b"a: \x01\n", ProblemCode.INVALID_YAML, (1, 4), "control characters"),
    (b'a: "\\0"\n', ProblemCode.INVALID_YAML, (1, 4), "cannot be stored"),
    (b"a: " + b"9" * 30, ProblemCode.INVALID_VALUE, (1, 4), "too large"),
    (b"a: 1e999", ProblemCode.INVALID_VALUE, (1, 4), "too large"),
    (b"x\xff: 1", ProblemCode.UNREADABLE_FILE, (1, 2), "0xff"),
    (b"", ProblemCode.EMPTY_FILE, (1, 1), "empty"),
    (b" \n\n", ProblemCode.EMPTY_FILE, (1, 1), "empty"),
    (b"# only a comment\n", ProblemCode.EMPTY_FILE, (1, 1), "comments"),
    (b"- 1\n", ProblemCode.WRONG_TYPE, (1, 1), "list"),
    (b"words\n", ProblemCode.WRONG_TYPE, (1, 1), "str"),
    (b"a: " + b"[" * 200 + b"]" * 200, ProblemCode.FILE_TOO_LARGE, (1, 64), "levels"),
    (b"a: '" + b"x" * BYTES_OF_CONTENT_FILE + b"'", ProblemCode.FILE_TOO_LARGE, (1, 1), "bytes"),
]


@pytest.mark.parametrize(("raw", "code", "place", "words"), REFUSED)
def test_what_is_not_strict_yaml_is_one_problem_at_its_place(raw, code, place, words):
    document = read_yaml(raw, "content/f.yaml")
    assert document.data is None or code in {ProblemCode.WRONG_TYPE, ProblemCode.EMPTY_FILE}
    [found] = document.problems
    assert (found.code, (found.line, found.column), found.file) == (code, place, "content/f.yaml")
    assert words in found.message


HINTS = [
    (b"title: {{ topic }} recap\n", "quotes if it begins with {{"),
    (b"- {title: Part 2: the draft}\n", "quotes if it contains a colon"),
    (b"a: b: c\n", "quotes if it contains a colon"),
    (b"a: b\n\tc: d\n", "Indent with spaces"),
]


@pytest.mark.parametrize(("raw", "hint"), HINTS)
def test_a_common_slip_in_yaml_says_what_to_do_about_it(raw, hint):
    [found] = read_yaml(raw, "content/f.yaml").problems
    assert hint in found.hint


def test_content_is_read_by_one_parser_wherever_it_is_read(monkeypatch):
    assert read_yaml(b"{title: Is it planned?, default: false}", "f").data == {
        "title": "Is it planned?",
        "default": False,
    }
    monkeypatch.delattr("yaml.CSafeLoader")
    with pytest.raises(UnavailableError, match="installed without libyaml"):
        read_yaml(b"title: Is it planned?", "f")


def test_an_alias_bomb_is_refused_before_it_grows():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for n in range(1, 12):
        lines.append(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]")
    [found] = read_yaml("\n".join(lines).encode(), "f").problems
    assert found.code == ProblemCode.FILE_TOO_LARGE


def test_more_anchors_than_anyone_needs_are_refused():
    raw = "\n".join(f"a{n}: &a{n} x" for n in range(101)).encode()
    assert read_yaml(raw, "f").problems[0].code == ProblemCode.FILE_TOO_LARGE


def test_an_anchor_can_be_used_within_its_file():
    document = read_yaml(b"a: &x {b: [1]}\nc: *x\n", "f")
    assert document.data == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert document.at(("c", "b", 0)) == (1, 12)


def test_every_value_has_its_line_and_column():
    raw = "\ufeffkey: x\r\ntasks:\r\n  - ref: a\r\n    tags: [p, q]\r\n  - {ref: b}\r\n".encode()
    document = read_yaml(raw, "f")
    assert document.data == {"key": "x", "tasks": [{"ref": "a", "tags": ["p", "q"]}, {"ref": "b"}]}
    assert document.at(("tasks",)) == (2, 1)
    assert document.at(("tasks", 0)) == (3, 5)
    assert document.at(("tasks", 0, "tags", 1)) == (4, 15)
    assert document.at(("tasks", 1, "ref")) == (5, 6)


def test_a_value_without_a_place_is_found_at_its_parent():
    document = read_yaml(b"a:\n  b: 1\n", "f")
    assert document.at(("a", "missing", 3)) == (1, 1)
    assert document.at(("a", "b", "deeper")) == (2, 3)


@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise(raw):
    document = read_yaml(raw, "f")
    assert document.problems or isinstance(document.data, dict)
    assert all(found.line >= 1 and found.column >= 1 for found in document.problems)


@given(st.text(alphabet="ab:-{}[]&*!|>'\"#%@ \n\t?,~0", max_size=60))
def test_no_yaml_punctuation_whatever_raises(text):
    document = read_yaml(text.encode(), "f")
    assert document.problems or isinstance(document.data, dict)
