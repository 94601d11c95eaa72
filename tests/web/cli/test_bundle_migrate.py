"""``bundle migrate``: what is other is printed with the part that it is of."""

from __future__ import annotations

from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.conftest import commit_all
from tests.factories import make_bundle


def test_a_step_that_is_new_is_named_beside_what_became_of_it(cli, content_repo, workbench):
    bundle = make_bundle(workbench, "local_grid_scan")
    file = content_repo / "content" / "task_templates" / "local_grid_scan.yaml"
    text = file.read_text(encoding="utf-8")
    new = "    steps:\n      - {ref: spell, title: Look at each name}\n"
    file.write_text(text.replace("    steps:\n", new, 1), encoding="utf-8")
    commit_all(content_repo)
    answer = cli("--content", str(content_repo), "bundle", "migrate", bundle.bundle_id, "--dry-run")
    assert "made required (steps spell)" in answer.out
    with workbench.transaction(workbench.operator()) as tx:
        [scan] = [one for one in tx.find(Task) if one.template_task_ref == "scan"]
        lifecycle.start(tx, scan.task_id)
    refused = cli("--content", str(content_repo), "bundle", "migrate", bundle.bundle_id)
    assert refused.code == 1
    assert "as in scan.steps=keep: scan.steps." in refused.err


def test_the_help_says_that_a_revision_is_asked_for_and_how_a_choice_is_written(cli):
    for command in ("migrate", "migrate-all"):
        assert "--to REF" in cli("bundle", command, "--help").out
    assert "such as write.steps=keep" in cli("bundle", "migrate", "--help").out
