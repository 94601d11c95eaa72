"""SC4: docs stay in context."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from engine.app import Workbench
from engine.config import Settings
from engine.tasks.models import Task
from tests.conftest import commit_all
from tests.factories import make_bundle
from tests.web.conftest import Visitor
from web import create_app

DOCUMENTED, LEGACY = "create_podcast_document", "share_podcast_document_slack"
OLD_GUIDE = "https://docs.example/old-guide"


@pytest.fixture
def own(content_repo: Path, tmp_path: Path, clock):
    """Given a saved template: one task has a document and an old address, another the address alone."""
    file = content_repo / "content/task_templates/podcast_episode.yaml"
    text = file.read_text(encoding="utf-8")
    head, body = text.split("\n", 1)
    template = yaml.safe_load(body)
    tasks = {task["ref"]: task for task in template["tasks"]}
    tasks[DOCUMENTED]["instructions_url"] = OLD_GUIDE
    tasks[LEGACY]["instructions_url"] = OLD_GUIDE
    for name in ("instruction_doc_id", "instruction_step_id"):
        tasks[LEGACY].pop(name, None)
    file.write_text(
        f"{head}\n{yaml.safe_dump(template, sort_keys=False, allow_unicode=True)}", encoding="utf-8"
    )
    commit_all(content_repo, "Keep an old guide")
    engine = Workbench(
        Settings(content=str(content_repo), database=f"sqlite:///{tmp_path}/own.db"), clock=clock
    )
    yield engine
    engine.close()


@pytest.fixture
def tasks(own: Workbench) -> dict[str, Task]:
    """When it is instantiated."""
    bundle = make_bundle(own, "podcast_episode")
    with own.reading(own.operator()) as tx:
        return {str(task.template_task_ref): task for task in tx.find(Task, bundle_id=bundle.bundle_id)}


def instructions_on(own: Workbench, task: Task) -> str:
    """Return the instructions panel of the task's page."""
    app = create_app(own, secret_key="only for tests")
    page = Visitor.signed_in(app, own.operator().user_id).get(f"/tasks/{task.task_id}")
    assert page.status_code == 200
    found = re.search(r'<section[^>]*id="instructions".*?</section>', page.text, re.DOTALL)
    return found[0] if found else page.text


def test_the_fields_persist_reach_every_task_and_decide_what_is_shown(own, tasks):
    definitions = own.content().resolve("podcast_episode").template.tasks
    assert any(definition.instruction_step_id for definition in definitions)
    assert sum(definition.instruction_doc_id is not None for definition in definitions) > 20
    for definition in definitions:
        task = tasks[definition.ref]
        for name in ("instruction_doc_id", "instruction_step_id", "phase", "systems", "validation"):
            assert getattr(task, name) == getattr(definition, name), f"{definition.ref}.{name}"

    documented, legacy = tasks[DOCUMENTED], tasks[LEGACY]
    assert (documented.instructions_url, legacy.instructions_url) == (OLD_GUIDE, OLD_GUIDE)
    shown = instructions_on(own, documented)
    assert own.content().process_docs[documented.instruction_doc_id].title in shown
    assert OLD_GUIDE not in shown
    assert legacy.instruction_doc_id is None
    assert OLD_GUIDE in instructions_on(own, legacy)
