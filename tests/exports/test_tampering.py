"""Whatever is done to the events of an export, the first bad one is named (D11)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from engine.app import Workbench
from engine.audit.chain import ChainFault, hash_of
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import BadRequestError
from engine.tasks import lifecycle
from exports import validate, writer
from tests.conftest import NOW
from tests.exports.conftest import Copy, rows
from tests.exports.lived import HARD_TEXT
from tests.factories import make_people, make_task

EVENTS = "audit_events.jsonl"
#: Bytes that end a line, break UTF-8 or JSON, or look like nothing happened.
HOSTILE = [b"\n", b"\r", b"\x00", b"\xff", b"\xc3", b'"', b"\\", b"{", b"}", b" ", b"1", b"A"]


class Broken:
    """An export whose events are changed for one look and then put back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / EVENTS
        self.whole = self.path.read_bytes()
        self.lines = self.whole.splitlines(keepends=True)
        self.ids = [row["audit_event_id"] for row in rows(folder, "audit_events")]

    def fault(self, changed: bytes) -> ChainFault:
        """List what is found in the events as changed, by the verifier and by the whole check alike."""
        self.path.write_bytes(changed)
        try:
            _, found, _ = validate.verify_chain(self.folder)
        finally:
            self.path.write_bytes(self.whole)
        assert found is not None
        assert found.message.isprintable()
        assert found.audit_event_id in ("", *self.ids[found.seq - 1 : found.seq]) or self._own_id_changed(
            changed, found
        )
        return found

    def _own_id_changed(self, changed: bytes, found: ChainFault) -> bool:
        """Whether the event gives itself another id now; then nothing else can be told."""
        line = changed.split(b"\n")[found.seq - 1]
        return line.startswith(b'{"audit_event_id":"%s"' % found.audit_event_id.encode())


