"""What of a kind of work a client may read about is checked: its events, and the words for them (WLG-03)."""

from __future__ import annotations

from typing import get_args

import pytest

from engine.catalog.loader import load_file
from engine.catalog.task_type import TaskType, ToldEvent, WorklogWords

_TYPE = (
    b"# yaml-language-server: $schema=../schemas/task_type.schema.json\nkey: recap\nname: Recap\nworklog:\n"
)


def problems(text: str) -> list[tuple[str, int, str]]:
    loaded = load_file("content/task_types/recap.yaml", _TYPE + text.encode())
    return [(found.code, found.line, found.message) for found in loaded.problems]


def test_a_type_that_says_nothing_tells_nothing():
    policy = TaskType.model_validate({"key": "recap", "name": "Recap"}).worklog
    assert policy.include == []


def test_every_event_may_have_words_of_its_own():
    assert list(WorklogWords.model_fields) == list(get_args(ToldEvent))


def test_words_with_the_placeholders_of_their_event_are_right():
    words = {
        "task_completed": "we published {{ task }} of {{ bundle }}",
        "deliverable_delivered": "we put {{ what }} at {{address}}",
        "stage_changed": "it reached {{ stage }}",
    }
    lines = "".join(f'    {event}: "{clause}"\n' for event, clause in words.items())
    assert problems(f"  include: [task_completed]\n  words:\n{lines}") == []


@pytest.mark.parametrize("event", get_args(ToldEvent))
def test_an_event_that_is_known_may_be_included(event: str):
    assert problems(f"  include: [{event}]\n") == []


def test_an_event_that_is_unknown_is_a_finding_that_names_those_there_are():
    [(code, line, message)] = problems("  include: [task_completed, note_added]\n")
    assert (code, line) == ("INVALID_VALUE", 5)
    for event in get_args(ToldEvent):
        assert event in message


@pytest.mark.parametrize(
    ("event", "words", "known"),
    [
        ("task_completed", "we told {{ who }}", "use {{ task }} or {{ bundle }}"),
        ("task_completed", "we put it at {{ address }}", "use {{ task }} or {{ bundle }}"),
        (
            "deliverable_delivered",
            "we asked {{assignee}}",
            "use {{ what }} or {{ address }} or {{ task }} or {{ bundle }}",
        ),
        ("stage_changed", "it is {{ what }}", "use {{ stage }} or {{ task }} or {{ bundle }}"),
        ("partner_approved", "you said {{ }}", "{{ bundle }}"),
    ],
)
def test_a_placeholder_that_cannot_be_filled_is_a_finding_at_its_line(event: str, words: str, known: str):
    [(code, line, message)] = problems(f'  include: []\n  words:\n    {event}: "{words}"\n')
    assert (code, line) == ("INVALID_VALUE", 7)
    assert known in message


def test_words_for_an_event_that_there_is_not_are_a_finding():
    [(code, line, _)] = problems('  words:\n    note_added: "we said it"\n')
    assert (code, line) == ("UNKNOWN_FIELD", 6)
