"""The order in which plates were measured, from the dates and times of their files."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y")
TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
FORMATS = tuple(f"{day} {time}" for day in DAYS for time in TIMES)
Orders = tuple[Mapping[str, float], ...]


def measured_orders(texts: Iterable[str | None]) -> Orders:
    """Return each way in which all dates and times can be read, as text to seconds.

    Files of one block are taken to write dates alike, so that 29/02/2016 says of 03/04/2016
    that the day stands first. None of the ways is preferred.

    Examples
    --------
    >>> len(measured_orders(["03/04/2016 10:20:30"]))
    2
    >>> len(measured_orders(["03/04/2016 10:20:30", "29/02/2016 10:20:30"]))
    1
    """
    known = {text: " ".join(text.replace("T", " ").split()) for text in texts if text}
    if not known:
        return ()
    found = []
    for form in FORMATS:
        times = {text: _seconds(clean, form) for text, clean in known.items()}
        told = {text: time for text, time in times.items() if time is not None}
        if len(told) == len(known) and told not in found:
            found.append(told)
    return tuple(found)


def places(texts: Sequence[str | None], orders: Orders) -> list[int] | None:
    """Return the place of each plate in the run, from 1; None where times do not settle it.

    They do not if a time is absent or two plates share one, or if the dates can be read in two
    ways that put the plates in different orders.

    Examples
    --------
    >>> orders = measured_orders(["03/04/2016 10:20:30", "03/04/2016 09:20:30"])
    >>> places(["03/04/2016 10:20:30", "03/04/2016 09:20:30"], orders)
    [2, 1]
    """
    ways = set()
    for order in orders:
        times = [order.get(text or "") for text in texts]
        known = sorted(time for time in times if time is not None)
        if len(set(known)) < len(texts):
            return None
        ways.add(tuple(known.index(time) + 1 for time in times if time is not None))
    return list(ways.pop()) if len(ways) == 1 else None


def _seconds(text: str, form: str) -> float | None:
    try:
        return (datetime.strptime(text, form) - datetime(1970, 1, 1)).total_seconds()
    except ValueError:
        return None
