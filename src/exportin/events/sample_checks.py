"""Samples that the design does not name: found before anything is counted."""

from collections.abc import Iterator, Sequence

import polars as pl

from exportin.contract.assay import Context
from exportin.tables.problems import Problem, problem_at

SHOWN = 3


def unnamed_samples(
    frame: pl.DataFrame, roles: Sequence[str], context: Context
) -> Iterator[Problem]:
    """Refuse samples without experiment, or without what tells their condition.

    Parameters
    ----------
    frame
        Tubes with unit_id, role and the keys of the block.
    roles
        Roles of samples; controls need no names.
    context
        Keys, and what one experiment is called.
    """
    samples = frame.filter(pl.col("role").is_in(list(roles)))
    for key in ("unit_id", *context.keys):
        if key not in samples.columns:
            continue
        text = pl.col(key).cast(pl.String).str.strip_chars()
        bare = samples.filter(text.fill_null("") == "")
        if bare.is_empty():
            continue
        names = bare.get_column("sample_id").to_list()
        listed = ", ".join(f"'{name}'" for name in names[:SHOWN])
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        code = "no-unit" if key == "unit_id" else "no-name"
        what = f" (which {context.experimental_unit} it is)" if key == "unit_id" else ""
        message = f"{len(names)} of {samples.height} samples have no {key}{what}: {listed}{more}."
        remedy = f"Fill in the column {key} of design.csv; a control needs only its role."
        yield problem_at("design.csv", f"column {key}", message, remedy, code)
