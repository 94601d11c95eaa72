"""A content file is made to say something else, and nothing besides is touched (EDT-08)."""

from __future__ import annotations

import copy
import difflib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from engine.catalog.rewriting import rewritten
from engine.catalog.yaml_reader import read_yaml
from engine.errors import ContentError
from tests.conftest import ROOT

FILES = sorted((ROOT / "content").rglob("*.yaml"))

TEXT = """\
# yaml-language-server: $schema=../schemas/task_template.schema.json
key: recap   # never changes
name: "Recap"

# Everything about the tasks
tasks:
  # the first
  - ref: write
    title: 'Write: {{ event }}'   # in quotes, for the colon
    steps:
      - {ref: notes, title: Read the notes}   # short
      - ref: text
        title: Write it
        # why twice: people skip it
        description: >-
          In one go,
          then again.

  # the second
  - ref: publish
    title: Publish
    tags: [web, news]
"""


def changed(change: Any, text: str = TEXT) -> str:
    """Return the text after ``change`` was applied to what it says."""
    data = read_yaml(text.encode(), "recap.yaml").data
    change(data)
    made = rewritten(text.encode(), "recap.yaml", data).decode()
    assert read_yaml(made.encode(), "recap.yaml").data == data
    return made


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that went, and those that came."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [one[2:] for one in lines if one.startswith("- ")], [
        one[2:] for one in lines if one.startswith("+ ")
    ]


def _task(data: dict[str, Any], index: int) -> dict[str, Any]:
    task: dict[str, Any] = data["tasks"][index]
    return task


EDITS: list[tuple[str, Any, list[str], list[str]]] = [
    ("a text", lambda d: d.update(name="Look back"), ['name: "Recap"'], ["name: Look back"]),
    (
        "a text that needs quotes, its comment kept",
        lambda d: d.update(key="a: b"),
        ["key: recap   # never changes"],
        ["key: 'a: b'   # never changes"],
    ),
    (
        "a text that would be read as a number",
        lambda d: d.update(name="12"),
        ['name: "Recap"'],
        ["name: '12'"],
    ),
    (
        "a field inside braces",
        lambda d: _task(d, 0)["steps"][0].update(title="Read: all"),
        ["      - {ref: notes, title: Read the notes}   # short"],
        ["      - {ref: notes, title: 'Read: all'}   # short"],
    ),
    (
        "a new field, where the form has it",
        lambda d: _reordered(d, "description", "For those who were not there.", after="name"),
        [],
        ["description: For those who were not there."],
    ),
    ("a field less", lambda d: _task(d, 1).pop("tags"), ["    tags: [web, news]"], []),
    (
        "an entry of a list in brackets",
        lambda d: _task(d, 1)["tags"].append("mail"),
        ["    tags: [web, news]"],
        ["    tags: [web, news, mail]"],
    ),
    (
        "a list in brackets in another order",
        lambda d: _task(d, 1)["tags"].reverse(),
        ["    tags: [web, news]"],
        ["    tags: [news, web]"],
    ),
    (
        "a folded text",
        lambda d: _task(d, 0)["steps"][1].update(description="Slowly."),
        ["        description: >-", "          In one go,", "          then again."],
        ["        description: Slowly."],
    ),
    (
        "a new step",
        lambda d: _task(d, 0)["steps"].insert(1, {"ref": "sort", "title": "Sort them"}),
        [],
        ["      - ref: sort", "        title: Sort them"],
    ),
    (
        "a step less, the others' comments kept",
        lambda d: _task(d, 0)["steps"].pop(0),
        ["      - {ref: notes, title: Read the notes}   # short"],
        [],
    ),
]


def _reordered(data: dict[str, Any], name: str, value: Any, *, after: str) -> None:
    """Put a new field behind another one."""
    items = list(data.items())
    place = [key for key, _ in items].index(after) + 1
    data.clear()
    data.update([*items[:place], (name, value), *items[place:]])


