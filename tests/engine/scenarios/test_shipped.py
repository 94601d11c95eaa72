"""Each shipped template has a scenario that says what its author means, and all of them pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalog.catalog import Catalog
from engine.config import Settings
from engine.scenarios import files, running
from tests.conftest import ROOT
from web import starter

PATHS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("content/**/*.scenario.yaml"))


@pytest.mark.few(1)
@pytest.mark.parametrize("path", PATHS)
def test_a_shipped_scenario_passes(path: str, shipped_catalog: Catalog):
    content = shipped_catalog.content()
    script = files.read_one(path, (ROOT / path).read_bytes(), content)
    assert [str(found) for found in script.problems] == []
    played = list(running.play_all([script], content, Settings()))
    assert [str(found) for one in played for found in one.failures] == []
    assert len(played) == len(script.item.scenarios)


def test_every_shipped_template_and_override_has_one():
    played = {path.removesuffix(".scenario.yaml") for path in PATHS}
    templates = ROOT.glob("content/task_templates/**/*.yaml")
    assert played == {
        path.relative_to(ROOT).as_posix().removesuffix(".yaml")
        for path in templates
        if not path.name.endswith(".scenario.yaml")
    }


@pytest.mark.wide  # plays every scenario that it begins with
def test_a_new_workspace_begins_with_those_of_its_templates(tmp_path: Path):
    starter.make_repository(tmp_path, starter.starter_files(), "Begin")
    content = Catalog(tmp_path).content()
    scripts = files.read_all(content)
    assert [script.key for script in scripts] == sorted(content.templates) == sorted(starter.TEMPLATES)
    played = list(running.play_all(scripts, content, Settings()))
    assert [str(found) for one in played for found in one.failures] == []
    assert (tmp_path / files.SCHEMA).is_file()
