"""The machinery itself: what is typed is run as in one terminal, and what differs is named by its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.documents import blocks, fences, follow


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a document; give its blocks."""
    monkeypatch.setattr("tests.documents.fenced.ROOT", tmp_path)

    def write(text: str):
        (tmp_path / "page.md").write_text(text, encoding="utf-8")
        return blocks("page.md")

    return write


@pytest.fixture
def there(tmp_path: Path) -> Path:
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


def test_blocks_go_on_where_the_one_before_ended(written, shell: str, there: Path, environment):
    found = written(
        "```sh\nmkdir inner\ncd inner\nexport GREETING='good day, \"you\"'\n```\n"
        '```sh\necho "$GREETING from ${PWD##*/}"\n```\n\n'
        '```text\ngood day, "you" from inner\n```\n'
    )
    follow(found, shell, there, environment)
    assert [path.name for path in there.iterdir()] == ["inner"]


def test_a_promise_stands_right_after_what_is_typed(written):
    first, second = written(
        "```sh\na\n```\n\n```text\nb\n```\n\n- list\n\n  ```sh\n  c\n  ```\n\nor\n\n```text\nd\n```\n"
    )
    assert first.promised is not None
    assert (first.promised.text, first.promised.line) == ("b\n", 6)
    assert (second.typed.text, second.promised) == ("c\n", None)


def test_a_block_that_nobody_closed_is_named(written):
    with pytest.raises(AssertionError, match=r"page\.md:3: this block is not closed"):
        written("one\n\n```sh\necho\n")


@pytest.mark.parametrize(
    ("typed", "promised", "complaint"),
    [
        ("echo a; echo b", "a\nc", "page.md:6: promised is\n  c\n"),
        ("echo a; echo b", "a", "page.md:6: nothing more is promised"),
        ("echo a", "a\nb", "page.md:6: promised is\n  b\n"),
        ("echo a.b", "a…c", "page.md:5: promised is\n  a…c\n"),
        ("echo axb", "a.b", "page.md:5: promised is\n  a.b\n"),
        ("echo a; false; echo b", "a\nb", "page.md:2: under "),
        ('echo "$NOT_SET"', "", "page.md:2: under "),
    ],
)
def test_what_differs_is_named_by_its_line(written, shell, there, environment, typed, promised, complaint):
    found = written(f"```sh\n{typed}\n```\n```text\n{promised}\n```\n".replace("text\n\n", "text\n"))
    with pytest.raises(AssertionError, match=re.escape(complaint)):
        follow(found, shell, there, environment)


@pytest.mark.parametrize(
    "promised", ["one 1\ntwo 2\nthree 3", "one …\n…", "…\nthree …", "…", "…n… 1\n…\nthree 3\n…"]
)
def test_an_ellipsis_stands_for_what_differs_each_time(written, there, environment, promised):
    found = written(f"```sh\nprintf 'one 1\\ntwo 2\\nthree 3\\n'\n```\n```text\n{promised}\n```\n")
    follow(found, "sh", there, environment)


def test_what_is_shown_in_a_terminal_alone_is_shown(written, shell, there, environment):
    follow(
        written("```sh\ntest -t 1 && echo a terminal\n```\n```text\na terminal\n```\n"),
        shell,
        there,
        environment,
    )


@pytest.mark.wide  # starts a server
def test_a_server_serves_the_blocks_that_follow_until_ctrl_c(written, shell, there, environment):
    ask = (
        "python3 -c 'import urllib.request as u; print(u.urlopen(\"http://127.0.0.1:8000/healthz\").status)'"
    )
    found = written(
        "```sh\nworkbench init work\ncd work\nworkbench serve --processes 1\n```\n"
        "```text\n…\nWorkbench is at http://127.0.0.1:8000\nSign in once, …\n```\n"
        f"```sh\n{ask}\n```\n```text\n200\n```\n"
        f"```sh\n# Ctrl-C in the other terminal, then:\n{ask} 2>/dev/null || echo nobody answers\n```\n"
        "```text\nnobody answers\n```\n"
    )
    assert len(found) == len(fences("page.md")) / 2
    follow(found, shell, there, environment)
