import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportin.tables.problems import InputError
from exportin.tables.units import UNITS, convert, find_unit, parse_unit, split_unit

SPELLINGS = {
    "M": ["M", "mol/L", "mol/l", "mol L-1", "mol·L^-1", "mol l\u22121"],
    "mM": ["mM", "mmol/L"],
    "uM": ["uM", "\u00b5M", "\u03bcM", "umol/L", "\u00b5mol/l", " uM "],
    "nM": ["nM", "nmol/L"],
    "pM": ["pM"],
    "fM": ["fM"],
    "g/L": ["g/L", "g/l"],
    "mg/mL": ["mg/mL", "mg/ml", "mg / mL", "ug/uL"],
    "ug/mL": ["ug/mL", "\u00b5g/ml", "\u03bcg/mL", "ng/\u00b5l"],
    "ng/mL": ["ng/mL", "ng/ml"],
    "pg/mL": ["pg/mL", "ng/L"],
    "mg/L": ["mg/L"],
    "ug/L": ["ug/L", "\u00b5g/l"],
}


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, ts in SPELLINGS.items() for t in ts])
def test_spellings(name: str, text: str):
    assert parse_unit(text).name == name


def test_every_unit_is_in_the_table():
    assert set(SPELLINGS) == set(UNITS)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("nm", "'nm' is nanometers: write nM"),
        ("mm", "'mm' is millimeters: write mM"),
        ("um", "'um' is micrometers"),
        ("\u00b5m", "'um' is micrometers"),
        ("NM", "write nM"),
        ("m", "write M"),
        ("ng/mL/h", "Did you mean 'ng/mL'?"),
        ("mg/kg", "per body weight"),
        ("%", "molar or mass"),
        ("furlong", "Known:"),
        ("", "Known:"),
    ],
)
def test_unknown_units_are_explained(text: str, remedy: str):
    with pytest.raises(InputError) as caught:
        parse_unit(text, file="layout.csv", place="line 3")
    (problem,) = caught.value.problems
    assert (problem.code, problem.file, problem.place) == ("unknown-unit", "layout.csv", "line 3")
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("value", "first", "second", "mass", "expected"),
    [
        (1.0, "uM", "nM", None, 1000),
        (250.0, "nM", "M", None, 2.5e-7),
        (1.0, "mg/mL", "ug/mL", None, 1000),
        (1.0, "mg/L", "ug/mL", None, 1),
        (1.0, "ug/L", "ng/mL", None, 1),
        (443.31, "ng/mL", "uM", 443.31, 1),  # selinexor, 443.31 g/mol
        (1.0, "uM", "ng/mL", 543.52, 543.52),  # doxorubicin, 543.52 g/mol
    ],
)
def test_conversions_by_hand(value, first, second, mass, expected):
    assert convert(value, UNITS[first], UNITS[second], mass) == pytest.approx(expected, rel=1e-12)


@given(st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)), st.floats(1e-6, 1e6))
def test_there_and_back(first: str, second: str, value: float):
    there = convert(value, UNITS[first], UNITS[second], 500.0)
    assert convert(there, UNITS[second], UNITS[first], 500.0) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("mass", [None, 0.0, -1.0, float("nan")])
def test_mass_to_molar_needs_a_molar_mass(mass):
    with pytest.raises(InputError, match="ng/mL to nM needs a molar mass in g/mol"):
        convert(1.0, UNITS["ng/mL"], UNITS["nM"], mass)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dose_nM", ("dose", "nM")),
        ("Conc (\u00b5M)", ("Conc", "uM")),
        ("conc [ng/mL]", ("conc", "ng/mL")),
        ("dose uM", ("dose", "uM")),
        ("dose", ("dose", "")),
        ("dose_nm", ("dose_nm", "")),
        ("nM", ("nM", "")),
        ("cell_line", ("cell_line", "")),
        ("", ("", "")),
    ],
)
def test_unit_at_the_end_of_a_column_name(name, expected):
    assert split_unit(name) == expected


@given(st.text(max_size=20))
def test_any_text_is_unit_or_none(text: str):
    find_unit(text)
    split_unit(text)
