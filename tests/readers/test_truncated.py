"""Files cut off anywhere lose no value unsaid; swapped columns are seen, or named and harmless."""

import random

import pytest
from tests.readers.samples import COLUMNS, plain, table

from exportin.contract.reader import Reader, Request
from exportin.readers import (
    bmg_mars,
    gen5,
    long_table,
    perkin_elmer_envision,
    plate_grid,
    revvity_kaleido,
    softmax_pro,
)
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

TIMES = 100
GRID = ",1,2,3,4,5,6,\n" + "".join(
    f"{letter}," + ",".join(str(1000 + 37 * (6 * row + col)) for col in range(6)) + ",\n"
    for row, letter in enumerate("ABCD")
)
ENVISION = (
    "Plate information\nPlate,Repeat,Barcode,Label,Measinfo,Kinetics,Measurement date,\n"
    "1,1,BC7,LUM(1),De=1st,0,10/13/2022 3:08:06 PM,\n\nResults for LUM(1) - channel 1\n"
    f"{GRID}\nBasic assay information\nPlate type:\nNumber of rows,,,,4\n"
    "Number of columns,,,,6\nExported with EnVision Workstation version 1.14\n"
)
KALEIDO = (
    "EnSight Results from\nProtocol Name,foo\n\nResult for Lum 1\nBarcode,Repeat,Loop no,\n"
    f"P7,1,,\n\n{GRID}\nMeasurement Information\nMeasurement Started,,2023-05-17 16:21:31\n"
    "Number of Rows,,4\nNumber of Columns,,6\nMeasurement Sequence\nLum 1\n\n"
    "Exported with Kaleido 3.0\n"
)
WELLS = [f"{letter}{col}" for letter in "AB" for col in (1, 2, 3)]
LINES = [
    f"00:00:{30 * at:02d}\t25.1\t" + "\t".join(map(str, range(100 + at, 106 + at))) for at in (0, 1)
]
SOFTMAX = (
    "##BLOCKS= 1\nPlate:\tP7\t1.3\tTimeFormat\tKinetic\tAbsorbance\tRaw\tFALSE\t2\t\t\t\t\t\t1\t"
    "450 \t1\t3\t6\t1\t2\t\t\nTime\tTemperature\t" + "\t".join(WELLS) + "\t\n"
    + "".join(f"{line}\t\n" for line in LINES) + "\n\t\t" + "\t".join(WELLS)
    + "\t\n\t\t9\t9\t9\t9\t9\t9\t\n~End\nOriginal Filename: x\n"
)  # fmt: skip
GEN5 = (
    "Software Version\t3.12\nPlate Number\tPlate 1\n\nProcedure Details\n\nPlate Type\t6 WELL\n"
    "Start Kinetic\tInterval 0:00:30, 2 Reads\nRead\tOD\n\tFull Plate\n\nOD:600\n\n"
    "Time\tT 600\t" + "\t".join(WELLS) + "\n" + "".join(f"{line}\n" for line in LINES) + "\n"
)  # fmt: skip
MARS_HEAD = (
    "User: U,Path: C:\\BMG,Test run no.: 4",
    "Test name: T,Date: 29/02/2016,Time: 14:34:46",
    "",
    "ID1: P1,ID2: ",
    "Luminescence",
    "",
    "Raw Data (580/620)",
    "",
)
MARS = "".join(line + "," * (12 - line.count(",")) + "\r\n" for line in MARS_HEAD) + "".join(
    line.replace(".25", "") + "\r\n" for line in plain().decode().splitlines()[1:]
)
CASES: dict[str, tuple[Reader, bytes]] = {
    "perkin_elmer_envision": (perkin_elmer_envision.READER, ENVISION.encode()),
    "revvity_kaleido": (revvity_kaleido.READER, KALEIDO.encode()),
    "softmax_pro": (softmax_pro.READER, SOFTMAX.encode()),
    "gen5": (gen5.READER, GEN5.encode()),
    "bmg_mars": (bmg_mars.READER, MARS.encode()),
    "plate_grid": (plate_grid.READER, plain()),
    "long_table": (long_table.READER, table()),
}


def read(name: str, data: bytes) -> tuple[dict[str, float | None], set[str]] | None:
    """Give wells with values, and the codes of the notes; ``None`` where the file is refused."""
    source = Source(name="a.csv", data=data)
    reader = CASES[name][0]
    reader.sniff(source)
    request = Request(kind=WellReadings, columns=COLUMNS if name == "long_table" else {})
    try:
        found = reader.read(source, request)
    except InputError:
        return None
    keys = [key for key in ("well", "time_s") if key in found.frame.columns]
    wells = {str(row[:-1]): row[-1] for row in found.frame.select(*keys, "value").iter_rows()}
    return wells, {note.code for note in found.notes}


@pytest.mark.parametrize("name", CASES)
def test_truncated_anywhere(name: str) -> None:
    _, data = CASES[name]
    whole, codes = read(name, data) or ({}, set())
    assert whole
    assert "no-line-end" not in codes
    kept = 0
    for end in range(len(data)):
        found = read(name, data[:end])
        if found is None:
            continue
        kept += 1
        wells, codes = found
        wrong = {well for well, value in wells.items() if whole.get(well) != value}
        if name != "long_table":  # whole rows missing at the end of a long table cannot be seen
            wrong |= whole.keys() - wells.keys()
        # only the last cell of a file may be lost or lack digits, and then the reader says so
        assert len(wrong) <= ("no-line-end" in codes), (end, wrong)
    assert kept < len(data) * 0.6 or name == "long_table"


@pytest.mark.parametrize("name", ["bmg_mars", "plate_grid", "long_table"])
def test_swapped_columns(name: str) -> None:
    _, data = CASES[name]
    whole = read(name, data)
    assert whole
    lines = data.decode().splitlines()
    width = max(line.count(",") for line in lines) + 1
    rng = random.Random(name)
    for _ in range(TIMES):
        order = list(range(width))
        first, second = rng.sample(order, 2)
        order[first], order[second] = second, first
        cut = [line.split(",") for line in lines]
        swapped = [[c[i] for i in order] if len(c) == width else c for c in cut]
        found = read(name, "".join(",".join(c) + "\n" for c in swapped).encode())
        if name == "long_table":
            assert found
            assert found[0] == whole[0]
        else:
            assert found is None