@pytest.mark.parametrize(
    ("change", "gone", "come"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS]
)
def test_an_edit_changes_only_its_own_lines(change: Any, gone: list[str], come: list[str]):
    assert lines_changed(TEXT, changed(change)) == (gone, come)


def test_a_task_moves_with_its_comments_and_layout():
    made = changed(lambda data: data["tasks"].reverse())
    above, first, second = TEXT.partition("  # the first\n")[0], *_tasks(TEXT)
    assert made == above + second + first


def _tasks(text: str) -> tuple[str, str]:
    first, mark, second = text.partition("  # the first\n")[2].partition("  # the second\n")
    return "  # the first\n" + first, mark + second


def test_several_edits_at_once_are_made_one_after_the_other():
    def change(data: dict[str, Any]) -> None:
        data["name"] = "Look back"
        data["tasks"].reverse()
        _task(data, 0)["title"] = "Publish it"
        _task(data, 1)["steps"].pop(0)
        data["tasks"].insert(1, {"ref": "edit", "title": "Edit"})

    made = changed(change)
    for comment in (
        "# never changes",
        "# Everything about the tasks",
        "# the first",
        "# why twice",
        "# the second",
    ):
        assert comment in made


def test_line_ends_and_the_mark_of_windows_editors_stay():
    raw = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    data = read_yaml(raw, "recap.yaml").data
    data["tasks"][1]["title"] = "Publish it"
    expected = TEXT.replace("title: Publish\n", "title: Publish it\n").replace("\n", "\r\n")
    assert rewritten(raw, "recap.yaml", data) == b"\xef\xbb\xbf" + expected.encode()


def test_a_value_that_stands_for_several_places_is_refused_by_name_and_line():
    text = b"one: &both [a, b]\ntwo: *both\n"
    with pytest.raises(ContentError, match=r"^recap.yaml, line 1: one\.1 cannot be changed by itself"):
        rewritten(text, "recap.yaml", {"one": ["a", "c"], "two": ["a", "b"]})
    assert rewritten(text, "recap.yaml", {"one": ["a", "b"], "two": ["a", "b"]}) == text


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_shipped_content_that_says_the_same_is_the_same_byte_by_byte(path: Path):
    raw = path.read_bytes()
    assert rewritten(raw, path.name, copy.deepcopy(read_yaml(raw, path.name).data)) == raw


# Random files with comments

_WORDS = ["plan", "write", "Ana's", "due: soon", "50 %", "yes", "007", "ünï", "a # b", "- x", ""]
_NAMES = ["name", "tags", "when", "tasks", "notes", "config"]
_WORD = st.sampled_from(_WORDS)
_SCALAR = st.one_of(_WORD, st.integers(-5, 5), st.booleans(), st.none())


@st.composite
def _scalar_as_text(draw: st.DrawFn) -> tuple[Any, str]:
    """Draw a value, and one of the ways in which people write it."""
    value = draw(_SCALAR)
    if not isinstance(value, str):
        return value, json.dumps(value)
    if value.isalpha() and value not in ("yes",) and draw(st.booleans()):
        return value, value
    quote = draw(st.sampled_from("'\""))
    return value, quote + (value.replace("'", "''") if quote == "'" else value) + quote


