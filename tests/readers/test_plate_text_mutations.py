"""Damaged plate exports in text end as InputError or in a table whose undamaged cells are right."""

import random

import pytest

from exportin.contract.reader import Reader, Request
from exportin.readers import gen5, perkin_elmer_envision, revvity_kaleido, softmax_pro
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

TIMES = 80
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
CASES: dict[str, tuple[Reader, bytes]] = {
    "perkin_elmer_envision": (perkin_elmer_envision.READER, ENVISION.encode()),
    "revvity_kaleido": (revvity_kaleido.READER, KALEIDO.encode()),
    "softmax_pro": (softmax_pro.READER, SOFTMAX.encode()),
    "gen5": (gen5.READER, GEN5.encode()),
}


def read(reader: Reader, data: bytes) -> tuple[dict[str, float | None], set[str]] | None:
    """Give row ids with values, and the codes of the notes; ``None`` where the file is refused."""
    source = Source(name="a.txt", data=data)
    reader.sniff(source)
    try:
        table = reader.read(source, Request(kind=WellReadings))
    except InputError as error:
        problems = error.problems
    else:
        problems = ()
    assert all(found.message and found.code and found.file == "a.txt" for found in problems)
    if problems:
        return None
    keys = ["well", "time_s", "value"] if "time_s" in table.frame.columns else ["well", "value"]
    wells = {str(row[:-1]): row[-1] for row in table.frame.select(keys).iter_rows()}
    return wells, {note.code for note in table.notes}


@pytest.mark.parametrize("name", CASES)
def test_truncated_anywhere(name: str):
    reader, data = CASES[name]
    whole, codes = read(reader, data)
    assert codes == set()
    kept = 0
    for end in range(len(data)):
        found = read(reader, data[:end])
        if found is not None:
            kept += 1
            wrong = {key for key in whole | found[0] if whole.get(key) != found[0].get(key)}
            # only the last cell of a file may lack digits, and then the reader says so
            assert len(wrong) <= ("no-line-end" in found[1]), (end, wrong)
    assert kept < len(data) * 0.6


@pytest.mark.parametrize("name", CASES)
def test_flipped_bytes(name: str):
    reader, data = CASES[name]
    whole, _ = read(reader, data)
    rng = random.Random(name)
    refused = 0
    for _ in range(TIMES):
        at = rng.randrange(len(data))
        changed = bytearray(data)
        changed[at] ^= 1 << rng.randrange(8)
        found = read(reader, bytes(changed))
        if found is None:
            refused += 1
        elif sorted(found[0].values()) != sorted(whole.values()):
            wrong = {key for key in whole | found[0] if whole.get(key) != found[0].get(key)}
            assert len(wrong) <= 2, (at, bytes(changed), wrong)
    assert refused > TIMES // 10


@pytest.mark.parametrize("name", CASES)
def test_any_bytes(name: str):
    reader, data = CASES[name]
    rng = random.Random(name)
    lines = data.split(b"\n")
    for _ in range(TIMES):
        changed = bytearray(data)
        for _ in range(rng.randrange(1, 20)):
            at = rng.randrange(len(changed))
            changed[at : at + rng.randrange(3)] = rng.choices(b"\t,;\n ab12~:\xe9", k=2)
        read(reader, bytes(changed))
        moved = lines[:]
        first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
        moved[first], moved[second] = moved[second], moved[first]
        read(reader, b"\n".join(moved))
        read(reader, b"\n".join(lines[:first] + lines[second:]))
