"""What Magellan writes below its table: when and how each label was measured."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from exportin.tables.kinds import MEASURED_AT
from exportin.tables.names import clean
from exportin.tables.sheet import Sheet

DATE = re.compile(r"Date of measurement: (\S+?)/\s*Time of measurement: (\S+)")
LABEL = re.compile(r"(?:Meas\. temperature:\s*(?=.+:)|Label:\s*)(.+?)(?::\s*-?[\d.,]+\s*°C)?$")
SETTINGS = {"Measurement wavelength": "wavelength", "Unit": "unit"}
KEY = re.compile(r"([^:]{1,60}):\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Footer:
    """The lines below the table: when and how each label was measured."""

    lines: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the measurements; columns of raw data are headed by them."""
        found = [match.group(1) for text in self.lines if (match := LABEL.match(text))]
        return tuple(dict.fromkeys(found))

    def values(self, key: str) -> list[str]:
        """Return what stands behind a key, in each line that has it."""
        matches = [KEY.match(text) for text in self.lines]
        return [match.group(2) for match in matches if match and match.group(1) == key]

    def value(self, key: str) -> str:
        """Return what stands behind a key for the first time."""
        return next(iter(self.values(key)), "")

    def of(self, title: str) -> dict[str, str | float | None]:
        """Return what is said of the readings of one column."""
        facts: dict[str, str | float | None] = {}
        dates = [match for text in self.lines if (match := DATE.match(text))]
        if dates:
            facts[MEASURED_AT] = f"{dates[0].group(1)} {dates[0].group(2)}"
        for key, name in SETTINGS.items():
            said = self.values(key)
            if len(said) == 1:
                facts[name] = said[0]
            elif len(said) == len(self.labels) and title in self.labels:
                facts[name] = said[self.labels.index(title)]
        return facts

    def unread(self, titles: list[str]) -> list[str]:
        """Name the lines that no column holds, and labels without a column."""
        out = [f"label {label}" for label in self.labels if label not in titles]
        for text in self.lines:
            key = KEY.match(text) if "\\" not in text else None
            if not DATE.match(text) and (key is None or key.group(1) not in SETTINGS):
                out.append(key.group(1).strip() if key else text)
        return out


def lines(sheet: Sheet, start: int) -> Iterator[str]:
    """Give the texts below the table."""
    for row in sheet.rows[start:]:
        yield from filter(None, map(clean, row))
