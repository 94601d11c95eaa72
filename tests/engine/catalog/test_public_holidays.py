"""Public holidays come from a package, by country and region, and are written out before days are counted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import due, public_holidays
from engine.catalog.calendars import Calendar
from engine.catalog.loader import load_file
from engine.catalog.models import DueRule
from tests.conftest import ROOT
from tests.engine.bundles.calendar_oracle import WEEK, Team
from tests.engine.bundles.calendar_oracle import due as slowly_due

D = date.fromisoformat
#: As laws have them, with nothing of the package: those of one year that differ between the regions.
YEAR_2026 = {
    "BE": ["01-01", "03-08", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"],
    "BY": [
        *["01-01", "01-06", "04-03", "04-06", "05-01", "05-14", "05-25", "06-04", "10-03", "11-01"],
        *["12-25", "12-26"],
    ],
    None: ["01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"],
}


def calendar(**fields: Any) -> Calendar:
    return Calendar.model_validate({"key": "office", "name": "Office", "timezone": "Europe/Berlin", **fields})


def free(found: Calendar, year: int = 2026) -> dict[str, str]:
    days = {holiday.date: holiday.name for holiday in found.written_out.holidays}
    return {day[5:]: name for day, name in days.items() if day.startswith(str(year))}


@pytest.mark.parametrize("region", YEAR_2026)
def test_a_country_or_a_region_of_it_has_its_public_holidays(region: str | None) -> None:
    found = calendar(holidays_of={"country": "DE", "region": region})
    assert list(free(found)) == YEAR_2026[region]


def test_names_are_in_the_country_s_own_language_or_in_one_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LANGUAGE", "uk")
    public_holidays.find.cache_clear()
    assert free(calendar(holidays_of={"country": "DE"}))["01-01"] == "Neujahr"
    english = calendar(holidays_of={"country": "DE", "language": "en_US"})
    assert free(english)["01-01"] == "New Year's Day"


def test_own_days_are_added_and_win_and_single_ones_are_taken_out_by_day_or_by_name() -> None:
    found = calendar(
        holidays_of={"country": "DE", "region": "BY"},
        not_holidays=["Allerheiligen", "2026-06-04"],
        holidays=[{"date": "2026-12-24", "name": "Office closed"}, {"date": "2026-12-25", "name": "Ours"}],
    )
    days = free(found)
    assert (days["12-24"], days["12-25"]) == ("Office closed", "Ours")
    assert not {"11-01", "06-04"} & set(days)
    assert "11-01" not in free(found, 2027)
    assert "05-27" in free(found, 2027)  # of Corpus Christi one year alone was taken out


def test_of_two_holidays_on_one_day_the_other_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {D("2026-05-01"): "Ascension Day; Labor Day", D("2026-01-01"): "New Year"}
    monkeypatch.setattr(public_holidays, "find", lambda *_: both)
    whose = {"country": "DE"}
    assert free(calendar(holidays_of=whose, not_holidays=["Labor Day"]))["05-01"] == "Ascension Day"
    assert "05-01" not in free(calendar(holidays_of=whose, not_holidays=["Labor Day", "Ascension Day"]))
    assert "05-01" not in free(calendar(holidays_of=whose, not_holidays=["2026-05-01"]))


def test_what_is_written_out_needs_no_package_and_is_itself_written_out() -> None:
    found = calendar(holidays_of={"country": "DE", "region": "BE"}, cut_off="17:00").written_out
    assert found.holidays_of is None
    assert found.written_out is found
    assert Calendar.model_validate_json(found.model_dump_json(exclude_unset=True)) == found
    assert (found.cut_off, found.timezone) == ("17:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("field", "line", "said"),
    [
        ("holidays_of: {country: XX}", 5, "'XX' is no country; known are AD, AE, AF,"),
        ("holidays_of: {country: DE, region: BX}", 5, "'BX' is no region of DE; known are Augsburg, BB, BE,"),
        (
            "holidays_of: {country: DE, region: Augsberg}",
            5,
            "no region of DE (did you mean Augsburg?); known",
        ),
        (
            "holidays_of: {country: DE, language: xx}",
            5,
            "is no language of the holidays of DE; known are de,",
        ),
        ("holidays_of: {region: BY}", 5, "holidays_of.country is missing"),
        (
            "holidays_of: {country: DE}\nnot_holidays: [Thanksgiving]",
            6,
            "no 'Thanksgiving' of DE; use a day,",
        ),
        ("not_holidays: [Karfreitag]", 5, "no 'Karfreitag' without holidays_of"),
    ],
)
def test_a_calendar_of_what_is_not_known_is_refused_with_what_is(field: str, line: int, said: str) -> None:
    raw = f"# yaml\nkey: office\nname: Office\ntimezone: Europe/Berlin\n{field}\n".encode()
    loaded = load_file("content/calendars/office.yaml", raw)
    assert loaded.item is None
    (fault,) = [one for one in loaded.problems if one.is_error]
    assert said in fault.message
    assert fault.line == line


def test_norway_is_a_country_and_no_answer() -> None:
    raw = b"key: oslo\nname: Oslo\ntimezone: Europe/Oslo\nholidays_of: {country: NO}\n"
    loaded = load_file("content/calendars/oslo.yaml", raw)
    assert isinstance(loaded.item, Calendar)
    assert free(loaded.item)["05-17"]


@pytest.mark.wide
def test_the_package_is_imported_for_the_first_calendar_that_asks_for_it() -> None:
    code = "import engine.app, engine.catalog.catalog, web.cli, sys; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# -- due days, against the slow way ------------------------------------------------------------

#: With clock changes at midnight, at night, of half an hour, and a day that was left out.
ZONES = ["UTC", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "America/New_York"]
WHOSE = [("DE", "BY"), ("US", None), ("NO", None), ("GB", "SCT"), ("JP", None), ("CH", "ZH"), ("BR", "SP")]
#: The days beside leap days and changes of clocks, and all others.
EDGES = [D("2024-02-29"), D("2028-02-29"), D("2027-03-28"), D("2026-10-25"), D("2026-04-04"), D("2027-03-14")]
DAYS = st.dates(date(2020, 6, 1), date(2040, 6, 1)) | st.builds(
    lambda day, n: day + timedelta(days=n), st.sampled_from(EDGES), st.integers(-3, 3)
)


@st.composite
def written(draw: st.DrawFn) -> dict[str, Any]:
    """What a calendar's file may say."""
    country, region = draw(st.sampled_from(WHOSE))
    known = sorted(public_holidays.find(country, region, None))
    own = draw(st.sets(DAYS, max_size=6))
    out = draw(st.sets(st.sampled_from(known), max_size=6))
    cut_off = draw(st.none() | st.times())
    return {
        "key": "any",
        "name": "Any",
        "timezone": draw(st.sampled_from(ZONES)),
        "working_days": [WEEK[n] for n in sorted(draw(st.sets(st.integers(0, 6), min_size=1)))],
        "cut_off": cut_off and f"{cut_off:%H:%M}",
        "holidays_of": {"country": country, "region": region},
        "not_holidays": [str(day) for day in sorted(out)],
        "holidays": [{"date": str(day), "name": "Ours"} for day in sorted(own)],
    }


