"""What the lines of a dose-response figure are, in words: one curve, a mean, a mean with a band."""

import polars as pl

from exportin.contract.assay import Context


def line_words(dots: pl.DataFrame, mean: pl.DataFrame | None, context: Context) -> str:
    """Say what is drawn as lines.

    Parameters
    ----------
    dots
        Points with panel, group and unit_id.
    mean
        Lines of the mean with low and high, empty where there is no band; None without lines.
    context
        Name of the unit and level of the interval.
    """
    if mean is None or not mean.height:
        return ""
    unit = context.experimental_unit
    units = dots.group_by("panel", "group").agg(pl.col("unit_id").n_unique())
    if units.height and units.get_column("unit_id").max() == 1:
        return f"Lines: the curve fitted to the {unit}."
    words = f"Lines: mean of the curves fitted to each {unit}"
    if mean.get_column("low").null_count() == mean.height:
        return f"{words}."
    level = f"{context.conf_level:.0%}"
    few = " where there are three or more" if mean.get_column("low").null_count() else ""
    return f"{words}, bands: pointwise {level} t interval between them{few}."
