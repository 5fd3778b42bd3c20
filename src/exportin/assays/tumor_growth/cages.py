"""Cages that hold one arm only: there the cage, not the animal, is what is independent."""

from collections.abc import Mapping, Sequence

import polars as pl

from exportin.assays.tumor_growth.growth_rows import period_slopes
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits
from exportin.inference.answer import Answer
from exportin.inference.cage_tests import cage_means, cage_means_answer
from exportin.inference.mixed_answers import KIND
from exportin.inference.question import Contrast

Means = Mapping[str, Mapping[str, float]]


def whole_cages(animals: pl.DataFrame) -> dict[str, str] | None:
    """Cage of each animal of one model if every cage holds one arm and some hold several animals.

    None where an animal has no cage, where arms share cages, and where each animal has its own.

    Examples
    --------
    >>> seen = pl.DataFrame({"animal": list("abcd"), "arm": ["v", "v", "d", "d"],
    ...                      "cage": ["1", "1", "2", "2"]})
    >>> whole_cages(seen), whole_cages(seen.with_columns(cage=pl.Series(["1", "2", "1", "2"])))
    ({'a': '1', 'b': '1', 'c': '2', 'd': '2'}, None)
    """
    if animals.get_column("cage").null_count():
        return None
    by = animals.group_by("cage").agg(
        pl.col("arm").n_unique().alias("arms"), pl.col("animal").n_unique().alias("n")
    )
    mixed = (by.get_column("arms") > 1).any()
    if mixed or not (by.get_column("n") > 1).any():
        return None
    return dict(animals.select("animal", "cage").iter_rows())


def cages_of(seen: Visits) -> dict[str, str] | None:
    """Return `whole_cages` of the animals of these visits."""
    return seen.once("cages", lambda: whole_cages(seen.animals))


def rates_of_cages(
    seen: Visits, cages: Mapping[str, str], settings: TumorGrowthSettings
) -> dict[str, dict[str, float]]:
    """Mean growth rate of each cage of each arm, over the period that the model names."""
    known = seen.animals.select("arm", "unit_id", "animal").iter_rows()
    place = {(arm, unit): animal for arm, unit, animal in known}
    out: dict[str, dict[str, float]] = {
        arm: {} for arm in seen.animals.get_column("arm").unique().to_list()
    }
    for arm, slopes in period_slopes(seen, settings):
        held = [cages[place[arm, one.animal]] for one in slopes]
        out[arm] = cage_means([one.slope for one in slopes], held)
    return out


def growth_by_cages(means: Means, pairs: Sequence[tuple[str, str]], ask: Contrast) -> list[Answer]:
    """Compare the growth rates of arms by the means of their cages."""
    return [cage_means_answer(means[a], means[b], (a, b), ask, KIND) for a, b in pairs]
