"""Units of tumors and animals: lengths, volumes and weights, and column names that carry them."""

import re
import unicodedata

LENGTH, VOLUME, WEIGHT = "length", "volume", "weight"
UNITS = {
    **dict.fromkeys(("mm", "cm"), LENGTH),
    **dict.fromkeys(("mm3", "cm3", "uL", "mL"), VOLUME),
    **dict.fromkeys(("g", "mg", "kg"), WEIGHT),
}
"""Each unit that is known, and what it measures."""
SPELLED = {
    **{name.casefold(): name for name in UNITS},
    **dict.fromkeys(("mmm", "cumm", "cu mm", "cubic mm", "mm**3"), "mm3"),
    **dict.fromkeys(("cc", "ccm", "cu cm", "cubic cm", "cm**3"), "cm3"),
    **dict.fromkeys(("gram", "grams", "gr"), "g"),
}
ENDING = re.compile(
    r"(?P<word>.*?\S)\s*(?:[\[(]\s*(?P<bracket>[^\[\]()]+?)\s*[\])]|[_ ,/.]+(?P<tail>[^\s_,/.]+))$"
)


def find_size(text: str) -> str:
    """Return the unit a text names, in any usual spelling; empty if it names none.

    >>> find_size("mm³"), find_size("cm^3"), find_size("µL"), find_size("nM")
    ('mm3', 'cm3', 'uL', '')
    """
    plain = unicodedata.normalize("NFKC", text.strip()).replace("\u03bc", "u")
    return SPELLED.get(plain.replace("^", "").casefold().rstrip("."), "")


def split_size(name: str) -> tuple[str, str]:
    """Split a column name into its words and the unit at its end; the unit may be empty.

    >>> split_size("volume_mm3"), split_size("Body weight (g)"), split_size("length [mm]")
    (('volume', 'mm3'), ('Body weight', 'g'), ('length', 'mm'))
    >>> split_size("Tumor volume, cm^3"), split_size("drug")
    (('Tumor volume', 'cm3'), ('drug', ''))
    """
    match = ENDING.match(name.strip())
    unit = find_size(match["bracket"] or match["tail"]) if match else ""
    return (match["word"].rstrip(" ,_"), unit) if match and unit else (name.strip(), "")
