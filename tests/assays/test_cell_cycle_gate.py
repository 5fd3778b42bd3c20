"""The gate of single nuclei in cell cycle tubes: G2/M nuclei are larger and must stay in."""

import numpy as np
import pytest

from exportin.assays.cell_cycle.drawn import GATE, POINTS, RIDGE, drawn_rows
from exportin.assays.cell_cycle.fits import fit_tubes
from exportin.assays.cell_cycle.nuclei import Nuclei as Tube
from exportin.assays.cell_cycle.nuclei import nuclei_of
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.assays.cell_cycle.simulate_cells import Nuclei, tube
from exportin.contract.assay import Context
from exportin.contract.reader import Request
from exportin.readers.fcs import READER
from exportin.tables.events import Events
from exportin.tables.fcs_write import fcs_bytes
from exportin.tables.origin import Source

SETTINGS = CellCycleSettings(dna_channel="PI-A", share="none")


def counted(cells: Nuclei, settings: CellCycleSettings = SETTINGS) -> Tube:
    data = tube(cells, np.random.default_rng(60_233), name="a")
    table = READER.read(Source(name="a.fcs", data=fcs_bytes(data)), Request(kind=Events))
    assert isinstance(table, Events)
    return nuclei_of(table, table.frame.row(0, named=True), set(), settings)


@pytest.mark.parametrize("growth", [0.0, 0.2, 0.3])
@pytest.mark.parametrize("phases", [(0.60, 0.25, 0.15), (0.20, 0.20, 0.60)])
def test_phases_do_not_depend_on_the_size_of_g2m(
    growth: float, phases: tuple[float, float, float]
) -> None:
    """With one center for all sizes 60/25/15 came out as 74.5/23.9/1.7 at a growth of 0.2."""
    held = counted(Nuclei(phases=phases, events=12_000, growth=growth))
    (fit,) = fit_tubes([held], SETTINGS)
    assert fit.answer is not None
    for name, true in zip(("g1", "s", "g2m"), phases, strict=True):
        assert abs(getattr(fit.answer.fit, name) - true) < 0.03


@pytest.mark.parametrize("against", ["height", "width"])
def test_drawn_borders_are_those_of_the_gate(against: str) -> None:
    settings = CellCycleSettings.model_validate(
        {"dna_channel": "PI-A", "share": "none", "singlets": against}
    )
    held = counted(Nuclei(phases=(0.6, 0.25, 0.15), events=4_000, growth=0.2), settings)
    (fit,) = fit_tubes([held], settings)
    assert held.singlets is not None
    assert held.singlets.center is not None
    rows = drawn_rows(
        {"unit_id": "u"}, fit, Context(block="b", experimental_unit="experiment", keys=(), seed=1)
    )
    for part, side in zip(RIDGE, (-1.0, 1.0), strict=True):
        line = rows.filter(quantity=GATE, part=part)
        x, y = (line.get_column(name).to_numpy() for name in ("x", "x2"))
        assert POINTS / 2 < x.size <= POINTS
        limit = held.singlets.border(x, side, held.spread)
        assert y == pytest.approx(x / limit if against == "height" else limit)
        assert np.ptp(limit) > 0.15 * held.singlets.center
