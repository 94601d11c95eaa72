"""What is of one client or one run does not stand in a template that is made of it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.proposals.taken_out import TakenOut

SAY = TakenOut(
    parameters={"topic": "Tents for two", "short": "ab", "count": 12, "site": "https://acme.example/tents"},
    clients=["Acme", "Acme spring", "acme"],
    people=["Ana Alvarez", "Ben Brandt"],
)
TEXTS = [
    ("Write: Tents for two", "Write: {{ topic }}"),
    ("Send https://acme.example/tents to them", "Send {{ site }} to them"),
    ("See https://files.example/a?b=1, then ask", "See [address] then ask"),
    ("Write to pia@acme.example today", "Write to [address] today"),
    ("Ask Ana Alvarez, or Ben", "Ask [name], or [name]"),
    ("An analysis is no Ana", "An analysis is no [name]"),
    ("For ACME SPRING and Acme", "For [client] and [client]"),
    ("Acmeism is none of theirs", "Acmeism is none of theirs"),
    ("Until 2026-12-24, not 24.12.2026", "Until [date], not [date]"),
    ("On 24 December 2026 or December 24, 2026", "On [date] or [date]"),
    ("On 3. Mar and in May", "On [date] and in May"),
    ("By 3rd of March, or March 3rd", "By [date], or [date]"),
    ("Ask Frau Brandt or Mr Alvarez", "Ask Frau [name] or Mr [name]"),
    ("It lies at acme.example/brief and sftp://h.example/x", "It lies at [address] and [address]"),
    ("Call +49 (30) 123-4567 first", "Call [address] first"),
    ("Write brief.docx and/or notes", "Write brief.docx and/or notes"),
    ("ab 12 stays, 1.5 too", "ab 12 stays, 1.5 too"),
    ("{{ topic }} stays a parameter", "{{ topic }} stays a parameter"),
]


@pytest.mark.parametrize(("text", "said"), TEXTS)
def test_names_addresses_and_days_are_taken_out_and_values_become_parameters(text: str, said: str):
    assert SAY(text) == said


@pytest.mark.parametrize("said", [said for _, said in TEXTS])
def test_what_was_said_for_everybody_is_said_the_same_once_more(said: str):
    assert SAY(said) == said


WORDS = st.sampled_from(
    [
        "Acme",
        "Ana",
        "Alvarez",
        "Tents for two",
        "https://x.example/y",
        "2026-12-24",
        "write",
        "ask",
        ",",
        "\n",
        "ä",
    ]
)


@given(st.lists(WORDS, max_size=12))
def test_nothing_of_the_client_is_left_whatever_stands_beside_it(words: list[str]):
    said = SAY(" ".join(words)).split()
    assert not {"Acme", "Ana", "2026-12-24", "https://x.example/y"} & {*said}
    assert said.count("write") == words.count("write")


@pytest.mark.parametrize("part", ["a", "a.", "a-", "a.a@", "+1 ", "www.", "1."])
def test_a_long_text_takes_no_longer_for_what_it_repeats(part: str):
    begun = time.process_time()
    SAY(part * (100_000 // len(part)))
    assert time.process_time() - begun < 5