@st.composite
def _mapping(draw: st.DrawFn, indent: str, depth: int) -> tuple[dict[str, Any], list[str]]:
    data: dict[str, Any] = {}
    lines: list[str] = []
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=1, unique=True))
    for name in names:
        if draw(st.integers(0, 3)) == 0:
            lines.append(f"{indent}# about {name} {draw(st.integers(0, 9))}")
        kind = draw(st.sampled_from(["list", "list", "brackets", "braces", "scalar", "map", "folded"]))
        remark = draw(st.sampled_from(["", "  # remark"]))
        if kind == "folded":
            data[name] = "first second"
            lines += [f"{indent}{name}: >-{remark}", f"{indent}  first", f"{indent}  second"]
        elif kind == "brackets":
            entries = draw(st.lists(_scalar_as_text(), max_size=3))
            data[name] = [value for value, _ in entries]
            lines.append(f"{indent}{name}: [{', '.join(text for _, text in entries)}]{remark}")
        elif kind == "braces":
            value, text = draw(_scalar_as_text())
            data[name] = {"ref": "a", "is": value}
            lines.append(f"{indent}{name}: {{ref: a, is: {text}}}{remark}")
        elif kind == "map" and depth:
            data[name], inner = draw(_mapping(indent + "  ", depth - 1))
            lines += [f"{indent}{name}:{remark}", *inner]
        elif kind == "list" and depth:
            data[name], inner = draw(_list(indent + draw(st.sampled_from(["", "  "])), depth - 1))
            lines += [f"{indent}{name}:{remark}", *inner]
        else:
            value, text = draw(_scalar_as_text())
            data[name] = value
            lines.append(f"{indent}{name}: {text}{remark}")
        if draw(st.integers(0, 4)) == 0:
            lines.append("")
    return data, lines


@st.composite
def _list(draw: st.DrawFn, indent: str, depth: int) -> tuple[list[Any], list[str]]:
    data: list[Any] = []
    lines: list[str] = []
    for number in range(draw(st.integers(1, 3))):
        if draw(st.integers(0, 2)) == 0:
            lines.append(f"{indent}# entry {number}")
        value, inner = draw(_mapping(indent + "  ", depth))
        lines += [f"{indent}- ref: r{number}", *inner]
        data.append({"ref": f"r{number}", **value})
    return data, lines


@st.composite
def _edit(draw: st.DrawFn, data: dict[str, Any]) -> tuple[str, Any]:
    """Draw what the file shall say instead, one value away, and the kind of edit."""
    wanted = copy.deepcopy(data)
    places = list(_places(wanted))
    holder, step = draw(st.sampled_from(places))
    kinds = ["set", "remove"]
    if isinstance(holder, list):
        kinds += ["insert", "move"] if len(holder) > 1 else ["insert"]
    else:
        kinds += ["add"]
    kind = draw(st.sampled_from(kinds))
    if kind == "set":
        holder[step] = draw(_SCALAR)
    elif kind == "remove":
        del holder[step]
    elif kind == "add":
        holder["added"] = draw(st.one_of(_SCALAR, st.just({"ref": "n", "list": ["x: y", 1]})))
    elif kind == "insert":
        holder.insert(
            step, {"ref": "new", "title": "New: one"} if isinstance(holder[0], dict) else "new: one"
        )
    else:
        holder.insert(0, holder.pop())
    return kind, wanted


def _places(data: Any) -> Any:
    """Yield (mapping or list, key or index) of every value."""
    for step, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield data, step
        if isinstance(value, (dict, list)):
            yield from _places(value)


@pytest.mark.wide
@given(st.data())
def test_any_edit_is_read_back_as_meant_and_loses_no_comment_of_others(data: st.DataObject):
    """Or it is refused; the same without an edit is the same byte by byte."""
    says, lines = data.draw(_mapping("", 2))
    raw = "\n".join(["# the file", *lines, ""]).encode()
    document = read_yaml(raw, "x.yaml")
    assert document.data == says, document.problems
    assert rewritten(raw, "x.yaml", copy.deepcopy(says)) == raw
    kind, wanted = data.draw(_edit(says))
    try:
        made = rewritten(raw, "x.yaml", wanted)
    except ContentError:
        event(f"{kind}: refused")
        return
    event(kind)
    assert read_yaml(made, "x.yaml").data == wanted
    gone, _ = lines_changed(raw.decode(), made.decode())
    if kind in ("add", "insert"):
        assert len(gone) <= 1, "at most the line in brackets or braces that it stands in"
    if kind in ("add", "insert", "move"):
        assert sorted(_comments(raw.decode())) == sorted(_comments(made.decode()))


def _comments(text: str) -> list[str]:
    found = re.findall(r"# (?:about|entry|remark).*", text)
    return [one.rstrip() for one in found]
