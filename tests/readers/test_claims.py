"""Each reader claims its own among all the real files, and no two claim the same."""

from pathlib import Path

from exportin.readers import bmg_mars, long_table, plate_grid
from exportin.tables.origin import Source

READERS = (bmg_mars.READER, plate_grid.READER, long_table.READER)
FOLDERS = ("ecosystem/instrument_files", "dose/plate_formats", "bench/instrument")


def test_every_file_has_at_most_one_reader(realdata: Path):
    claims: dict[str, set[Path]] = {reader.name: set() for reader in READERS}
    files = [path for name in FOLDERS for path in (realdata / name).rglob("*") if path.is_file()]
    for path in files:
        source = Source(name=path.name, data=path.read_bytes())
        for reader in READERS:
            if reader.sniff(source):
                claims[reader.name].add(path)
    mars = {path for path in files if "bmg_mars" in str(path) and path.suffix == ".csv"}
    assert len(mars) == 5
    assert claims["bmg_mars"] == mars
    assert claims["plate_grid"] == set()
    tables = {path.name for path in claims["long_table"] if "ref_" not in path.name}
    assert tables == {
        "Appbio_AbsoluteQ_example01.csv",
        "Appbio_AbsoluteQ_multichannel.csv",
        "Beckman_Vi-Cell-BLU_example01.csv",
        "SLA01P01_OD.xlsx",
        "manifest.xlsx",
        "manifest_Tecan_96_well_plates.xlsx",
    }
    assert not claims["long_table"] & mars
