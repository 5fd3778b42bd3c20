"""Damaged files end as InputError or in a table whose undamaged lines are right."""

import io
import random

import openpyxl
import pytest

from exportin.contract.reader import Reader, Request
from exportin.readers import bmg_mars, long_table, plate_grid
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

TIMES = 300
WIDTH, HEIGHT = 12, 8


def grid_lines(fraction: str) -> list[str]:
    head = ",".join(["", *(str(col + 1) for col in range(WIDTH))])
    rows = [
        ",".join(["ABCDEFGH"[row], *(f"{1000 + 12 * row + col}{fraction}" for col in range(WIDTH))])
        for row in range(HEIGHT)
    ]
    return [head, *rows]


def mars() -> bytes:
    head = [
        "User: U,Path: C:\\BMG,Test run no.: 4",
        "Test name: T,Date: 29/02/2016,Time: 14:34:46",
        "",
        "ID1: P1,ID2: ",
        "Luminescence",
        "",
        "Raw Data (580/620)",
        "",
    ]
    lines = [line + "," * (WIDTH - line.count(",")) for line in head] + grid_lines("")
    return "".join(line + "\r\n" for line in lines).encode()


def plain() -> bytes:
    return "".join(line + "\n" for line in ["P1", *grid_lines(".25")]).encode()


def table() -> bytes:
    rows = [f"m{i % 3},d{i % 7},{i * 0.5},{i * 0.01 + 0.001:.3f},A{i + 1:02d}" for i in range(40)]
    return "".join(f"{row}\n" for row in ["model,treatment,dose_nM,value,well", *rows]).encode()


CASES: dict[str, tuple[Reader, bytes, Request]] = {
    "bmg_mars": (bmg_mars.READER, mars(), Request(kind=WellReadings)),
    "plate_grid": (plate_grid.READER, plain(), Request(kind=WellReadings)),
    "long_table": (
        long_table.READER,
        table(),
        Request(
            kind=WellReadings,
            columns={n: n for n in ("well", "value", "model", "treatment")} | {"dose": "dose_nM"},
        ),
    ),
}


def read(
    reader: Reader, data: bytes, request: Request
) -> tuple[dict[str, object], set[str]] | None:
    """Give wells with values, and the codes of the notes; ``None`` where the file is refused."""
    source = Source(name="a.csv", data=data)
    reader.sniff(source)
    try:
        result = reader.read(source, request)
    except InputError as error:
        problems = error.problems
    else:
        problems = ()
    for problem in problems:
        assert problem.file == "a.csv"
        assert problem.message
        assert problem.code
    if problems:
        return None
    wells = dict(result.frame.select("well", "value").iter_rows())
    return wells, {note.code for note in result.notes}


@pytest.mark.parametrize("name", CASES)
def test_truncated(name: str):
    reader, data, request = CASES[name]
    whole, _ = read(reader, data, request)
    rng = random.Random(name)
    for _ in range(TIMES):
        end = rng.randrange(len(data))
        found = read(reader, data[:end], request)
        if found is None:
            continue
        wells, codes = found
        wrong = {well for well, value in wells.items() if whole.get(well) != value}
        if name != "long_table":  # whole rows missing at the end of a long table cannot be seen
            wrong |= whole.keys() - wells.keys()
        # only the last cell of a file may be lost or lack digits, and then the reader says so
        assert len(wrong) <= ("no-line-end" in codes)


@pytest.mark.parametrize("name", CASES)
def test_flipped_bytes(name: str):
    reader, data, request = CASES[name]
    whole, _ = read(reader, data, request)
    rng = random.Random(name)
    refusals = 0
    for _ in range(TIMES):
        at = rng.randrange(len(data))
        changed = bytearray(data)
        changed[at] ^= 1 << rng.randrange(8)
        found = read(reader, bytes(changed), request)
        if found is None:
            refusals += 1
            continue
        wells, _ = found
        wrong = {w for w in wells.keys() | whole.keys() if whole.get(w) != wells.get(w)}
        # a flipped digit is another number, a flipped well name another well: one row at most
        assert len(wrong) <= 2, (at, bytes(changed), wrong)
    assert refusals > TIMES // 10


@pytest.mark.parametrize("name", CASES)
def test_swapped_columns(name: str):
    reader, data, request = CASES[name]
    whole, _ = read(reader, data, request)
    lines = data.decode().splitlines()
    width = max(line.count(",") for line in lines) + 1
    rng = random.Random(name)
    for _ in range(TIMES // 3):
        order = list(range(width))
        first, second = rng.sample(order, 2)
        order[first], order[second] = second, first
        cut = [line.split(",") for line in lines]
        swapped = [[c[i] for i in order] if len(c) == width else c for c in cut]
        found = read(reader, "".join(",".join(c) + "\n" for c in swapped).encode(), request)
        if name == "long_table":
            assert found is not None
            assert found[0] == whole
        else:
            assert found is None


@pytest.mark.parametrize("name", CASES)
def test_any_bytes(name: str):
    reader, data, request = CASES[name]
    rng = random.Random(name)
    for _ in range(TIMES):
        changed = bytearray(data)
        for _ in range(rng.randrange(1, 30)):
            at = rng.randrange(len(changed))
            changed[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        read(reader, bytes(changed), request)
        read(reader, rng.randbytes(rng.randrange(200)), request)


@pytest.mark.parametrize("name", ["plate_grid", "long_table"])
def test_damaged_workbooks(name: str):
    reader, data, request = CASES[name]
    book = openpyxl.Workbook()
    for line in data.decode().splitlines():
        book.active.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    whole = out.getvalue()
    rng = random.Random(name)
    for _ in range(TIMES):
        changed = bytearray(whole)
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        read(reader, bytes(changed), request)
        read(reader, whole[: rng.randrange(len(whole))], request)
