"""``bundle migrate``: what is other is printed with the part that it is of."""

from __future__ import annotations

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
