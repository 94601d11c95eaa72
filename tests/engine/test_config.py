"""Settings come from the environment once; a wrong value is named with what it takes."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from engine.config import Settings
from engine.errors import BadRequestError


def test_without_anything_the_defaults_hold():
    assert Settings.read({}) == Settings()


def test_every_setting_is_read_from_its_variable():
    values = {"bool": "yes", "int": "7"}
    for item in fields(Settings):
        kind = type(item.default)
        text = {"missing_template": "default", "timezone": "Europe/Berlin"}.get(
            item.name, values.get(kind.__name__, "given")
        )
        expected = {bool: True, int: 7}.get(kind, text)
        found = Settings.read({f"WORKBENCH_{item.name.upper()}": text})
        assert getattr(found, item.name) == expected


def test_an_override_wins_and_none_is_no_override():
    environment = {"WORKBENCH_CONTENT": "there", "WORKBENCH_WORKTREE": "1"}
    found = Settings.read(environment, content="here", worktree=None)
    assert (found.content, found.worktree) == ("here", True)


def test_an_empty_variable_counts_as_not_set():
    assert Settings.read({"WORKBENCH_PORT": "", "WORKBENCH_TIMEZONE": ""}) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKTREE", "perhaps"),
        ("PORT", "eight"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("MAX_UPLOAD_MB", "0"),
        ("MISSING_TEMPLATE", "ignore"),
        ("TIMEZONE", "Nowhere/City"),
        ("TIMEZONE", "Europe"),
        ("TIMEZONE", "../etc/passwd"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str):
    with pytest.raises(BadRequestError, match=f"WORKBENCH_{name} is "):
        Settings.read({f"WORKBENCH_{name}": value})


@pytest.mark.parametrize(("text", "value"), [("TRUE", True), ("on", True), ("No", False), ("0", False)])
def test_booleans_have_several_words(text: str, value: bool):
    assert Settings.read({"WORKBENCH_WORKTREE": text}).worktree is value


@pytest.mark.parametrize(
    ("url", "file", "blobs"),
    [
        ("sqlite:///var/workbench.db", "var/workbench.db", "var/blobs"),
        ("sqlite:////data/a%20b/w.db", "/data/a b/w.db", "/data/a b/blobs"),
        ("sqlite://", None, "var/blobs"),
        ("sqlite:///:memory:", None, "var/blobs"),
        ("postgresql://u:p@host/name", None, "var/blobs"),
    ],
)
def test_files_lie_beside_the_store(url: str, file: str | None, blobs: str):
    settings = Settings(database=url)
    assert settings.database_file == (Path(file) if file else None)
    assert settings.blob_folder == Path(blobs)


def test_the_folder_of_files_can_be_named():
    assert Settings(blobs="/files").blob_folder == Path("/files")
    assert Settings(max_upload_mb=2).max_upload_bytes == 2_097_152
