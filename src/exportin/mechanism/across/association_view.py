"""The scatter of an association: a point per model, a panel per matched value."""

from typing import Any

import polars as pl

from exportin.contract.view import View
from exportin.mechanism.across.association_rows import LOGS, name_of
from exportin.mechanism.across.settings import AssociateSettings
from exportin.results.formatting import p_text
from exportin.results.tables import Tests
from exportin.views.scatter import Scale, scatter_view

KEPT = ("value", "conf_low", "conf_high", "conf_open", "bound")
AS = ("", "_low", "_high", "_open", "_bound")


def scatters(shown: pl.DataFrame, tests: Tests, settings: AssociateSettings) -> tuple[View, ...]:
    """Draw the models' numbers; what is beyond a closed limit only is drawn as that bound."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    keys = [key for key in settings.match if key in shown.columns]
    for row in shown.iter_rows(named=True):
        panel = ", ".join(str(row[key]) for key in keys)
        place = rows.setdefault((panel, row["unit_id"]), {"panel": panel, "name": row["unit_id"]})
        place |= {f"{row['axis']}{to}": row[name] for name, to in zip(KEPT, AS, strict=True)}
    if not rows:
        return ()
    x, y = (shown.filter(pl.col("axis") == axis).row(0, named=True) for axis in ("x", "y"))
    names = [name_of(side) for side in (settings.x, settings.y)]
    points = pl.DataFrame(list(rows.values()), infer_schema_length=None)
    caption = (
        f"{names[1]} against {names[0]}, a point per {settings.unit}; lines are intervals between "
        "animals or experiments, arrows point to where a value known only as a bound lies."
    )
    view = scatter_view(
        name="scatter",
        title=f"{names[1]} against {names[0]} over {settings.unit}s",
        points=points,
        x_label=names[0],
        y_label=names[1],
        x_unit=x["units"],
        y_unit=y["units"],
        x_scale=_scale(x),
        y_scale=_scale(y),
        notes={_panel(row, keys): _note(row, settings.unit) for row in tests.frame.to_dicts()},
        conf_level=settings.conf_level,
        caption=caption,
    )
    return (view,)


def _scale(row: dict[str, Any]) -> Scale:
    return "log10" if row["scale"] in LOGS else "linear"


def _panel(row: dict[str, Any], keys: list[str]) -> str:
    return ", ".join(str(row[key]) for key in keys)


def _note(row: dict[str, Any], unit: str) -> str:
    said = f"n = {row['n_a']} {unit}s"
    if row["statistic"] is not None:
        said += f", Kendall's tau = {row['statistic']:.2f}"
    return said + (f", {p_text(row['p_value'])}" if row["p_value"] is not None else ", not tested")
