"""MIFlowCyt: what files say is filled in, what only people know stays open."""

import numpy as np
import polars as pl

from exportin.assays.cell_death.settings import CellDeathSettings
from exportin.assays.cell_death.sheets import sheets
from exportin.contract.assay import Context
from exportin.contract.reader import Request
from exportin.events.miflowcyt import OPEN
from exportin.readers.fcs import READER
from exportin.results.tables import Fitted, Tests
from exportin.tables.events import Channel, EventData, Events, Spill
from exportin.tables.fcs_write import fcs_bytes
from exportin.tables.origin import Source

CHANNELS = (
    Channel(name="FSC-A", range=262_144, bits=32),
    Channel(name="FITC-A", stain="Annexin V", range=262_144, bits=32),
    Channel(name="PI-A", range=262_144, bits=32),
)
CONTEXT = Context(block="b", experimental_unit="experiment", keys=("model", "treatment"))


def filled(settings: CellDeathSettings) -> dict[str, str]:
    data = EventData(
        channels=CHANNELS,
        values=np.ones((3, 5), dtype=np.float32),
        spill=Spill(names=("FITC-A", "PI-A"), matrix=((1.0, 0.15), (0.02, 1.0))),
    )
    words = {"$DATE": "21-NOV-2026", "$CYT": "LSR", "$P2V": "455", "$SRC": "line A"}
    table = READER.read(Source(name="a.fcs", data=fcs_bytes(data, words)), Request(kind=Events))
    assert isinstance(table, Events)
    frame = table.frame.with_columns(
        model=pl.lit("A"), treatment=pl.lit("DMSO"), unit_id=pl.lit("E1")
    )
    (sheet,) = sheets(table.with_frame(frame), Fitted.of(), Tests.empty(), settings, CONTEXT)
    return {row[0].text: row[2].text for row in sheet.rows}


def test_files_and_settings_fill_what_they_know() -> None:
    said = filled(CellDeathSettings(annexin_channel="FITC-A", dna_channel="PI-A"))
    assert "21-NOV-2026" in said["1.6"]
    assert said["3.2"] == "$CYT: LSR"
    assert said["2.4"] == "FITC-A: Annexin V"
    assert "FITC-A 455 V" in "".join(said.values())
    assert said["4.2"] == "The files' own $SPILLOVER (1 of 1 tubes hold one)."
    assert "lines: A" in said["1.3"]
    assert said["1.1"] == OPEN


def test_words_of_people_are_taken_over() -> None:
    given = {"annexin_channel": "FITC-A", "dna_channel": "PI-A",
             "miflowcyt": {"purpose": "does the drug kill"}}  # fmt: skip
    assert filled(CellDeathSettings.model_validate(given))["1.1"] == "does the drug kill"
