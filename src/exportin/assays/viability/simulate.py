"""Plate-reader files of a sarcoma panel whose potencies are known."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from exportin.assays.viability.simulate_growth import simulate_growth
from exportin.assays.viability.simulate_plates import bmg_file
from exportin.contract.assay import Simulated
from exportin.tables.wells import row_letters

SCENARIOS = ("default", "n3", "n4", "n6", "n8", "growth")
DRUGS = {"selinexor": (2000.0, 2.5), "doxorubicin": (5000.0, 3.0)}  # top dose nM, dilution
DRUG_ROWS = {"selinexor": "ABC", "doxorubicin": "EFG"}
DOSES = 10
SIGNAL_RLU, BLANK_RLU = 120_000.0, 400.0
WELL_CV, PLATE_CV, BAD_CV = 0.06, 0.15, 0.40
SHARED_SD_LOG10, OWN_SD_LOG10 = 0.09, 0.05  # of the EC50 between experiments: passage; drug
TITLE = "Simulated sarcoma panel: selinexor and doxorubicin"


@dataclass(frozen=True, slots=True)
class Line:
    """One simulated cell line: EC50 (nM), bottom and Hill slope per drug."""

    name: str
    subtype: str
    ec50_nm: dict[str, float]
    bottom: dict[str, float] = field(default_factory=dict)
    hill: float = 1.2


PANEL = (
    Line("SIM-GIST-1", "GIST", {"selinexor": 95.0, "doxorubicin": 60.0}),
    Line("SIM-LPS-1", "liposarcoma", {"selinexor": 70.0, "doxorubicin": 240.0}),
    Line(
        "SIM-LPS-2",
        "liposarcoma, slow",
        {"selinexor": 60.0, "doxorubicin": 150.0},
        {"selinexor": 0.42, "doxorubicin": 0.38},
        1.0,
    ),
    Line("SIM-LMS-1", "leiomyosarcoma", {"selinexor": 140.0, "doxorubicin": 40.0}),
    Line("SIM-RMS-1", "rhabdomyosarcoma", {"selinexor": 40.0, "doxorubicin": 35.0}),
    Line("SIM-ASPS-1", "ASPS", {"selinexor": 9000.0, "doxorubicin": 700.0}),
)
BOTTOM = 0.06


def simulate(scenario: str, rng: np.random.Generator) -> Simulated:
    """Make raw BMG files, design, layout and study file; the truth comes with them.

    ``default`` is the panel: six lines of five subtypes, three experiments, one line resistant
    beyond the top dose, one slow, one bad plate. ``n3`` ... ``n8`` are one line with so many
    experiments. ``growth`` has day-0 plates: a slow and a fast line, equally sensitive by GR.
    """
    if scenario == "growth":
        return simulate_growth(rng)
    lines = PANEL if scenario == "default" else (PANEL[1],)
    experiments = 3 if scenario == "default" else int(scenario[1:])
    bad = ("SIM-GIST-1", 2) if scenario == "default" else None
    files: dict[str, bytes] = {"layout.csv": _layout(), "study.toml": _study(len(lines) > 1)}
    design = ["sample_id,file,unit_id,model,subtype"]
    run = 100
    for line in lines:
        for number in range(1, experiments + 1):
            run += 1
            sample = f"{line.name}-E{number}"
            name = f"plates/{sample}.csv"
            noise = BAD_CV if (line.name, number) == bad else WELL_CV
            files[name] = _plate(line, sample, run, noise, rng)
            design.append(f'{sample},{name},E{number},{line.name},"{line.subtype}"')
    files["design.csv"] = ("\n".join(design) + "\n").encode()
    return Simulated(files=files, truth=_truth(lines))


def doses(drug: str) -> list[float]:
    """Return the tested doses of a drug in nM, highest first."""
    top, factor = DRUGS[drug]
    return [float(f"{top / factor**i:.4g}") for i in range(DOSES)]


def _plate(line: Line, sample: str, run: int, well_cv: float, rng: np.random.Generator) -> bytes:
    signal = SIGNAL_RLU * np.exp(rng.normal(0.0, PLATE_CV))
    shared = rng.normal(0.0, SHARED_SD_LOG10)
    shift = {drug: shared + rng.normal(0.0, OWN_SD_LOG10) for drug in DRUGS}
    grid = np.full((8, 12), np.nan)
    for row, column, mean in _means(line, shift):
        noise = np.exp(rng.normal(0.0, well_cv))
        grid[row, column] = BLANK_RLU + signal * mean * noise + rng.normal(0.0, 30.0)
    return bmg_file(grid, sample, run, test="CellTiter-Glo 72h")


def _means(line: Line, shift: dict[str, float]) -> Iterator[tuple[int, int, float]]:
    """Mean viability of every used well; medium blanks are zero."""
    for row in range(8):
        yield row, 0, 1.0
        yield row, 11, 0.0
    for column in range(1, 11):
        yield 3, column, 1.0
    for drug, letters in DRUG_ROWS.items():
        ec50 = line.ec50_nm[drug] * 10 ** shift[drug]
        bottom = line.bottom.get(drug, BOTTOM)
        for column, dose in enumerate(doses(drug), start=1):
            height = bottom + (1 - bottom) / (1 + (dose / ec50) ** line.hill)
            for letter in letters:
                yield ord(letter) - 65, column, height


def _layout() -> bytes:
    wells = [(row_letters(row), column) for row in range(8) for column in range(1, 13)]
    lines = ["well,role,treatment,dose,dose_unit"]
    lines += [f"{row}{column:02d},{_content(row, column)}" for row, column in wells]
    return ("\n".join(lines) + "\n").encode()


def _content(letter: str, column: int) -> str:
    if column == 12:
        return "blank,,,"
    if column == 1 or letter == "D":
        return "vehicle,DMSO,,"
    for drug, letters in DRUG_ROWS.items():
        if letter in letters:
            return f"treated,{drug},{doses(drug)[column - 2]:g},nM"
    return "empty,,,"


def _study(panel: bool) -> bytes:  # noqa: FBT001 - internal
    text = f"""#:schema ./study.schema.json
[study]
schema = 1
title  = "{TITLE}"
seed   = 20160216

[block.viability]
assay  = "viability"
files  = ["plates/*.csv"]
layout = "layout.csv"
failed_plates = "exclude"
"""
    if panel:
        text += """
[[block.viability.compare]]
quantity = "ic50_absolute"
between  = "treatment"
versus   = "doxorubicin"
within   = "model"
"""
    return text.encode()


def _truth(lines: tuple[Line, ...]) -> pl.DataFrame:
    rows = []
    for line in lines:
        for drug in DRUGS:
            ec50, bottom = line.ec50_nm[drug], line.bottom.get(drug, BOTTOM)
            odds = (1 - 0.5) / (0.5 - bottom)
            found = {"ec50": ec50, "ic50_absolute": ec50 * odds ** (1 / line.hill)}
            for quantity, value in found.items():
                top = doses(drug)[0]
                rows.append(
                    {
                        "block": "viability",
                        "quantity": quantity,
                        "model": line.name,
                        "treatment": drug,
                        "value": min(value, top),
                        "bound": ">" if value > top else "=",
                        "units": "nM",
                    }
                )
    return pl.DataFrame(rows)
