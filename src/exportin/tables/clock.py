"""Elapsed times as instruments write them."""

import re

ELAPSED = re.compile(r"(?:(\d+)\.)?(\d+):([0-5]\d):([0-5]\d(?:[.,]\d+)?)$")


def elapsed_seconds(text: str) -> float | None:
    """Return the seconds of an elapsed time (h:mm:ss, d.hh:mm:ss); ``None`` if it is none.

    >>> elapsed_seconds("0:00:30"), elapsed_seconds("1.02:00:00"), elapsed_seconds("00:00:01.5")
    (30.0, 93600.0, 1.5)
    >>> elapsed_seconds("10:30") is None  # minutes or hours: nobody knows
    True
    """
    match = ELAPSED.match(text.strip())
    if not match:
        return None
    days, hours, minutes, seconds = match.groups()
    whole = (int(days or 0) * 24 + int(hours)) * 3600 + int(minutes) * 60
    return whole + float(seconds.replace(",", "."))
