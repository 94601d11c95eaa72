"""The headings of a process doc are read in time that grows with its text (S20)."""

from __future__ import annotations

import time

import pytest

from engine.catalog.process_docs import read_process_doc

FRONT = "---\nid: a\ntitle: A\n---\n"


@pytest.mark.parametrize("filler", [" ", "\t", "\u2003", "{#", " {# "])
def test_a_heading_full_of_spaces_takes_no_longer_than_one_full_of_words(filler):
    heading = "x" + filler * (20_000 // len(filler)) + "x"
    began = time.thread_time()
    front, document = read_process_doc(f"{FRONT}# {heading}\n## {heading} {{#step}}\n".encode(), "a.md")
    assert time.thread_time() - began < 0.5, "the square of its spaces takes seconds"
    assert front.problems == []
    assert document is not None
    assert [(step.id, step.title) for step in document.steps] == [("step", heading)]
