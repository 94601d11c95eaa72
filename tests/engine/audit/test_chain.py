"""The chain of events: numbered without gaps, and any change names the first bad event."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.access import ActorKind
from engine.accounts.models import User
from engine.audit import chain
from engine.audit.models import Action, Event
from engine.errors import BadRequestError
from engine.record import Digests, canonical, digests_of
from engine.tasks.models import Step
from engine.upgrades import open_store

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def event(number: int, after: dict[str, Any] | None = None, workspace: str = "wsp_1") -> Event:
    return Event(
        audit_event_id=f"evt_{workspace}_{number}",
        workspace_id=workspace,
        seq=0,
        occurred_at=NOW,
        action=Action.NOTE_ADDED,
        actor_kind=ActorKind.USER,
        actor_id="usr_1",
        actor_name="Ana",
        entity_type="task_notes",
        entity_id=f"nte_{number}",
        task_id="tsk_1",
        bundle_id=None,
        summary=f"Note {number}",
        before=None,
        after=after,
        reason=None,
        previous_hash="",
        hash="",
    )


def chained(count: int = 5) -> list[dict[str, Any]]:
    """Return the documents of a good chain."""
    documents, previous = [], chain.GENESIS
    for number in range(1, count + 1):
        one = event(number, {"body": f"text {number}"})
        one.seq, one.previous_hash = number, previous
        one.hash = previous = chain.hash_of(one.model_dump(mode="json"))
        documents.append(one.model_dump(mode="json"))
    return documents


def check(documents: list[Any], *, count: int = 5, head: str | None = None) -> chain.ChainFault | None:
    return chain.verify(documents, count=count, head_hash=chained()[-1]["hash"] if head is None else head)


def test_the_canonical_form_is_sorted_tight_and_utf_8():
    assert canonical({"b": 1, "a": ["ü", None, 1.5]}) == '{"a":["ü",null,1.5],"b":1}'.encode()


_LETTERS = st.text(st.characters(exclude_categories=["Cs"]))
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_PLAIN = _LETTERS | st.integers() | st.booleans() | st.none()


def _nested(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        values, lambda inner: st.lists(inner) | st.dictionaries(_LETTERS, inner), max_leaves=9
    )


@given(st.dictionaries(_LETTERS, _nested(_PLAIN)) | st.dictionaries(_LETTERS, _nested(_PLAIN | _FLOATS)))
def test_the_form_that_is_hashed_is_what_json_writes_whatever_wrote_it(document):
    form = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(document) == form.encode()


@pytest.mark.parametrize(
    "size", [0.0, 1.5, 1e-4, 9.99e-5, 1.234e-5, 1e-7, 9999999999999998.0, 1e16, 1.5e16, 1e17, 1e300]
)
def test_a_number_is_hashed_as_json_writes_it_where_exponents_begin_and_end(size):
    document = {"a": size, "b": {"c": [-size]}}
    assert canonical(document) == json.dumps(document, separators=(",", ":")).encode()


def test_a_number_that_json_does_not_have_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": float("nan")})


def test_a_good_chain_has_no_fault_and_neither_has_an_empty_one():
    assert check(chained()) is None
    assert check([], count=0, head="") is None


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_the_hash_of_what_is_stored_is_the_hash_of_what_was_made(after: dict[str, Any]):
    made = event(1, after)
    made.hash = chain.hash_of(made.model_dump(mode="json"))
    stored = Event.model_validate_json(made.model_dump_json()).model_dump(mode="json")
    assert chain.hash_of(stored) == made.hash


def rehashed(document: dict[str, Any]) -> str:
    return chain.hash_of({**document, "summary": "x"})


def follow_another(documents: list[Any]) -> None:
    documents[0]["previous_hash"] = "1" * 64
    documents[0]["hash"] = chain.hash_of(documents[0])


CHANGES: list[tuple[str, int, Callable[[list[Any]], None]]] = [
    ("a word of the third", 3, lambda rows: rows[2]["after"].update(body="another")),
    ("the actor of the first", 1, lambda rows: rows[0].update(actor_id="usr_2")),
    ("the time of the last", 5, lambda rows: rows[4].update(occurred_at="2026-11-21T09:00:00.001Z")),
    ("a field more in the second", 2, lambda rows: rows[1].update(colour="red")),
    ("a field less in the second", 2, lambda rows: rows[1].pop("reason")),
    ("the hash of the fourth", 4, lambda rows: rows[3].update(hash="0" * 64)),
    ("the first is gone", 1, lambda rows: rows.pop(0)),
    ("the third is gone", 3, lambda rows: rows.pop(2)),
    ("the last is gone", 5, lambda rows: rows.pop()),
    ("two have changed places", 2, lambda rows: rows.insert(1, rows.pop(2))),
    ("one stands twice", 3, lambda rows: rows.insert(2, rows[1])),
    ("one more at the end", 6, lambda rows: rows.append({**rows[4], "seq": 6})),
    ("a number is a text", 2, lambda rows: rows[1].update(seq="2")),
    ("a number is true", 1, lambda rows: rows[0].update(seq=True)),
    ("one cannot be read", 4, lambda rows: rows.__setitem__(3, chain.Unreadable("evt_wsp_1_4", "is torn"))),
    ("the fourth was hashed again", 4, lambda rows: rows[3].update(summary="x", hash=rehashed(rows[3]))),
    ("the last was hashed again", 5, lambda rows: rows[4].update(summary="x", hash=rehashed(rows[4]))),
    ("the fourth follows another", 4, lambda rows: rows[3].update(previous_hash="1" * 64)),
    ("the first follows another", 1, lambda rows: rows[0].update(previous_hash="1" * 64)),
    ("everything is gone", 1, lambda rows: rows.clear()),
]


@pytest.mark.parametrize(("seq", "change"), [item[1:] for item in CHANGES], ids=[item[0] for item in CHANGES])
def test_the_first_bad_event_is_named(seq: int, change: Callable[[list[Any]], None]):
    documents = chained()
    change(documents)
    fault = check(documents)
    assert fault is not None
    assert fault.seq == seq


#: The change of ``CHANGES``, the id that is told (``-``: none can be), and the words.
WORDS = {
    "a word of the third": ("3", "event 3 was changed after it was written"),
    "the first is gone": ("-", "event 1 is missing; event 2 stands in its place"),
    "the last is gone": ("-", "the chain ends after event 4, but 5 were written"),
    "two have changed places": ("-", "event 2 is missing; event 3 stands in its place"),
    "one more at the end": ("-", "event 6 does not continue the chain"),
    "a number is a text": ("2", "event 2 was changed after it was written"),
    "a number is true": ("1", "event 1 was changed after it was written"),
    "one cannot be read": ("4", "event 4 was changed after it was written: it is torn"),
    "the third was hashed again": ("3", "event 3 was rewritten: the one after it follows another"),
    "the last was hashed again": (
        "5",
        "event 5 is not what the chain ended with: it, or more before it, was rewritten",
    ),
    "the fourth follows another": ("4", "event 4 does not continue the chain"),
    "the first follows another": ("1", "event 1 does not continue the chain"),
    "the first was hashed again": ("1", "event 1 was rewritten: the one after it follows another"),
    "the first was hashed to follow another": ("1", "event 1 does not continue the chain"),
    "everything is gone": ("-", "the chain ends after event 0, but 5 were written"),
}


@pytest.mark.parametrize("what", WORDS)
def test_a_fault_says_which_event_it_is_and_what_became_of_it(what: str):
    documents = chained()
    changes = {name: change for name, _, change in CHANGES}
    changes["the third was hashed again"] = lambda rows: rows[2].update(summary="x", hash=rehashed(rows[2]))
    changes["the first was hashed again"] = lambda rows: rows[0].update(summary="x", hash=rehashed(rows[0]))
    changes["the first was hashed to follow another"] = follow_another
    changes["one more at the end"] = lambda rows: rows.append({**rows[4], "seq": 6, "audit_event_id": ""})
    changes[what](documents)
    fault = check(documents)
    assert fault is not None
    number, words = WORDS[what]
    assert fault.audit_event_id == ("" if number == "-" else f"evt_wsp_1_{number}")
    assert fault.message == words
    assert fault.place == f"event {fault.seq}" + ("" if number == "-" else f" (evt_wsp_1_{number})")


def test_an_event_that_was_added_at_the_end_is_told_by_the_count():
    fault = check(chained(), count=3)
    assert fault is not None
    assert (fault.audit_event_id, fault.message) == ("evt_wsp_1_4", "event 4 was added: only 3 were written")


def anchor(count: int, head_hash: str | None = None) -> chain.Anchor:
    return chain.Anchor(count, head_hash or chained()[count - 1]["hash"])


def test_a_chain_is_checked_from_an_end_on_that_was_noted():
    documents = chained()
    head = documents[-1]["hash"]
    assert chain.verify(documents[2:], count=5, head_hash=head, after=anchor(2)) is None
    fault = chain.verify(documents[3:], count=5, head_hash=head, after=anchor(2))
    assert fault is not None
    assert (fault.seq, fault.audit_event_id) == (3, "")
    assert fault.message == "event 3 is missing; event 4 stands in its place"
    fault = chain.verify([], count=2, head_hash="0" * 64, after=anchor(2))
    assert fault is not None
    assert (fault.seq, fault.audit_event_id) == (2, "")


def against(*anchors: chain.Anchor, kept: int = 5) -> chain.ChainFault | None:
    documents = chained()[:kept]
    head = documents[-1]["hash"]
    return chain.verify(documents, count=kept, head_hash=head, anchors=anchors)


def test_a_chain_passes_through_each_end_that_was_noted_of_it_in_whatever_order():
    assert against(anchor(4), anchor(1), anchor(5), anchor(4)) is None


def test_a_chain_that_was_cut_together_with_its_head_is_found_by_an_end_beyond_it():
    fault = against(anchor(2), anchor(5), kept=3)
    assert fault is not None
    assert (fault.seq, fault.audit_event_id) == (4, "")
    assert fault.message == f"the chain ends after event 3, but {anchor(5)} was anchored"
    assert against(anchor(3), kept=3) is None


@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_chain_that_was_written_anew_is_found_where_another_end_was_noted(count: int):
    noted = chain.Anchor(count, "0" * 64)
    fault = against(anchor(1), noted, anchor(2))
    assert fault is not None
    assert (fault.seq, fault.audit_event_id) == (count, f"evt_wsp_1_{count}")
    assert fault.message == f"event {count} is not the one that was anchored as {noted}"


def test_an_end_is_read_as_it_is_printed():
    for noted in (anchor(5), chain.Anchor(10**17, "f" * 64)):
        assert chain.Anchor.parse(f" {noted}\n") == noted
    for text in (
        "",
        "0:" + "a" * 64,
        "5:" + "A" * 64,
        "5:" + "a" * 63,
        "5",
        "05:" + "a" * 64,
        "5:" + "a" * 65,
    ):
        with pytest.raises(BadRequestError) as refused:
            chain.Anchor.parse(text)
        assert refused.value.message == (
            f"{text!r} is not the end of a chain. Give it as `workbench audit verify` prints it, "
            "COUNT:HASH: the number of the last event, a colon, 64 hexadecimal digits. "
            "Before its first event every chain is "
            "the same, so 0 proves nothing."
        )
    with pytest.raises(BadRequestError, match=f"^'{'x' * 100}' is not the end of a chain"):
        chain.Anchor.parse("x" * 5000)


def written(content: str, task_id: str | None = None, was: str | None = None, **others: str) -> chain.Written:
    digests = Digests(content, others.get("order"), others.get("secret"))
    return chain.Written(digests, task_id, None if was is None else Digests(was, None, None))


def test_the_hash_of_a_record_goes_with_the_last_event_about_it_else_of_its_task_else_of_all():
    events = [event(1), event(1), event(2), event(3)]
    events[2].task_id, events[3].task_id = "tsk_2", None
    chain.tell_written(
        events,
        {
            "task_notes/nte_1": written("a", "tsk_2"),
            "task_proofs/prf_1": written("b", "tsk_1"),
            "task_steps/stp_1": written("c", "tsk_2", was="before"),
            "task_steps/stp_2": written("d", "tsk_9"),
            "users/usr_1": written("e", order="o", secret="s"),
        },
    )
    assert [one.record_hashes for one in events] == [
        None,
        {"task_notes/nte_1": "a", "task_proofs/prf_1": "b"},
        {"task_steps/stp_1": "c", "was:task_steps/stp_1": "before"},
        {"task_steps/stp_2": "d", "users/usr_1": "e", "order:users/usr_1": "o", "secret:users/usr_1": "s"},
    ]


def test_what_is_of_no_task_goes_with_the_last_event_whatever_that_is_about():
    events = [event(1), event(2)]
    events[0].task_id = None
    chain.tell_written(events, {"users/usr_1": written("a")})
    assert [one.record_hashes for one in events] == [None, {"users/usr_1": "a"}]


def test_what_a_transaction_writes_several_times_is_told_as_it_ended_and_as_it_was_found():
    spec, untold = Step.spec, {}
    found = {"task_step_id": "stp_1", "task_id": "tsk_1", "title": "Old"}
    for title in ("Newer", "Newest"):
        chain.note_written(
            untold, spec, {**found, "title": title}, json.dumps({**found, "title": title[:-1]})
        )
    chain.note_written(untold, spec, {"task_step_id": "stp_2"}, None)
    assert untold == {
        "task_steps/stp_1": chain.Written(
            digests_of({**found, "title": "Newest"}), "tsk_1", digests_of({**found, "title": "Newe"})
        ),
        "task_steps/stp_2": chain.Written(digests_of({"task_step_id": "stp_2"}), None, None),
    }


def test_a_secret_is_told_by_a_hash_of_its_own():
    secret, untold = User.spec.secret, {}
    document = {"user_id": "usr_1", **dict.fromkeys(sorted(secret), "x")}
    chain.note_written(untold, User.spec, document, json.dumps(document))
    [kept] = untold.values()
    assert secret
    assert kept.digests == kept.was == digests_of(document, secret)
    assert kept.digests.secret is not None


def test_an_event_of_an_earlier_release_has_the_hash_that_it_had():
    document = chained()[0]
    assert "record_hashes" in document
    without = {name: value for name, value in document.items() if name != "record_hashes"}
    assert chain.hash_of(without) == chain.hash_of(document)
    assert chain.hash_of({**document, "record_hashes": {}}) != chain.hash_of(document)
    assert chain.hash_of({**without, "reason": None}) == chain.hash_of(without)
    assert chain.hash_of({name: value for name, value in without.items() if name != "reason"}) != (
        chain.hash_of(without)
    ), "what every release has is hashed where it is null"


@pytest.mark.parametrize(("count", "seq"), [(3, 4), (0, 1), (-1, 1), (6, 6)])
def test_another_count_than_was_written_names_the_first_event_beside_it(count: int, seq: int):
    fault = check(chained(), count=count)
    assert fault is not None
    assert fault.seq == seq


def test_another_head_than_the_last_event_names_the_last_event():
    for head in ("", "0" * 64, chained()[3]["hash"]):
        fault = check(chained(), head=head)
        assert fault is not None
        assert (fault.seq, fault.audit_event_id) == (5, "evt_wsp_1_5")
    fault = check([], count=0, head="0" * 64)
    assert fault is not None
    assert (fault.seq, fault.audit_event_id) == (0, "")


def test_the_id_of_the_first_bad_event_is_told_where_it_can_be_and_never_that_of_another():
    for _, seq, change in CHANGES:
        documents = chained()
        change(documents)
        fault = check(documents)
        assert fault is not None
        assert fault.audit_event_id in ("", f"evt_wsp_1_{seq}" if seq < 6 else "evt_wsp_1_5")


def test_an_id_is_found_in_a_torn_text_and_what_is_no_id_is_none():
    assert chain.id_in_text('{"audit_event_id":"evt_01K9","seq":') == "evt_01K9"
    assert chain.id_in_text('{"audit_event_id": "evt_01K9", ') == "evt_01K9"
    assert chain.id_in_text('{"seq":1,"audit_event_id":"evt_01K9"}') == ""
    assert chain.id_in({"audit_event_id": "evt_\u001b[2J"}) == chain.id_in({"audit_event_id": 5}) == ""


def test_somebody_who_chains_again_from_the_middle_is_caught_by_the_head():
    documents = chained()
    head, previous = documents[-1]["hash"], documents[1]["hash"]
    documents[2]["summary"] = "never happened"
    for document in documents[2:]:
        document["previous_hash"] = previous
        document["hash"] = previous = chain.hash_of(document)
    assert check(documents, head=head) is not None
    assert check(copy.deepcopy(documents), head=previous) is None, "only the head tells"


def test_a_transaction_raises_the_head_and_the_topics_to_its_last_event_and_its_latest_time():
    with open_store("sqlite://") as database:
        with database.write(lock="wsp_1"):
            made = [event(1), event(2), event(3)]
            made[1].occurred_at += timedelta(hours=1)
            chain.append(database, "wsp_1", made, ["inbox", "work"])
        assert database.positions.read([f"wsp_1/{name}" for name in ("inbox", "work", "other")]) == {
            "wsp_1/inbox": 3,
            "wsp_1/work": 3,
        }
        assert database.head("wsp_1").latest == "2026-11-21T10:00:00.000Z"
        assert [one.hash for one in made] == [chain.hash_of(one.to_data()) for one in made]
        assert [one.previous_hash for one in made] == [chain.GENESIS, made[0].hash, made[1].hash]


def test_events_of_each_workspace_are_numbered_and_chained_by_themselves(database_url: str):
    with open_store(database_url) as database:
        for names in (["wsp_1"], ["wsp_2", "wsp_2"], ["wsp_1", "wsp_1", "wsp_1"]):
            start = database.head(names[0]).position
            with database.write(lock=names[0]):
                made = [event(start + n, {"n": n}, names[0]) for n, _ in enumerate(names, start=1)]
                chain.append(database, names[0], made)
        for workspace, count in (("wsp_1", 4), ("wsp_2", 2)):
            texts = database.table("audit_events").select_rows({"workspace_id": workspace}, ("seq",))
            events = [Event.model_validate_json(text) for text in texts]
            stored = [event.model_dump(mode="json") for event in events]
            assert texts == [event.model_dump_json() for event in events], "as any record is stored"
            head = database.head(workspace)
            assert [row["seq"] for row in stored] == list(range(1, count + 1))
            assert (head.position, head.digest) == (count, stored[-1]["hash"])
            assert chain.verify(stored, count=count, head_hash=head.digest) is None
