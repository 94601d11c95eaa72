"""Where content is fetched by itself, every command reads it from the clone, and from nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import commit_all
from tests.factories import make_bundle


@pytest.fixture
def bundle(content_repo: Path, cli, workbench, monkeypatch: pytest.MonkeyPatch) -> str:
    """A running bundle of the revision before the one that was fetched."""
    made = make_bundle(workbench, "newsletter")
    file = content_repo / "content/task_templates/newsletter.yaml"
    file.write_text(file.read_text().replace("  - ref:", "  - icon: x\n    ref:", 1))
    commit_all(content_repo)
    monkeypatch.setenv("WORKBENCH_CONTENT", "/nowhere")
    monkeypatch.setenv("WORKBENCH_CONTENT_REMOTE", str(content_repo))
    assert cli("content", "fetch").code == 0
    return made.bundle_id


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("content diff main~1..main", "icon"),
        ("content diff main~1", "icon"),
        ("content impact main~1..main", "newsletter: 1 safe"),
        ("content preview newsletter", "Set up the sponsorship document"),
        ("content test newsletter", "0 failed, 0 errors"),
        ("bundle migrate BUNDLE --to main --dry-run", "Nothing is changed. What is other: 1 safe"),
        ("content record BUNDLE", "scenarios:"),
    ],
)
def test_the_clone_is_read(cli, bundle: str, words: str, said: str):
    answer = cli(*words.replace("BUNDLE", bundle).split())
    assert (answer.code, said in answer.out) == (0, True), f"{answer.out}{answer.err}"
