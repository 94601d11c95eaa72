"""Quick add: what a line is understood to say, what stays its title, and what cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tasks import quick_add
from engine.tasks.quick_add import Understood
from engine.tasks.vocabulary import Priority, Urgency

#: A Saturday.
TODAY = date(2026, 11, 21)
PEOPLE = {"ana": "Ana Alvarez", "ben": "Ben Brandt", "mara": "Mara Maier", "bot": "Crawler"}


def understand(line: str, today: date = TODAY, zone: str = "Europe/Berlin") -> Understood:
    return quick_add.understand(line, today=today, zone=zone, people=PEOPLE)


def test_a_line_says_title_deadline_priority_tag_and_person():
    found = understand("call Ana tomorrow 15:00 !high #tax @ben")
    assert found.values() == {
        "title": "call Ana",
        "deadline": datetime(2026, 11, 22, 14, tzinfo=UTC),
        "priority": Priority.HIGH,
        "tags": ["tax"],
        "assignee": "ben",
    }
    assert [piece.text for piece in found.pieces] == ["tomorrow 15:00", "!high", "#tax", "@ben"]
    assert found.mistakes == []


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("today", date(2026, 11, 21)),
        ("Tomorrow", date(2026, 11, 22)),
        ("sunday", date(2026, 11, 22)),
        ("Mon", date(2026, 11, 23)),
        ("fri", date(2026, 11, 27)),
        ("saturday", date(2026, 11, 28)),  # the next one: there is a word for today
        ("next week", date(2026, 11, 23)),
        ("next fri", date(2026, 11, 27)),
        ("by Friday", date(2026, 11, 27)),
        ("on friday", date(2026, 11, 27)),
        ("by next sunday", date(2026, 11, 29)),
        ("by tomorrow", date(2026, 11, 22)),
        ("on 1 Dec", date(2026, 12, 1)),
        ("in 1 day", date(2026, 11, 22)),
        ("in 3 days", date(2026, 11, 24)),
        ("in 2 weeks", date(2026, 12, 5)),
        ("2026-12-01", date(2026, 12, 1)),
        ("2025-01-31", date(2025, 1, 31)),
        ("1 Dec", date(2026, 12, 1)),
        ("01 december", date(2026, 12, 1)),
        ("21 Nov", date(2026, 11, 21)),
        ("20 Nov", date(2027, 11, 20)),
        ("29 feb", date(2028, 2, 29)),
        ("20 Nov 2026", date(2026, 11, 20)),
    ],
)
def test_a_day_is_read_and_leaves_the_title(words: str, day: date):
    found = understand(f"Order paper {words} for the fair")
    assert found.values() == {"title": "Order paper for the fair", "due_date": day}
    assert [piece.text for piece in found.pieces] == [words]


def test_next_and_a_weekday_is_the_one_of_next_week():
    assert understand("Plan next friday", date(2026, 11, 23)).values()["due_date"] == date(2026, 12, 4)
    assert understand("Plan next monday", date(2026, 11, 29)).values()["due_date"] == date(2026, 11, 30)


def test_next_week_is_its_monday_on_a_monday_too():
    assert understand("Plan next week", date(2026, 11, 23)).values()["due_date"] == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("words", "zone", "moment"),
    [
        ("today 9:30", "UTC", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("today 10am", "UTC", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("on friday at 3:30PM", "UTC", datetime(2026, 11, 27, 15, 30, tzinfo=UTC)),
        ("today 12pm", "UTC", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("today 12am", "UTC", datetime(2026, 11, 21, 0, tzinfo=UTC)),
        ("by 1 Dec 2026 at 9am", "UTC", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("tomorrow at 15:00", "Europe/Berlin", datetime(2026, 11, 22, 14, tzinfo=UTC)),
        ("1 Jul 2027 15:00", "Europe/Berlin", datetime(2027, 7, 1, 13, tzinfo=UTC)),
        ("2026-12-01 00:00", "America/New_York", datetime(2026, 12, 1, 5, tzinfo=UTC)),
        # The hour that a clock leaves out counts on from before, the one that it has twice is the first.
        ("28 Mar 2027 2:30", "Europe/Berlin", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        ("31 Oct 2027 2:30", "Europe/Berlin", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_time_after_a_day_makes_a_deadline_in_the_zone(words: str, zone: str, moment: datetime):
    found = understand(f"Call {words}", zone=zone)
    assert found.values() == {"title": "Call", "deadline": moment}
    assert [piece.text for piece in found.pieces] == [words]


@pytest.mark.parametrize("urgency", list(Urgency))
def test_an_urgency_has_a_mark_beside_that_of_the_priority(urgency: Urgency):
    found = understand(f"Answer !{urgency} !LOW")
    assert found.values() == {"title": "Answer", "urgency": urgency, "priority": Priority.LOW}


@pytest.mark.parametrize(
    "line",
    [
        "Meet at 15:00",  # a time without its day
        "Stand by the door, move on, 13pm",
        "next to the door, by next",
        "Follow up on #46",  # the number of a task
        "Write to ana@example.com about C#",
        "Fix the !!! and the #",
        "Buy 3 decks",
        "in 3 hours, next month",
        "Say in_3_days",
        "tomorrow's paper",
        'Read "War and Peace" and "half of',
        "Ask @ben, then go on",
    ],
)
def test_what_is_no_piece_stays_in_the_title(line: str):
    assert (understand(line).title, understand(line).pieces) == (line, ())


def test_of_several_days_the_last_counts_and_the_others_stay_in_the_title():
    found = understand("Prepare the Monday meeting @ana friday @ben #a !low #b !high")
    assert found.values() == {
        "title": "Prepare the Monday meeting @ana !low",
        "due_date": date(2026, 11, 27),
        "assignee": "ben",
        "tags": ["a", "b"],
        "priority": Priority.HIGH,
    }


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ('Watch "Tomorrow" today', "Watch Tomorrow today"),
        ('Watch "tomorrow 15:00"', "Watch tomorrow 15:00"),
        ('Read "Friday on my mind"', 'Read "Friday on my mind"'),
        ('Write "@nobody"', "Write @nobody"),
        ('Write "#tax", then', 'Write "#tax", then'),
    ],
)
def test_what_stands_in_quotes_is_never_read(line: str, title: str):
    found = understand(line.replace(" today", ""))
    assert (found.title, found.pieces) == (title.replace(" today", ""), ())


@pytest.mark.parametrize(
    ("line", "word", "told"),
    [
        ("Call @bem", "@bem", "is nobody who can be given a task (nearest: @ben, Ben Brandt)"),
        ("Call @zyx", "@zyx", "is nobody who can be given a task"),
        ("Call !hihg", "!hihg", "is neither a priority nor an urgency (nearest: !high"),
        ("Call 2026-02-30", "2026-02-30", "is not in the calendar"),
        ("Call 31 Nov", "31 Nov", "is not in the calendar"),
        ("Call 29 Feb 2027 10:00", "29 Feb 2027 10:00", "is not in the calendar"),
        ("Call 0001-01-01 00:10", "0001-01-01 00:10", "lies outside the years that can be kept"),
    ],
)
def test_what_cannot_be_is_a_mistake_at_its_word(line: str, word: str, told: str):
    found = understand(line)
    assert found.values() == {"title": "Call"}
    assert [(piece.text, piece.means) for piece in found.mistakes] == [(word, None)]
    assert told in found.mistakes[0].mistake
    assert line[found.mistakes[0].start : found.mistakes[0].end] == word


def test_a_day_whose_end_cannot_be_kept_is_a_mistake():
    found = understand("Call 9999-12-31", zone="America/New_York")
    assert "lies outside the years that can be kept" in found.mistakes[0].mistake


@pytest.mark.parametrize("words", ["tomorrow", "next week", "in 3 days"])
def test_at_the_end_of_all_days_a_later_one_is_a_mistake(words: str):
    found = understand(f"Call {words} Ana", date(9999, 12, 31))
    assert found.title == "Call Ana"
    assert "lies outside the years" in found.mistakes[0].mistake


# -- whatever is written -----------------------------------------------------------------------

PLAIN = st.sampled_from(["call", "Ana", "the", "Straße", "15:00", "#46", "at", "3", "dec.", "“monday”", "!"])
DAYS = st.one_of(
    st.sampled_from(["today", "tomorrow", "fri", "next week", "in 3 days", "1 Dec", "2 jan 2028"]),
    st.dates(date(1990, 1, 1), date(2100, 1, 1)).map(date.isoformat),
)
TIMES = st.times().map(lambda it: f" {it:%H:%M}")
PIECES = st.one_of(
    st.tuples(DAYS, st.one_of(st.just(""), TIMES, TIMES.map(" at{}".format))).map("".join),
    st.sampled_from(["!low", "!critical", "!soon", "!nonsense"]),
    st.sampled_from(["#tax", "#Steuer-2026", "#a/b"]),
    st.sampled_from(["@ana", "@ben", "@nobody"]),
    st.just("2026-02-30"),
)
QUOTES = st.one_of(PLAIN, PIECES).map('"{}"'.format)
LINES = st.lists(st.tuples(st.one_of(PLAIN, PIECES, QUOTES), st.sampled_from([" ", "  ", "\t"]))).map(
    lambda parts: "".join(part + space for part, space in parts)
)
ANY_LINE = st.one_of(LINES, st.text(max_size=60))


def words_of(text: str) -> list[str]:
    return text.replace('"', " ").split()


@given(ANY_LINE)
def test_nothing_of_a_line_is_lost(line: str):
    found = understand(line)
    left, place = "", 0
    for piece in found.pieces:
        assert piece.start >= place, "the pieces stand in the line's order and do not overlap"
        assert line[piece.start : piece.end] == piece.text
        assert (piece.means is None) == bool(piece.mistake)
        left, place = f"{left}{line[place : piece.start]} ", piece.end
    assert words_of(found.title) == words_of(left + line[place:])


@given(ANY_LINE, st.data())
def test_a_piece_that_is_taken_as_text_is_part_of_the_title(line: str, data: Any):
    before = understand(line)
    if not before.pieces:
        return
    piece = data.draw(st.sampled_from(before.pieces))
    after = understand(quick_add.as_text(line, piece))
    assert " ".join(piece.text.split()) in after.title
    kept = [(one.kind, one.text, one.means) for one in before.pieces if one is not piece]
    assert [one for one in kept if one not in [(one.kind, one.text, one.means) for one in after.pieces]] == []


@given(LINES)
def test_what_was_understood_is_understood_again_from_its_own_words(line: str):
    found = understand(line)
    title = understand(found.title)
    for piece in title.pieces:  # what was text is kept as text: in quotes, if it would be read
        found_again = understand(quick_add.as_text(found.title, piece))
        assert " ".join(piece.text.split()) in found_again.title
    alone = [understand(piece.text).pieces for piece in found.pieces]
    assert [(one.kind, one.text, one.means, one.mistake) for pieces in alone for one in pieces] == [
        (one.kind, one.text, one.means, one.mistake) for one in found.pieces
    ]


@given(
    st.lists(st.sampled_from(["call", "Ana", "about", "paper"]), min_size=1),
    st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2100, 1, 1))),
    st.one_of(st.none(), st.sampled_from(Priority)),
    st.one_of(st.none(), st.sampled_from(Urgency)),
    st.lists(st.sampled_from(["tax", "seo", "2026-plan"]), unique=True),
    st.one_of(st.none(), st.sampled_from(sorted(PEOPLE))),
    st.randoms(),
)
def test_what_is_written_down_is_what_is_understood(
    title: list[str],
    day: date | None,
    priority: Priority | None,
    urgency: Urgency | None,
    tags: list[str],
    person: str | None,
    order: Any,
):
    said = {"due_date": day, "priority": priority, "urgency": urgency, "assignee": person}
    marks = [
        *([day.isoformat()] if day else []),
        *([f"!{priority}"] if priority else []),
        *([f"!{urgency}"] if urgency else []),
        *([f"@{person}"] if person else []),
    ]
    order.shuffle(marks)
    line = " ".join([*title, *marks, *(f"#{tag}" for tag in tags)])
    wanted = {name: value for name, value in said.items() if value is not None}
    assert understand(line).values() == {
        "title": " ".join(title),
        **({"tags": tags} if tags else {}),
        **wanted,
    }
