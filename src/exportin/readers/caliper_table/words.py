"""The words by which columns are known; the study's own map of columns goes before them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from exportin.tables.names import clean
from exportin.tables.sizes import UNITS, VOLUME, WEIGHT, find_size, split_size

SIZES = ("volume", "length", "width", "height", "weight")
"""What may be measured of an animal, under our names."""
IDS = ("animal", "arm", "model")
TIMES = ("day", "date")
USE = "use"
DIMENSION = dict.fromkeys(SIZES, "length") | {"volume": VOLUME, "weight": WEIGHT}
UNIT_COLUMNS = {"volume unit": "volume_unit", "length unit": "length_unit",
                "weight unit": "weight_unit"}  # fmt: skip

STRONG = {
    "animal": (
        "animal", "mouse", "animal id", "mouse id", "animal no", "mouse no", "animal number",
        "mouse number", "animal name", "mouse name", "animal #", "mouse #", "animalid", "mouseid",
        "mid", "ear tag", "eartag", "rat", "rat id",
    ),
    "arm": (
        "arm", "group", "treatment", "treatment group", "treatment arm", "drug", "cohort", "grp",
        "group name",
    ),
    "model": ("model", "pdx", "patient", "patient id", "cell line", "tumor model", "tumour model"),
    "cage": ("cage", "cage id", "cage no", "cage number"),
    "day": (
        "day", "days", "time days", "time day", "time d", "study day", "day number", "dpi",
        "days after implantation", "days post implantation", "days after inoculation",
        "days post inoculation", "days after treatment", "days post treatment",
        "days after first dose", "day of study", "time (days)", "time [days]", "time (d)",
    ),
    "date": ("date", "visit date", "measurement date", "date of measurement"),
    "volume": ("volume", "tumor volume", "tumour volume", "tumorvolume", "tv", "vol", "tumor vol",
               "tumour vol"),
    "length": ("length", "tumor length", "tumour length", "long diameter", "longest diameter"),
    "width": ("width", "tumor width", "tumour width", "short diameter"),
    "height": ("height", "depth", "tumor height", "tumour height"),
    "weight": ("weight", "body weight", "bodyweight", "bw", "body mass", "animal weight",
               "mouse weight"),
    "removal": ("removal", "reason", "removal reason", "reason of removal", "reason for removal"),
    "comment": ("comment", "comments", "note", "notes", "remark", "remarks"),
    USE: ("use", "used", "include", "included"),
}  # fmt: skip
WEAK = {
    "animal": ("id", "replicate", "rep", "subject", "subject id", "#"),
    "arm": ("category",),
    "model": ("line",),
    "volume": ("v",),
    "length": ("l",),
    "width": ("w",),
    "height": ("h",),
    "day": ("x",),
}
"""Words that name a column only where no column has a stronger one."""
OURS = tuple(STRONG)
STRONG_OF = {word: ours for ours, words in STRONG.items() for word in words}
WEAK_OF = {word: ours for ours, words in WEAK.items() for word in words}
SUMMARIES = frozenset(
    {"mean", "average", "avg", "sem", "s.e.m.", "sd", "s.d.", "se", "std", "std dev", "stdev",
     "st dev", "median", "n", "count", "total", "sum", "cv", "cv%", "mean volume"}
)  # fmt: skip
DERIVED = re.compile(
    r"\brelative|\brtv\b|\bchange|%|percent|\bfold|\blog|normali[sz]ed|\bratio|\btgi\b|\bmean\b|average|\bsem\b"
    r"|tumou?r (?:weight|mass)", re.IGNORECASE,
)  # fmt: skip
SPOKEN = {
    "volume": re.compile(r"volume|\bvols?\b|\btv\b", re.IGNORECASE),
    "weight": re.compile(r"weight|\bbw\b|body ?mass", re.IGNORECASE),
    "length": re.compile(r"\blength", re.IGNORECASE),
    "width": re.compile(r"\bwidth", re.IGNORECASE),
    "height": re.compile(r"\bheight|\bdepth", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a heading means: our name or empty, its unit, and whether the word is a strong one."""

    ours: str
    unit: str = ""
    strong: bool = True


NOTHING = Meaning("")


def plain(title: str) -> str:
    """Reduce a heading to its words.

    >>> plain("Body_Weight"), plain(" Mouse  ID.")
    ('body weight', 'mouse id')
    """
    return re.sub(r"[\s_]+", " ", clean(title).casefold()).strip(" .:")


def meaning(title: str, columns: Mapping[str, str]) -> Meaning:
    """Return what a heading means, by the study's map or by the words that are known.

    >>> meaning("volume_mm3", {}), meaning("model_id", {"animal": "model_id"}).ours
    (Meaning(ours='volume', unit='mm3', strong=True), 'animal')
    >>> meaning("drug_start_day", {}).ours, meaning("BW (g)", {}).unit
    ('', 'g')
    """
    named = next((ours for ours, theirs in columns.items() if theirs == clean(title)), "")
    word, unit = split_size(title)
    if named:
        fits = DIMENSION.get(named) == UNITS.get(unit)
        return Meaning(named, unit if fits else "")
    for known, strong in ((STRONG_OF, True), (WEAK_OF, False)):
        for text, size in ((plain(title), ""), (plain(word), unit)):
            ours = known.get(text, "")
            if ours and (not size or DIMENSION.get(ours) == UNITS[size]):
                return Meaning(ours, size, strong)
    return NOTHING


def spoken(text: str) -> tuple[set[str], str]:
    """Return which sizes a title speaks of, and the unit it names.

    >>> spoken("Tumor volume (mm3)"), spoken("Sheet1")
    (({'volume'}, 'mm3'), (set(), ''))
    """
    words = text.replace("_", " ")
    sizes = {name for name, pattern in SPOKEN.items() if pattern.search(words)}
    pieces = re.split(r"[\s,;:()\[\]]+", words)
    units = {unit for piece in pieces if len(piece) > 1 or f"({piece})" in words
             or f"[{piece}]" in words if (unit := find_size(piece))}  # fmt: skip
    if len(units) != 1:
        return sizes, ""
    unit = units.pop()
    dimension = UNITS[unit]
    if dimension in (VOLUME, WEIGHT):
        sizes.add(dimension)
    return sizes, unit
