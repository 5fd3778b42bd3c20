"""Damage that a reader once took for data: each place in a real file, and what is said now."""

import re
from pathlib import Path

import pytest

from exportin.contract.reader import Reader, Request
from exportin.readers import bmg_mars, perkin_elmer_envision, quantstudio, softmax_pro, vi_cell
from exportin.readers.allotrope import READER as ALLOTROPE
from exportin.tables.kinds import Amplification
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

FILES = "ecosystem/instrument_files"
BLU = "bench/instrument/Beckman_Vi-Cell-BLU_example01.csv"
ENVISION = f"{FILES}/perkin_elmer_envision/PE_Envision_fluorescence_example01.csv"
SOFTMAX = f"{FILES}/moldev_softmax_pro/MD_SMP_absorbance_endpoint_example01.txt"
QPCR = f"{FILES}/appbio_quantstudio/appbio_quantstudio_example01"
INFO = r'(?s)(Kinetics,Measurement date,\s+)1,1,"=""""",11.9[^\n]*\n'
# a file, its reader, a pattern, what takes its first place, and what is said
SEEN: dict[str, tuple[str, Reader, str, str, str]] = {
    "heading joined to the next": (
        BLU, vi_cell.READER, "circularity,Average", "circularity Average",
        "The line has 33 cells, the header has 32",
    ),
    "point turned to comma": (
        BLU, vi_cell.READER, r"18\.72", "18,72", "The line has 34 cells, the header has 33",
    ),
    "values of a plate lost": (
        ENVISION, perkin_elmer_envision.READER, INFO, r"\1", "its header has",
    ),
    "scan point lost its name": (
        ENVISION, perkin_elmer_envision.READER, "ScanX", "Scan!", "'ScanX' of this plate is not",
    ),
    "title of two plates": (
        ENVISION, perkin_elmer_envision.READER, "Results for", "Results for one\n\\g<0>",
        "stand two titles",
    ),
    "raw data go on as reduced data": (
        SOFTMAX, softmax_pro.READER,
        r"(?s)\t\t0\.380693333333333\t.*?(?=\t\t0\.38069333333333333\t)", "",
        "the line has 15 cells, the first 16",
    ),
    "superscript for a digit": (
        f"{QPCR}.txt", quantstudio.READER, r"\n2\t3\tTARGET", "\n\u00b2\t3\tTARGET", "\u00b2",
    ),
    "unit without value": (
        f"{QPCR}.json", ALLOTROPE, r'"value": 19\.559,', "", "is not a number",
    ),
    "delimiter lost where ends are left off": (
        f"{FILES}/bmg_mars/MARS V3.40 V2 Output Missing line end separators.csv",
        bmg_mars.READER, "62882,65007", "62882.65007", "The line has 20 cells, most lines here",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_it_is_refused_now(realdata: Path, name: str) -> None:
    path, reader, pattern, instead, said = SEEN[name]
    data = (realdata / path).read_bytes()
    code = "utf-16" if data.startswith(b"\xff\xfe") else "utf-8-sig"
    text = data.decode(code, "surrogateescape")
    damaged = re.sub(pattern, instead, text, count=1)
    assert damaged != text
    kind = Amplification if reader is quantstudio.READER else reader.kinds[0]
    if reader is ALLOTROPE:
        kind = reader.kinds[1]
    whole = reader.read(Source(name="a", data=data), Request(kind=kind))
    assert whole.frame.height
    with pytest.raises(InputError) as caught:
        reader.read(
            Source(name="a", data=damaged.encode(code, "surrogateescape")), Request(kind=kind)
        )
    assert said in str(caught.value)


def test_a_setting_does_not_stand_in_for_a_result(realdata: Path) -> None:
    # the BLU has a setting "Images" beside its result "Images for analysis"
    data = (realdata / BLU).read_bytes().replace(b"Images for analysis", b"Images f\xc3\xb6r")
    table = vi_cell.READER.read(Source(name="a.csv", data=data), Request(kind=vi_cell.CellCounts))
    assert "images" not in set(table.frame["quantity"])
    assert "Images" in table.unread
