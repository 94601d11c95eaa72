"""The examples in the strategists' guide are content that really loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.catalog.loader import load_file

GUIDE = Path(__file__).resolve().parents[2] / "content" / "README.md"
EXAMPLES = dict(
    zip(
        (
            "content/task_templates/event_recap.yaml",
            "content/process_docs/media/media.event-recap.md",
            "content/task_templates/partners/acme/event_recap.yaml",
        ),
        re.findall(r"```(?:yaml|markdown)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL),
        strict=True,
    )
)


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_guides_example_loads_without_a_problem(path: str):
    loaded = load_file(path, EXAMPLES[path].encode())
    assert loaded.problems == ()
    assert loaded.item is not None