@pytest.fixture(scope="module")
def broken(
    shipped_repository: Path, shipped_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> Broken:
    """An export with few events, so that many ways to change them can be tried."""
    folder = tmp_path_factory.mktemp("tampering")
    settings = Settings(content=str(shipped_repository), database=f"sqlite:///{folder}/store.db")
    workbench = Workbench(settings, clock=FixedClock(NOW), catalog=shipped_catalog)
    try:
        make_people(workbench)
        for number in range(3):
            task = make_task(workbench, title=f"Task {number}", description=HARD_TEXT)
            with workbench.transaction(workbench.operator()) as tx:
                lifecycle.cancel(tx, task.task_id, HARD_TEXT)
        make_task(workbench, title="The last")
        writer.write(workbench, workbench.operator(), folder / "export")
    finally:
        workbench.close()
    return Broken(folder / "export")


@st.composite
def places(draw: st.DrawFn) -> tuple[float, float]:
    """Draw an event and a byte of it, as parts of the whole, because the lines are known only later."""
    part = st.floats(0, 1, exclude_max=True)
    return draw(part), draw(part)


def at(broken: Broken, place: tuple[float, float]) -> tuple[int, int, int]:
    """Return the event's number, the byte in its line and the byte in the file."""
    number = int(place[0] * len(broken.lines))
    offset = int(place[1] * len(broken.lines[number]))
    return number + 1, offset, sum(map(len, broken.lines[:number])) + offset


@effort(max_examples=200, deadline=None)
@given(places(), st.integers(0, 255).map(lambda value: bytes([value])) | st.sampled_from(HOSTILE))
def test_any_other_byte_anywhere_names_its_event(
    broken: Broken, place: tuple[float, float], byte: bytes
) -> None:
    seq, offset, start = at(broken, place)
    if broken.whole[start : start + 1] == byte:
        return
    found = broken.fault(broken.whole[:start] + byte + broken.whole[start + 1 :])
    assert found.seq == seq
    own_id = b'"audit_event_id":"' + broken.ids[seq - 1].encode() + b'"'
    if offset > len(own_id):  # its id stands before that, so it can still be told
        assert found.audit_event_id == broken.ids[seq - 1]


@given(places(), st.sampled_from(HOSTILE) | st.binary(min_size=1, max_size=4))
def test_bytes_that_are_put_in_name_their_event(
    broken: Broken, place: tuple[float, float], more: bytes
) -> None:
    seq, offset, start = at(broken, place)
    changed = broken.whole[:start] + more + broken.whole[start:]
    is_after_it = offset == len(broken.lines[seq - 1]) - 1 and more.startswith(b"\n")
    assert broken.fault(changed).seq == seq + is_after_it


@given(places(), st.integers(1, 400))
def test_bytes_that_are_taken_out_name_their_event(
    broken: Broken, place: tuple[float, float], count: int
) -> None:
    seq, _, start = at(broken, place)
    assert broken.fault(broken.whole[:start] + broken.whole[start + count :]).seq == seq


@given(places())
@example((0.0, 0.0))
@example((0.999999, 0.0))
@example((0.999999, 0.999999))
def test_a_file_that_is_cut_anywhere_names_the_event_of_the_cut(
    broken: Broken, place: tuple[float, float]
) -> None:
    seq, _, start = at(broken, place)
    assert broken.fault(broken.whole[:start]).seq == seq


def test_a_cut_at_any_byte_of_the_last_event_names_it(broken: Broken) -> None:
    last = len(broken.lines)
    begin = len(broken.whole) - len(broken.lines[-1])
    end = len(broken.whole)
    ends = {*range(begin, begin + 50), *range(begin, end, 9), *range(end - 30, end)}
    for cut in sorted(ends):
        found = broken.fault(broken.whole[:cut])
        assert found.seq == last
        assert found.audit_event_id in ("", broken.ids[-1])
    assert broken.fault(broken.whole[:-1]).audit_event_id == broken.ids[-1]


@pytest.mark.parametrize("count", [1, 2, 10])
def test_a_cut_of_whole_events_names_the_first_that_is_gone(broken: Broken, count: int) -> None:
    found = broken.fault(b"".join(broken.lines[:-count]))
    assert (found.seq, found.audit_event_id) == (len(broken.lines) - count + 1, "")


def test_an_emptied_and_a_missing_file_name_the_first_event(broken: Broken) -> None:
    assert broken.fault(b"").seq == 1
    broken.path.unlink()
    try:
        _, found, _ = validate.verify_chain(broken.folder)
    finally:
        broken.path.write_bytes(broken.whole)
    assert found is not None
    assert found.seq == 1


@given(st.data())
def test_lines_that_are_removed_repeated_moved_or_joined_name_the_first_in_a_wrong_place(
    broken: Broken, data: st.DataObject
) -> None:
    lines = list(broken.lines)
    number = data.draw(st.integers(0, len(lines) - 2), label="line")
    other = data.draw(st.integers(number + 1, len(lines) - 1), label="later line")
    what = data.draw(st.sampled_from(["remove", "repeat", "move", "swap", "join", "replace"]), label="what")
    expected = number + 1
    if what == "remove":
        del lines[number]
    elif what == "repeat":
        lines.insert(other + 1, lines[number])
        expected = other + 2
    elif what == "move":
        lines.insert(other, lines.pop(number))
    elif what == "swap":
        lines[number], lines[other] = lines[other], lines[number]
    elif what == "join":
        lines[number] = lines[number].rstrip(b"\n")
    else:
        lines[number] = lines[other]
    assert broken.fault(b"".join(lines)).seq == expected


@given(places(), st.sampled_from(["summary", "actor_name", "reason", "occurred_at", "previous_hash"]))
def test_an_event_that_was_hashed_again_is_named_though_it_is_right_by_itself(
    broken: Broken, place: tuple[float, float], field: str
) -> None:
    seq, _, _ = at(broken, place)
    document = json.loads(broken.lines[seq - 1])
    document[field] = {"occurred_at": "2026-11-21T09:00:01.000Z", "previous_hash": "1" * 64}.get(field, "x")
    document["hash"] = hash_of(document)
    line = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    found = broken.fault(b"".join([*broken.lines[: seq - 1], line, *broken.lines[seq:]]))
    # With another hash before it, the event cannot be told from one whose neighbour was written anew.
    assert found.seq in ((seq, seq - 1) if field == "previous_hash" and seq > 1 else (seq,))


@pytest.mark.parametrize(
    ("chain", "beside"),
    [
        ({"head_hash": "0" * 64}, 0),
        ({"head_hash": None}, 0),
        ({"count": -1}, None),
        ({"count": 0, "head_hash": None}, None),
        ({"count": 5}, None),
    ],
)
def test_another_end_in_the_manifest_names_the_event_beside_it(
    copy: Copy, chain: dict[str, Any], beside: int | None
) -> None:
    events = copy.rows("audit_events")
    described = json.loads(copy.path("manifest.json").read_text())
    described["chain"] |= chain
    copy.path("manifest.json").write_text(json.dumps(described))
    _, found, _ = validate.verify_chain(copy.folder)
    assert found is not None
    seq = len(events) if beside == 0 else max(chain["count"], 0) + 1
    assert (found.seq, found.audit_event_id) == (seq, events[seq - 1]["audit_event_id"])
    assert "chain" in {one.rule for one in validate.check(copy.folder)}


@pytest.mark.parametrize("head", ["\ud800", "", "no hash", "A" * 64, 1, []])
def test_an_end_in_the_manifest_that_is_no_hash_is_named(copy: Copy, head: object) -> None:
    described = json.loads(copy.path("manifest.json").read_text())
    described["chain"]["head_hash"] = head
    copy.path("manifest.json").write_text(json.dumps(described))
    found = validate.check(copy.folder)
    assert "head_hash a hash or null" in found[0].message


def test_a_higher_count_in_the_manifest_names_the_event_that_is_not_there(copy: Copy) -> None:
    described = json.loads(copy.path("manifest.json").read_text())
    described["chain"]["count"] += 1
    copy.path("manifest.json").write_text(json.dumps(described))
    _, found, _ = validate.verify_chain(copy.folder)
    assert found is not None
    assert (found.seq, found.audit_event_id) == (described["chain"]["count"], "")


@pytest.mark.parametrize("chain", [None, {}, {"count": "5", "head_hash": None}, {"count": 5, "head_hash": 5}])
def test_an_end_that_is_none_is_refused(copy: Copy, chain: Any) -> None:
    described = json.loads(copy.path("manifest.json").read_text())
    copy.path("manifest.json").write_text(json.dumps({**described, "chain": chain}))
    with pytest.raises(BadRequestError, match=r"manifest\.json"):
        validate.verify_chain(copy.folder)
