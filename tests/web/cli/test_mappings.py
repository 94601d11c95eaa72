"""Settings by name on the command line: JSON where it looks so; what is no exact number is a word."""

from __future__ import annotations

import pytest

from tests.factories import make_people


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("24", 24),
        ("-3", -3),
        ("1.5", 1.5),
        ("007", "007"),
        ("1.10", "1.10"),
        ("1234567890123456789", "1234567890123456789"),
        ('"24"', "24"),
        ("1e3", "1e3"),
        ('"Spring" sale', '"Spring" sale'),
        ("true", True),
    ],
)
def test_a_value_by_name_is_read_as_json_says_it_where_any_is_taken(cli, typed, read):
    made = cli(
        "task", "create", "--title", "Look", "--type", "untyped", "--execution-config", f"given={typed}",
        "--metadata", f"given={typed}", "--json",
    )  # fmt: skip
    assert made.json["execution_config"] == {"given": read}
    assert made.json["metadata"] == {"given": True if typed == "true" else typed}, (
        "facts of others stay as typed"
    )


def test_a_reminder_is_made_that_repeats_every_day(cli, workbench):
    make_people(workbench)
    settings = {
        "message": "Look",
        "at": "2026-12-01T09:00:00+01:00",
        "repeat_every_hours": "24",
        "max_times": "3",
        "recipients": '[{"role":"writer"}]',
    }
    options = [word for name, text in settings.items() for word in ("--execution-config", f"{name}={text}")]
    made = cli(
        "task", "create", "--title", "Remind", "--type", "reminder", "--assigned-to-bot", *options, "--json"
    )
    assert made.code == 0, made.err
    assert made.json["execution_config"]["repeat_every_hours"] == 24
    assert made.json["execution_config"]["executor"] == "reminder"
