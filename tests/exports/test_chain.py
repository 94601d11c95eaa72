"""The chain of events is verified offline: whatever byte is changed, the first bad event is named (D11)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.errors import BadRequestError
from exports import validate
from tests.exports.conftest import Copy


@pytest.fixture(scope="module")
def broken(lived_export: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    folder = tmp_path_factory.mktemp("chain") / "copy"
    shutil.copytree(lived_export, folder)
    return Copy(folder)


def test_an_untouched_export_is_intact(lived_export: Path) -> None:
    proven = validate.verify_chain(lived_export)
    assert proven.fault is None
    assert proven.end.count == len((lived_export / "audit_events.jsonl").read_bytes().splitlines())


def test_every_event_is_covered_by_the_chain(broken: Copy) -> None:
    path = broken.path("audit_events.jsonl")
    rows = broken.rows("audit_events")
    whole = path.read_bytes()
    try:
        assert rows
        for number, row in enumerate(rows, 1):
            broken.write("audit_events", [*rows[: number - 1], {**row, "summary": "Nothing"}, *rows[number:]])
            fault = validate.verify_chain(broken.folder).fault
            assert fault is not None
            assert (fault.seq, fault.audit_event_id) == (number, row["audit_event_id"])
    finally:
        path.write_bytes(whole)


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match="not an export"):
        validate.verify_chain(tmp_path)
    with pytest.raises(BadRequestError, match="no folder"):
        validate.verify_chain(tmp_path / "nowhere")
