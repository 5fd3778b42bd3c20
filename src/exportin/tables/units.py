"""Units of doses: molar and mass concentrations, and the way between them."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from exportin.tables.problems import InputError, Problem, nearest

Dimension = Literal["molar", "mass"]


@dataclass(frozen=True, slots=True)
class DoseUnit:
    """A unit of concentration: its name, what it counts, and its size in M or g/L."""

    name: str
    dimension: Dimension
    factor: float


UNITS = {
    unit.name: unit
    for unit in (
        DoseUnit("M", "molar", 1.0),
        DoseUnit("mM", "molar", 1e-3),
        DoseUnit("uM", "molar", 1e-6),
        DoseUnit("nM", "molar", 1e-9),
        DoseUnit("pM", "molar", 1e-12),
        DoseUnit("fM", "molar", 1e-15),
        DoseUnit("g/L", "mass", 1.0),
        DoseUnit("mg/mL", "mass", 1.0),
        DoseUnit("ug/mL", "mass", 1e-3),
        DoseUnit("mg/L", "mass", 1e-3),
        DoseUnit("ng/mL", "mass", 1e-6),
        DoseUnit("ug/L", "mass", 1e-6),
        DoseUnit("pg/mL", "mass", 1e-9),
    )
}
PREFIXES = ("", "m", "u", "n", "p", "f")
ALIASES = {f"{p}mol/L": f"{p}M" for p in PREFIXES} | {
    "ug/uL": "mg/mL",
    "ng/uL": "ug/mL",
    "ng/L": "pg/mL",
}
# Written in the wrong case these mean something else, or nothing.
LOOK_ALIKES = {
    "nm": "'nm' is nanometers: write nM for nanomolar.",
    "mm": "'mm' is millimeters: write mM for millimolar.",
    "um": "'um' is micrometers: write uM for micromolar.",
    "pm": "'pm' is picometers: write pM for picomolar.",
    "fm": "'fm' is femtometers: write fM for femtomolar.",
    "m": "'m' is meters: write M for molar.",
    "MM": "'MM' would be megamolar: write mM for millimolar.",
    "NM": "'NM' is no unit: write nM for nanomolar.",
    "UM": "'UM' is no unit: write uM for micromolar.",
    "PM": "'PM' would be petamolar: write pM for picomolar.",
    "%": "A percentage needs a molar or mass concentration: write for example mg/mL.",
    "log10 M": "Logarithms are not units: write doses themselves, with M.",
    "mg/kg": "'mg/kg' is a dose per body weight, not a concentration.",
}
SUFFIX = re.compile(
    r"(?P<name>.*?\S)\s*(?:[\[(]\s*(?P<bracket>[^\[\]()]+?)\s*[\])]|[_ ](?P<tail>\S+))$"
)


def find_unit(text: str) -> DoseUnit | None:
    """Return the unit a text names, in any usual spelling; ``None`` if it names none.

    >>> find_unit("µM").name, find_unit("ng/ml").name, find_unit("nm")
    ('uM', 'ng/mL', None)
    """
    # NFKC turns the micro sign U+00B5 into the Greek mu U+03BC
    name = unicodedata.normalize("NFKC", text.strip()).replace("\u03bc", "u")
    name = name.replace("\u2212", "-")
    over = re.fullmatch(r"(\w+)(?:\s*/\s*([mu]?)[lL]|[\s.·*]+([mu]?)[lL]\^?-1)", name)
    if over:
        name = f"{over[1]}/{over[2] or over[3] or ''}L"
    return UNITS.get(ALIASES.get(name, name))


def parse_unit(text: str, *, file: str = "", place: str = "") -> DoseUnit:
    """Return the unit a text names.

    Raises
    ------
    InputError
        Unknown unit; look-alikes such as ``nm`` are explained.

    >>> parse_unit("umol/L")
    DoseUnit(name='uM', dimension='molar', factor=1e-06)
    """
    unit = find_unit(text)
    if unit is not None:
        return unit
    plain = unicodedata.normalize("NFKC", text.strip()).replace("\u03bc", "u")
    raise InputError(
        Problem(
            file=file,
            place=place,
            message=f"'{text}' is not a dose unit." if text.strip() else "The dose unit is empty.",
            remedy=LOOK_ALIKES.get(plain) or nearest(plain, UNITS),
            code="unknown-unit",
        )
    )


def convert(
    value: float,
    from_unit: DoseUnit,
    to_unit: DoseUnit,
    molar_mass_g_per_mol: float | None = None,
    *,
    file: str = "",
    place: str = "",
) -> float:
    """Convert a concentration; between mass and molar with the molar mass (g/mol).

    Raises
    ------
    InputError
        The molar mass is needed and missing, or is not positive.

    >>> convert(443.3, UNITS["mg/L"], UNITS["mM"], molar_mass_g_per_mol=443.3)
    1.0
    """
    factor = from_unit.factor / to_unit.factor
    if from_unit.dimension == to_unit.dimension:
        return value * factor
    if molar_mass_g_per_mol is None or not molar_mass_g_per_mol > 0:
        raise InputError(
            Problem(
                file=file,
                place=place,
                message=f"{from_unit.name} to {to_unit.name} needs a molar mass in g/mol.",
                remedy="Give the drug's molar mass in the study file, or use one kind of unit.",
                code="molar-mass-missing",
            )
        )
    power = -1 if from_unit.dimension == "mass" else 1
    return float(value * factor * molar_mass_g_per_mol**power)


def split_unit(name: str) -> tuple[str, str]:
    """Split a column name into its word and the dose unit at its end; the unit may be empty.

    >>> split_unit("dose_nM"), split_unit("Conc. (µM)"), split_unit("dose_level")
    (('dose', 'nM'), ('Conc.', 'uM'), ('dose_level', ''))
    """
    match = SUFFIX.match(name.strip())
    unit = find_unit(match["bracket"] or match["tail"]) if match else None
    return (match["name"], unit.name) if match and unit else (name.strip(), "")
