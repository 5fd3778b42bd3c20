"""Damaged files of PCR machines and cell counters end as InputError or as a table, never else."""

import gzip
import random
from pathlib import Path

import pytest

from exportin.contract.reader import Reader, Request
from exportin.readers import (
    absolute_q,
    cfx_maestro,
    lightcycler,
    qiacuity,
    quantstudio,
    rdml,
    vi_cell,
)
from exportin.tables.kinds import Values
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

FILES = "ecosystem/instrument_files"
PLATE = "Edward_qPCR_TxnInhibitors_HS_2018-06-15_plate1_Cq.txt.gz"
CASES: dict[str, tuple[Reader, int]] = {
    f"{FILES}/appbio_absolute_q/Appbio_AbsoluteQ_multichannel.csv": (absolute_q.READER, 40),
    f"{FILES}/appbio_absolute_q/Appbio_AbsoluteQ_example01.csv": (absolute_q.READER, 40),
    f"{FILES}/cfxmaestro/example01.csv": (cfx_maestro.READER, 40),
    f"bench/qpcr/{PLATE}": (lightcycler.READER, 40),
    f"{FILES}/qiacuity_dpcr/qiacuity_dpcr_example03.csv": (qiacuity.READER, 40),
    f"{FILES}/appbio_quantstudio/appbio_quantstudio_example01.txt": (quantstudio.READER, 40),
    "bench/qpcr/data_vermeulen_std_150000_15.rdml": (rdml.READER, 6),
    "bench/instrument/Beckman_Vi-Cell-BLU_example01.csv": (vi_cell.READER, 40),
}


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut a file off, change letters, lose or double a line, or put a mark in."""
    at = rng.randrange(len(data))
    lines = data.split(b"\n")
    line = rng.randrange(len(lines))
    letter = bytes([rng.randrange(256)])
    mark = rng.choice([b"\t", b",", b'"', b"\n", b"\x00", b""])
    return rng.choice(
        [
            data[:at],
            data[:at] + letter + data[at + 1 :],
            b"\n".join(lines[:line] + lines[line + 1 :]),
            b"\n".join(lines[:line] + lines[line : line + 1] + lines[line:]),
            data[:at] + mark + data[at + rng.randrange(3) :],
        ]
    )


@pytest.mark.parametrize("path", CASES)
def test_damaged_files_are_refused_or_read(realdata: Path, path: str):
    reader, times = CASES[path]
    data = (realdata / path).read_bytes()
    data = gzip.decompress(data) if path.endswith(".gz") else data
    rng = random.Random(11)
    problems = []
    for _ in range(times):
        source = Source(name="d.txt", data=damaged(data, rng))
        for kind in reader.kinds:
            channel = "viability" if kind is Values else ""
            reader.sniff(source)
            try:
                table = reader.read(source, Request(kind=kind, channel=channel))
            except InputError as error:
                problems += error.problems
            else:
                assert table.frame["value"].is_finite().fill_null(value=True).all()
    assert problems
    assert all(problem.message and problem.remedy for problem in problems)
