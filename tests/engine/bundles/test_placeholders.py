"""Every text in which the content check lets a placeholder stand is rendered at the start (R7)."""

from __future__ import annotations

import shutil
import textwrap
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.bundles import instantiate
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.request import NewBundle
from engine.catalog.catalog import check
from engine.config import Settings
from engine.deliverables.models import Deliverable
from engine.tasks.models import Proof, Step, Task
from tests.conftest import commit_all

_TEMPLATE = """
    # yaml-language-server: $schema=../schemas/task_template.schema.json
    key: visit
    name: Visit
    task_type: work
    parameters: {type: object, required: [who], properties: {who: {type: string, title: Who}}}
    references: [{name: Where they are, url: "https://example.com/{{ who }}"}]
    tasks:
      - ref: go
        title: "Visit {{ who }}"
        description: "{{ who }} expects us."
        instructions_url: "https://example.com/{{ who }}/how"
        validation: "{{ who }} has seen us."
        waiting: {for: "{{ who }}"}
        skip: {reasons: [They are away], note: "Say when {{ who }} is back."}
        steps: [{ref: ring, title: "Ring {{ who }}", description: "The number of {{ who }}."}]
        deliverables:
          - ref: minutes
            type: minutes
            description: "What {{ who }} said."
            gold_standard:
              example_url: "https://example.com/{{ who }}/example"
              loom_video: "https://example.com/{{ who }}/video"
              notes: "{{ who }} liked it."
"""


@pytest.fixture
def own(small_repository: Path, settings: Settings, tmp_path: Path) -> Path:
    """A repository of its own with the template."""
    folder = tmp_path / "own"
    shutil.copytree(small_repository, folder)
    (folder / "content/task_templates/visit.yaml").write_text(textwrap.dedent(_TEMPLATE).lstrip())
    commit_all(folder)
    return folder


def test_no_placeholder_that_passes_the_check_reaches_anybody(own: Path, settings: Settings, clock):
    assert [found for found in check(own) if found.file.endswith("visit.yaml")] == []
    engine = Workbench(replace(settings, content=str(own)), clock=clock)
    with engine.transaction(engine.operator()) as tx:
        new = NewBundle(template="visit", anchor_date=date(2026, 12, 28), parameters={"who": "Zoë"})
        instantiate.create(tx, engine.content(), new)
    with engine.reading(engine.operator()) as tx:
        kept = [row for kind in (Bundle, BundleLink, Task, Step, Proof, Deliverable) for row in tx.find(kind)]
    engine.close()
    texts = "\n".join(row.model_dump_json() for row in kept)
    assert "{{" not in texts
    assert texts.count("Zoë") == _TEMPLATE.count("{{ who }}") + 1  # the parameter itself
