"""Scenario files as a test writes them: a small template, and what is played beside it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.catalog.catalog import Catalog
from engine.catalog.content import Content
from engine.config import Settings
from engine.scenarios import files, running
from engine.scenarios.files import Script
from engine.scenarios.running import Played

LINE = "# yaml-language-server: $schema=../schemas/scenario.schema.json\n"
PATH = "content/task_templates/recap.scenario.yaml"
#: Two tasks, an approval, a link, a condition and a skip: something of each.
TEMPLATE = """\
# yaml-language-server: $schema=../schemas/task_template.schema.json
key: recap
name: Recap
task_type: untyped
links: [{name: Recap}]
phases: [{key: writing, name: Writing, stage: preparation}]
parameters:
  type: object
  properties:
    event: {type: string, title: Event, default: the fair}
    filmed: {type: boolean, title: Filmed, default: false}
tasks:
  - ref: write
    title: "Write about {{ event }}"
    phase: writing
    offset_days: 1
    assignee: {role: writer}
    approval: {required: true, sources: [internal]}
    deliverables: [{ref: text, type: text, required: true}]
    steps: [{ref: notes, title: Notes}, {ref: words, title: Words}]
    waiting: {for: the speaker, follow_up_days: 2}
  - ref: cut
    title: Cut the film
    when: {properties: {filmed: {const: true}}}
    assignee: {role: writer}
  - ref: publish
    title: Publish
    offset_days: 3
    assignee: {role: writer}
    depends_on: [write]
    proof: [{kind: url, label: Recap}]
    fills_link: Recap
    stage_on_complete: announced
    skip: {reasons: [{text: nobody came, waives: {links: [Recap]}}], comment_required: false}
"""
#: The beginning of a scenario; its steps follow.
HEAD = """\
scenarios:
  - name: A recap
    anchor_date: "2027-03-01"
    now: anchor - 4 09:00
    actors:
      mara: {role: manager}
      ana: {role: member, does: [writer]}
    steps:
"""


def scenario(steps: str) -> str:
    """Give a file with one scenario; ``steps`` begin at the margin, and their first line is line 9 + 1."""
    return LINE + HEAD + textwrap.indent(textwrap.dedent(steps), "      ")


@pytest.fixture(scope="module")
def content(shipped_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Content:
    """The house's types, and the template ``recap`` alone."""
    folder = tmp_path_factory.mktemp("content")
    for path in ("task_types/untyped.yaml", "calendars/berlin_office.yaml"):
        target = folder / "content" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((shipped_repository / "content" / path).read_bytes())
    (folder / "content/task_templates").mkdir()
    (folder / "content/task_templates/recap.yaml").write_text(TEMPLATE, encoding="utf-8")
    return Catalog(folder).content()


@pytest.fixture
def read(content: Content) -> Callable[[str], Script]:
    """Read the text of a scenario file of the template."""
    return lambda text: files.read_one(PATH, text.encode(), content)


@pytest.fixture
def play(content: Content, read: Callable[[str], Script]) -> Callable[[str], Played]:
    """Play the one scenario that these steps make."""

    def played(steps: str) -> Played:
        script = read(scenario(steps))
        assert [str(found) for found in script.problems] == []
        (one,) = running.play_all([script], content, Settings())
        return one

    return played


def said(played: Played) -> list[str]:
    """Say what failed, with the line."""
    return [f"{found.line}: {found.message}" for found in played.failures]