def team_of(said: Mapping[str, Any]) -> Team:
    """Read the file as a person would, without the engine's calendar."""
    whose = said["holidays_of"]
    days = set(public_holidays.find(whose["country"], whose["region"], None))
    days -= {D(day) for day in said["not_holidays"]}
    days |= {D(one["date"]) for one in said["holidays"]}
    at = time.fromisoformat(said["cut_off"]) if said["cut_off"] else None
    return Team(said["timezone"], frozenset(said["working_days"]), at, frozenset(days))


@given(
    said=written(),
    day=DAYS,
    offset=st.integers(-30, 30),
    unit=st.sampled_from(["days", "business_days", "hours"]),
)
def test_due_days_over_public_holidays_are_as_one_counts_them_by_hand(
    said: dict[str, Any], day: date, offset: int, unit: str
) -> None:
    kept = Calendar.model_validate(said).written_out.model_dump_json(exclude_unset=True)
    # From what a pin keeps alone, whatever the package says by then.
    with mock.patch.object(public_holidays, "find", side_effect=AssertionError):
        told = due.due_date(
            DueRule.model_validate({"offset": offset, "unit": unit, "from": "anchor"}),
            anchor=day,
            bundle_start=datetime.combine(day, time(), UTC),
            parameters={},
            completed={},
            calendar=Calendar.model_validate_json(kept),
            zone="UTC",
        )
    assert told == slowly_due(offset, unit, day, team_of(said))


@given(said=written(), day=DAYS, data=st.data())
def test_a_day_off_is_named_as_the_file_or_the_package_names_it(
    said: dict[str, Any], day: date, data: st.DataObject
) -> None:
    found, team = Calendar.model_validate(said).written_out, team_of(said)
    day = data.draw(st.just(day) | st.sampled_from(sorted(team.holidays)))
    moment = datetime.combine(day, time(), ZoneInfo("UTC"))
    warnings = due.day_warnings(day, None, found, moment)
    assert bool(warnings) is not team.works_on(day)
    if day not in team.holidays:
        return
    whose = said["holidays_of"]
    named = {D(one["date"]): one["name"] for one in said["holidays"]}
    name = named.get(day) or public_holidays.find(whose["country"], whose["region"], None)[day]
    assert warnings == (f"due on a holiday ({name})",)
