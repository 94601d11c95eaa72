"""The chain of events is verified offline: whatever byte is changed, the first bad event is named (D11)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadRequestError
from exports import validate
from tests.exports.conftest import Copy


@pytest.fixture(scope="module")
def broken(lived_export: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    folder = tmp_path_factory.mktemp("chain") / "copy"
    shutil.copytree(lived_export, folder)
    return Copy(folder)


def test_an_untouched_export_is_intact(lived_export: Path) -> None:
    count, fault = validate.verify_chain(lived_export)
    assert fault is None
    assert count == len((lived_export / "audit_events.jsonl").read_bytes().splitlines())


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_flipping_any_byte_of_any_event_names_that_event(broken: Copy, data: st.DataObject) -> None:
    path = broken.path("audit_events.jsonl")
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    number = data.draw(st.integers(0, len(lines) - 1), label="event")
    place = data.draw(st.integers(0, len(lines[number]) - 1), label="byte")
    mask = data.draw(st.integers(1, 255), label="mask")
    start = sum(len(line) for line in lines[:number]) + place
    path.write_bytes(whole[:start] + bytes([whole[start] ^ mask]) + whole[start + 1 :])
    try:
        _, fault = validate.verify_chain(broken.folder)
    finally:
        path.write_bytes(whole)
    assert fault is not None
    assert fault.seq == number + 1


def test_every_event_is_covered_by_the_chain(broken: Copy) -> None:
    path = broken.path("audit_events.jsonl")
    rows = broken.rows("audit_events")
    whole = path.read_bytes()
    try:
        for number, row in enumerate(rows, 1):
            broken.write("audit_events", [*rows[: number - 1], {**row, "summary": "Nothing"}, *rows[number:]])
            _, fault = validate.verify_chain(broken.folder)
            assert fault is not None
            assert (fault.seq, fault.audit_event_id) == (number, row["audit_event_id"])
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("left", [0, 1, 5, -1])
def test_a_cut_end_names_the_first_event_that_is_gone(copy: Copy, left: int) -> None:
    rows = copy.rows("audit_events")[:left]
    copy.write("audit_events", rows)
    _, fault = validate.verify_chain(copy.folder)
    assert fault is not None
    assert fault.seq == len(rows) + 1


@pytest.mark.parametrize("gone", [0, 3])
def test_a_removed_event_is_named(copy: Copy, gone: int) -> None:
    rows = copy.rows("audit_events")
    del rows[gone]
    copy.write("audit_events", rows)
    _, fault = validate.verify_chain(copy.folder)
    assert fault is not None
    assert fault.seq == gone + 1


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match="not an export"):
        validate.verify_chain(tmp_path)
    with pytest.raises(BadRequestError, match="no folder"):
        validate.verify_chain(tmp_path / "nowhere")
