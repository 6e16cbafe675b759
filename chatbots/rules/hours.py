"""When people are there: an owner's opening hours against the clock, in the owner's own time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# As far as one looks for the next opening, and for the end of one opening that runs into the next.
MOST_DAYS, MOST_DAYS_OPEN = 400, 8


@dataclass(frozen=True, slots=True)
class Hours:
    """Times are in the owner's time zone. `opens_at` is None while open and where it never opens again; `closes_at` is
    None while closed and where no end is in sight."""

    is_open: bool
    now: datetime
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def look_at_hours(opening_hours: dict[str, Any], now: datetime) -> Hours:
    """Whether people are there at `now` (aware), and until or from when. No hours mean always."""
    if not opening_hours:
        return Hours(is_open=True, now=now)
    zone = ZoneInfo(opening_hours["time_zone"])
    here = now.astimezone(zone)
    for start, end in list_openings(opening_hours, here.date() - timedelta(days=1)):
        if end <= now:
            continue
        if start > now:
            return Hours(is_open=False, now=here, opens_at=start.astimezone(zone))
        closes_at = _find_end(opening_hours, here.date(), end)
        return Hours(is_open=True, now=here, closes_at=closes_at and closes_at.astimezone(zone))
    return Hours(is_open=False, now=here)


def list_openings(opening_hours: dict[str, Any], first: date) -> Iterator[tuple[datetime, datetime]]:
    """Each opening that begins on `first` or in the MOST_DAYS after it, in UTC, in order of their beginnings.

    One that ends at or before the hour at which it begins ends on the next day. What begins on a closed date does not
    take place; what began the day before and runs into one does.
    """
    zone, closed = ZoneInfo(opening_hours["time_zone"]), set(opening_hours.get("closed_on", ()))
    days: dict[str, list[list[str]]] = opening_hours.get("days", {})
    for offset in range(MOST_DAYS):
        day = first + timedelta(days=offset)
        if day.isoformat() in closed:
            continue
        for opens, closes in sorted(days.get(DAYS[day.weekday()], ())):
            start = _moment(day, opens, zone)
            ends_on = day if closes > opens else day + timedelta(days=1)
            end = max(_moment(ends_on, closes, zone), _moment(ends_on, closes, zone, fold=1))
            # An opening that the clocks jump over does not take place.
            if start < end:
                yield start, end


def _moment(day: date, clock: str, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    """In UTC. An hour that the clocks go through twice is the first for `fold` 0 and the second for 1."""
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock), zone).replace(fold=fold).astimezone(UTC)


def _find_end(opening_hours: dict[str, Any], today: date, end: datetime) -> datetime | None:
    """The end of the opening that ends at `end`, and of those that follow it without a gap."""
    for start, later in list_openings(opening_hours, today - timedelta(days=1)):
        if start > end:
            return end
        end = max(end, later)
        if end.date() - today > timedelta(days=MOST_DAYS_OPEN):
            return None
    return end
