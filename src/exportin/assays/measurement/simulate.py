"""A long table of known truth: does a knock-down change what a drug does."""

import numpy as np
import polars as pl

from exportin.contract.assay import Simulated

SCENARIOS = ("default", "n3", "n4", "n6", "n8")
TRUTH = {  # geometric means, fold of untreated control cells
    ("shCtrl", "DMSO"): 1.0,
    ("shCtrl", "doxorubicin"): 0.60,
    ("shCtrl", "selinexor"): 0.40,
    ("shXPO1", "DMSO"): 0.90,
    ("shXPO1", "doxorubicin"): 0.54,
    ("shXPO1", "selinexor"): 0.12,
}
ALONE = {("shCtrl", "DMSO"): 1.0}
EXPERIMENTS, REPLICATES = 3, 3
EXPERIMENT_SD, CELL_SD, REPLICATE_SD = 0.20, 0.12, 0.08  # of natural logarithms
TITLE = "Simulated knock-down x drug study"


def simulate(scenario: str, rng: np.random.Generator) -> Simulated:
    """Make a long table and its study file; the truth comes with them.

    ``default``: two knock-downs, three treatments, three experiments with technical triplicates,
    and three questions (Dunnett against DMSO, two groups, difference of differences). ``n3`` ...
    ``n8``: one group with so many experiments.
    """
    default = scenario == "default"
    truth = TRUTH if default else ALONE
    experiments = EXPERIMENTS if default else int(scenario[1:])
    lines = ["experiment,knockdown,treatment,replicate,fold"]
    for number in range(1, experiments + 1):
        shift = rng.normal(0.0, EXPERIMENT_SD)
        for (knockdown, treatment), mean in truth.items():
            center = np.log(mean) + shift + rng.normal(0.0, CELL_SD)
            values = np.exp(center + rng.normal(0.0, REPLICATE_SD, REPLICATES))
            lines += [
                f"E{number},{knockdown},{treatment},{i},{value:.6f}"
                for i, value in enumerate(values, start=1)
            ]
    files = {
        "values.csv": ("\n".join(lines) + "\n").encode(),
        "study.toml": (_HEAD + (_QUESTIONS if default else "")).encode(),
    }
    return Simulated(files=files, truth=_truth(truth))


def _truth(means: dict[tuple[str, str], float]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "block": "measurement",
                "quantity": "value",
                "treatment": treatment,
                "knockdown": knockdown,
                "value": mean,
                "bound": "=",
                "units": "",
            }
            for (knockdown, treatment), mean in means.items()
        ]
    )


_HEAD = f"""#:schema ./study.schema.json
[study]
schema = 1
title  = "{TITLE}"
seed   = 20210217

[block.measurement]
assay  = "measurement"
files  = ["values.csv"]
keys   = ["treatment", "knockdown"]
label  = "Viable cells, fold of control"
scale  = "log"

[block.measurement.columns]
unit_id = "experiment"
value   = "fold"
"""

_QUESTIONS = """
[[block.measurement.compare]]           # each drug against the vehicle
quantity = "value"
between  = "treatment"
versus   = "DMSO"
within   = "knockdown"
adjust   = "dunnett"

[[block.measurement.compare]]           # the two drugs
quantity = "value"
between  = "treatment"
groups   = ["doxorubicin", "selinexor"]
within   = "knockdown"

[[block.measurement.compare]]           # does the knock-down change what selinexor does?
quantity = "value"
between  = "treatment"
versus   = "DMSO"
groups   = ["DMSO", "selinexor"]
modifier = "knockdown"
modifier_versus = "shCtrl"
"""
