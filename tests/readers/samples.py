"""Small whole files of formats of which the shared folder holds none."""

from tests.readers.test_mutations import plain, table

COLUMNS = {name: name for name in ("well", "value", "model", "treatment")} | {"dose": "dose_nM"}
SAMPLES = {
    "plate_grid": [("plain.csv", plain(), {})],
    "long_table": [("table.csv", table(), {"columns": COLUMNS})],
}
