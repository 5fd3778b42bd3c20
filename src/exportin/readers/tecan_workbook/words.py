"""The words of Tecan's software, in English and in German.

The German ones are those that public exports of i-control 1.12 show; no others are guessed.
"""

import re
from collections.abc import Mapping

OPENING = re.compile(
    r"(Application:\s*(Tecan|Spark)|Programm:\s*Tecan|Tecan i-control"
    r"|(Device|Gerät):\s*(infinite|Spark)\b|Method name:)",
    re.IGNORECASE,
)
GERMAN = {
    "Date": "Datum",
    "Time": "Zeit",
    "Plate": "Platte",
    "Plate-ID (Stacker)": "Platten-ID (Stapler)",
    "Mode": "Modus",
    "Start Time": "Startzeit",
    "End Time": "Endzeit",
}
BARCODE = ("Plate-ID (Stacker)", "Plate ID", "Barcode", GERMAN["Plate-ID (Stacker)"])
READ = ("Part of Plate", "Start Time", "End Time", "Mode", "Name", "Plate-ID (Stacker)")
USED = (*READ, *BARCODE, *(GERMAN[key] for key in READ if key in GERMAN))
WAVES = (
    "measurement wavelength",
    "wavelength",
    "excitation wavelength",
    "emission wavelength",
    "wellenlänge",
)
MEAN = ("Mean", "StDev", "Mittelwert")


def is_wave(key: str) -> bool:
    """Whether a line names a wavelength; SparkControl writes the unit behind its name."""
    return key.casefold().partition(" [")[0] in WAVES


def told(facts: Mapping[str, str], key: str) -> str:
    """Return what a sheet says under a key, in either language; empty where it is silent.

    >>> told({"Modus": "Absorption"}, "Mode")
    'Absorption'
    """
    return facts.get(key) or facts.get(GERMAN.get(key, key)) or ""
