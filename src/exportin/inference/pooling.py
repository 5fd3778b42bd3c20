"""Numbers of single units to one number between units, bounds included."""

from exportin.results.tables import Estimates


def pool_units(
    estimates: Estimates, quantities: tuple[str, ...], *, conf_level: float
) -> Estimates:
    """Return one pooled row per quantity and set of keys, with an interval between units."""
    raise NotImplementedError
