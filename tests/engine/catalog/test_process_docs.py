from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.process_docs import read_process_doc

TEXT = """\
---
id: content.blog-post
title: How we write
---

Intro.

# All of it

## Prepare {#1}

Read the brief.

### Details

More.

## Write it {#draft.two}

```
# no heading {#code}
```

## Last
"""


def test_a_doc_has_its_steps_with_the_text_below_them():
    front, doc = read_process_doc(TEXT.encode(), "f.md")
    assert front.problems == []
    assert (doc.id, doc.title) == ("content.blog-post", "How we write")
    assert [(step.id, step.title) for step in doc.steps] == [("1", "Prepare"), ("draft.two", "Write it")]
    assert doc.step("1").body == "Read the brief.\n\n### Details\n\nMore."
    assert "no heading" in doc.step("draft.two").body
    assert doc.step("code") is None
    assert doc.body.startswith("Intro.\n")
    assert doc.body.endswith("## Last\n")


def test_windows_line_ends_make_no_difference():
    assert (
        read_process_doc(TEXT.replace("\n", "\r\n").encode(), "f.md")[1]
        == read_process_doc(TEXT.encode(), "f.md")[1]
    )


BROKEN = [
    ("# No front matter\n", "INVALID_FRONT_MATTER", 1),
    ("---\nid: a\ntitle: b\n", "INVALID_FRONT_MATTER", 1),
    ("---\n---\n", "INVALID_FRONT_MATTER", 1),
    ("---\nid: a\n---\n", "INVALID_FRONT_MATTER", 2),
    ("---\nid: a\ntitle: 5\n---\n", "INVALID_FRONT_MATTER", 3),
    ("---\nid: Has Spaces\ntitle: b\n---\n", "INVALID_VALUE", 2),
    ("---\nid: a\ntitle: b\nowner: c\n---\n", "UNKNOWN_FIELD", 4),
    ("---\nid: a\nid: b\n---\n", "DUPLICATE_KEY", 3),
    ("---\nid: [a\n---\n", "INVALID_YAML", 3),
    ("---\nid: a\ntitle: b\n---\n\n## One {#x}\n\n## Two {#x}\n", "DUPLICATE_REF", 8),
    ("", "EMPTY_FILE", 1),
]


@pytest.mark.parametrize(("text", "code", "line"), BROKEN)
def test_a_broken_doc_is_a_problem_at_its_line(text, code, line):
    front, doc = read_process_doc(text.encode(), "f.md")
    assert doc is None
    assert (front.problems[0].code, front.problems[0].line) == (code, line)


@given(st.text(max_size=80))
def test_no_text_whatever_raises(text):
    front, doc = read_process_doc(("---\nid: a\ntitle: b\n---\n" + text).encode("utf-8", "replace"), "f.md")
    assert doc is not None or front.problems
