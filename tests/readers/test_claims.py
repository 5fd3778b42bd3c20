"""Each reader claims its own among all the real files, and no two narrow ones claim the same."""

from pathlib import Path

import pytest

from exportin.study.discover import load_readers
from exportin.tables.origin import Source

GENERAL = 50  # readers from this rank on are asked last, and may claim what narrow ones claim too
FOLDERS = (
    "ecosystem/instrument_files",
    "dose/plate_formats",
    "bench/instrument",
    "bench/qpcr",
    "bench/flow_fcs",
)
OWN = {
    "tapestation": {
        "agilent_tapestation_analysis_example_01.xml",
        "agilent_tapestation_analysis_example_03.xml",
    },
    "tapestation_trace": set(),  # the real export is packed (.gz)
    "pzfx": set(),
    "gating_ml": set(),  # its files are made by reference/gating
    "caliper_table": set(),  # its real files stand in a folder of their own
    "absolute_q": {"Appbio_AbsoluteQ_example01.csv", "Appbio_AbsoluteQ_multichannel.csv"},
    "cfx_maestro": {"example01.csv", "biorad_cfx_maestro.csv"},
    "lightcycler": set(),  # the real exports are packed (.gz)
    "qiacuity": {"qiacuity_dpcr_example01.csv", "qiacuity_dpcr_example03.csv"},
    "quantstudio": {"appbio_quantstudio_example01.txt", "appbio_quantstudio_example04.txt"},
    "rdml": {"data_vermeulen_std_150000_15.rdml"},
    "fcs": {
        "B01 KC-A-W---91-US.fcs",
        "G11.fcs",
        "coulter.lmd",
        "data1.fcs",
        "data_start_offset_discrepancy_example.fcs",
        "data_stop_offset_discrepancy_example.fcs",
        "variable_int_example.fcs",
    },
    "gen5": {"gen5_luminescence_endpoint_singleplate.txt"},
    "perkin_elmer_envision": {
        "PE_Envision_fluorescence_example01.csv",
        "PE_Envision_extra_espaces.csv",
    },
    "revvity_kaleido": {"luminescence_endpoint_single_plate_example_01.csv"},
    "softmax_pro": {
        "MD_SMP_absorbance_endpoint_example01.txt",
        "MD_SMP_absorbance_endpoint_example05.txt",
        "MD_SMP_luminescence_endpoint_example03.txt",
    },
    "envision_workbook": {"RawData_day0.xlsx", "RawData_day7.xlsx"},
    "plate_manifest": {"manifest.xlsx", "manifest_Tecan_96_well_plates.xlsx"},
    "plate_template": {
        "Template_7daytreated.xlsx",
        "Template_Untreated.xlsx",
        "D300_trt_Tecan_96_well_plates.xlsx",
    },
    "tecan_magellan": {"SLA01P01_OD.xlsx"},
    "tecan_workbook": {"RawData_Tecan_96_well_plates.xlsx"},
    "thermo_skanit": {"multi-plate_example01.xlsx", "skanit_different_plate_pattern.xlsx"},
    "vi_cell": {"Beckman_Vi-Cell-BLU_example01.csv"},
}


@pytest.fixture(scope="module")
def claims(realdata: Path) -> dict[Path, list[str]]:
    """Names of the readers that claim each file, those asked first in front."""
    files = [path for name in FOLDERS for path in (realdata / name).rglob("*") if path.is_file()]
    found = {}
    for path in files:
        source = Source(name=path.name, data=path.read_bytes())
        found[path] = [reader.name for reader in load_readers() if reader.sniff(source)]
    return found


def claimed(claims: dict[Path, list[str]], reader: str) -> set[Path]:
    """Files that a reader claims."""
    return {path for path, names in claims.items() if reader in names}


def test_no_two_narrow_readers_claim_one_file(claims: dict[Path, list[str]]):
    narrow = {reader.name for reader in load_readers() if reader.rank < GENERAL}
    twice = {path.name: names for path, names in claims.items() if len(narrow & set(names)) > 1}
    assert twice == {}


def test_mars(claims: dict[Path, list[str]]):
    mars = {path for path in claims if "bmg_mars" in str(path) and path.suffix == ".csv"}
    assert len(mars) == 5
    assert claimed(claims, "bmg_mars") == mars


def test_allotrope(claims: dict[Path, list[str]]):
    files = {path for path in claims if path.suffix == ".json"}
    assert len(files) == 20
    assert claimed(claims, "allotrope") == files


@pytest.mark.parametrize("reader", OWN)
def test_own_files(claims: dict[Path, list[str]], reader: str):
    found = claimed(claims, reader)
    assert {path.name for path in found} == OWN[reader]
    assert all(claims[path][0] == reader for path in found)  # it is asked before the general ones


def test_general_readers_are_left_with_plain_tables(claims: dict[Path, list[str]]):
    first = {path: names[0] for path, names in claims.items() if names}
    assert "plate_grid" not in first.values()
    tables = {path.name for path, name in first.items() if name == "long_table"}
    plain = {name for name in tables if "ref_" not in name}
    workbooks = {"SLA01P01_OD.xlsx", "manifest.xlsx", "manifest_Tecan_96_well_plates.xlsx"}
    assert {"ct1.csv", "ct3.csv"} <= plain <= {"ct1.csv", "ct3.csv"} | workbooks
