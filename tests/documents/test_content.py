"""What content/README.md tells a strategist to type works, with the example that it shows (N8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.documents import Block, blocks, follow

GUIDE = "content/README.md"


@pytest.mark.wide
def test_a_strategist_tries_the_example_of_the_guide(shell: str, environment: dict[str, str], tmp_path: Path):
    follow(_with_the_example_saved(tmp_path), shell, tmp_path, environment)
    assert not (tmp_path / "our-work/var/try").exists()


@pytest.mark.wide
def test_a_strategist_tries_it_in_a_workspace_where_people_have_uploaded_files(
    environment: dict[str, str], tmp_path: Path
):
    following = _with_the_example_saved(tmp_path)
    upload = tmp_path / "our-work/var/blobs/upload"

    def in_use() -> Iterator[Block]:
        yield next(following)
        upload.parent.mkdir(parents=True)
        upload.write_text("what somebody uploaded", encoding="utf-8")
        yield from following

    follow(in_use(), "sh", tmp_path, environment)
    assert upload.read_text(encoding="utf-8") == "what somebody uploaded"


def _with_the_example_saved(folder: Path) -> Iterator[Block]:
    """Give the blocks of the guide; its examples are saved where it says, once there is a workspace."""
    made, *others = blocks(GUIDE)
    yield made
    text = (ROOT / GUIDE).read_text(encoding="utf-8")
    (path,) = re.findall(r"Save \[the example below\]\(#[\w-]+\) there as `([^`]+)`", text)
    (example,) = re.findall(r"## A template by example\n.*?```yaml\n(.*?)```", text, re.DOTALL)
    (folder / "our-work" / path).write_text(example, encoding="utf-8")
    (beside,) = re.findall(r"save it as\n`([^`]+\.scenario\.yaml)`", text)
    (played,) = re.findall(r"## Scenarios: .*?```yaml\n(.*?)```", text, re.DOTALL)
    (folder / "our-work/content" / beside).write_text(played, encoding="utf-8")
    yield from others
