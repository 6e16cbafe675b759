"""Opening hours against the clock: time zones, midnight, closed dates, and the two nights on which clocks change."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chatbots.rules.hours import DAYS, look_at_hours
from chatbots.rules.hours_words import WORDS, word_opening

OFFICE = {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in DAYS[:5]}


def hours(
    days: dict[str, Any], zone: str = "Europe/Berlin", closed_on: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {"time_zone": zone, "days": days, "closed_on": list(closed_on)}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_without_hours_somebody_is_always_there() -> None:
    assert look_at_hours({}, utc("2026-11-21 03:00")).is_open


@pytest.mark.parametrize(
    ("now", "is_open", "words"),
    [
        ("2026-11-23 07:59", False, "today at 9:00"),
        ("2026-11-23 08:00", True, ""),
        ("2026-11-23 10:59", True, ""),
        ("2026-11-23 11:00", False, "today at 13:00"),
        ("2026-11-23 16:00", False, "tomorrow at 9:00"),
        ("2026-11-27 16:00", False, "on Monday at 9:00"),
        ("2026-11-20 23:30", False, "on Monday at 9:00"),
    ],
)
def test_an_office_opens_and_closes_by_its_own_clock(now: str, is_open: bool, words: str) -> None:
    found = look_at_hours(hours(OFFICE), utc(now))
    assert (found.is_open, word_opening(found)) == (is_open, words)


def test_a_closed_date_is_skipped_and_a_far_opening_has_its_date() -> None:
    closed = [f"2026-12-{day}" for day in range(21, 32)] + ["2027-01-01"]
    found = look_at_hours(hours(OFFICE, closed_on=tuple(closed)), utc("2026-12-20 12:00"))
    assert word_opening(found) == "on 4 January at 9:00"


def test_a_night_shift_is_open_until_it_ends_the_next_day() -> None:
    night = hours({"fri": [["22:00", "02:00"]]}, closed_on=("2026-11-28",))
    assert look_at_hours(night, utc("2026-11-27 23:30")).is_open
    found = look_at_hours(night, utc("2026-11-28 00:59"))
    assert found.is_open
    assert found.closes_at == utc("2026-11-28 01:00")
    assert not look_at_hours(night, utc("2026-11-28 01:00")).is_open


def test_an_opening_that_runs_into_the_next_ends_with_it() -> None:
    found = look_at_hours(
        hours({"mon": [["20:00", "24:00"]], "tue": [["00:00", "06:00"]]}, "UTC"), utc("2026-11-23 21:00")
    )
    assert found.closes_at == utc("2026-11-24 06:00")
    always = look_at_hours(hours({day: [["00:00", "24:00"]] for day in DAYS}, "UTC"), utc("2026-11-23 21:00"))
    assert (always.is_open, always.closes_at) == (True, None)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        # The night of 25 October 2026: three o'clock is two again, and the shop is open through both.
        ("2026-10-24 23:59", False), ("2026-10-25 00:00", True), ("2026-10-25 01:29", True), ("2026-10-25 01:30", False),
        # The night of 28 March 2027: two o'clock is three, and what begins in between comes an hour later.
        ("2027-03-28 00:59", False), ("2027-03-28 01:29", True), ("2027-03-28 01:30", False),
    ],
)  # fmt: skip
def test_the_clocks_change_in_the_night(now: str, is_open: bool) -> None:
    assert look_at_hours(hours({"sun": [["02:00", "02:30"]]}), utc(now)).is_open is is_open


def test_nine_o_clock_is_nine_o_clock_in_summer_and_in_winter() -> None:
    week = hours({"sun": [["09:00", "10:00"]]})
    assert look_at_hours(week, utc("2026-10-18 07:00")).is_open
    assert not look_at_hours(week, utc("2026-10-25 07:59")).is_open
    assert look_at_hours(week, utc("2026-10-25 08:00")).is_open


def test_hours_that_never_open_have_no_next_opening() -> None:
    found = look_at_hours(hours({}), utc("2026-11-23 08:00"))
    assert (found.is_open, found.opens_at, word_opening(found)) == (False, None, "")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "on Monday at 9:00"), ("de", "am Montag um 9:00 Uhr"), ("fr", "lundi à 9:00"), ("es", "el lunes a las 9:00"),
        ("pt", "na segunda-feira às 9:00"), ("ar", "يوم الاثنين الساعة 9:00"),
    ],
)  # fmt: skip
def test_the_next_opening_is_worded_in_each_language(language: str, words: str) -> None:
    assert word_opening(look_at_hours(hours(OFFICE), utc("2026-11-21 12:00")), language) == words
    assert all(len(names.days) == 7 and len(names.months) == 12 for names in WORDS.values())
