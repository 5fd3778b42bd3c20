"""The order in which arms are shown: control first, then as they come, doses by their size."""

import re

import polars as pl

from exportin.views.frames import natural_key

NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def arm_order(animals: pl.DataFrame, control: str) -> tuple[str, ...]:
    """Return the names of the arms in the order of tables and figures.

    The control stands first; then arms in the order of their first animals, since animals are
    numbered group by group; arms whose names differ in numbers only stand together, by the numbers.

    Parameters
    ----------
    animals
        ``animal, arm``, a row per animal, in any order.
    control
        The control arm.

    Examples
    --------
    >>> named = {"animal": ["1", "2", "10", "3"], "arm": ["B 20", "A", "vehicle", "B 5"]}
    >>> arm_order(pl.DataFrame(named), "vehicle")
    ('vehicle', 'B 5', 'B 20', 'A')
    """
    first: dict[str, tuple[tuple[int, float, str], ...]] = {}
    for animal, arm in animals.select("animal", "arm").unique().iter_rows():
        key = natural_key(str(animal))
        first[arm] = min(first.get(arm, key), key)
    came = sorted(first, key=lambda arm: (first[arm], natural_key(arm)))
    place: dict[str, int] = {}
    for arm in came:
        place.setdefault(NUMBER.sub("#", arm), len(place))
    return tuple(
        sorted(came, key=lambda arm: (arm != control, place[NUMBER.sub("#", arm)], _numbers(arm)))
    )


def _numbers(arm: str) -> tuple[float, ...]:
    return tuple(float(text.replace(",", ".")) for text in NUMBER.findall(arm))
