"""One-way F against NIST's certified values (StRD, files inside the scipy wheel)."""

from importlib.resources import files

import numpy as np
import pytest

from exportin.inference.anova import one_way_anova

# NIST's SmLs07-09 carry 13 constant digits: the doubles themselves hold only 3 of the spread
DIGITS = {
    "SiRstv": 10, "SmLs01": 12, "SmLs02": 12, "SmLs03": 11, "AtmWtAg": 8, "SmLs04": 8,
    "SmLs05": 8, "SmLs06": 8, "SmLs07": 2, "SmLs08": 2, "SmLs09": 2,
}  # fmt: skip


def _read(name):
    path = files("scipy") / "stats" / "tests" / "data" / "nist_anova" / f"{name}.dat"
    if not path.is_file():
        pytest.skip("this scipy has no NIST files")
    lines = path.read_text().splitlines()
    certified = next(line for line in lines if line.startswith("Between"))
    data = np.array([line.split() for line in lines[60:] if line.strip()], dtype=float)
    return data[:, 0], data[:, 1], float(certified.split()[-1])


@pytest.mark.parametrize("name", DIGITS)
def test_f_has_the_certified_digits(name):
    group, values, certified = _read(name)
    f = one_way_anova(values, group).row("group").test.statistic
    digits = -np.log10(max(abs(f / certified - 1), 1e-16))
    assert digits >= DIGITS[name]
