"""Words for what is wrong or assumed about decimal marks."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exportin.tables.problems import Problem


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Words the messages about decimal marks."""

    file: str
    texts: Sequence[str]
    place: Callable[[int], str]

    def mixed(self, point: int, comma: int) -> Problem:
        """Refuse a decimal point in one cell, a decimal comma in another."""
        return Problem(
            file=self.file,
            place=self.place(comma),
            message=(
                f"'{self.texts[comma]}' has a decimal comma but '{self.texts[point]}' "
                f"({self.place(point)}) has a decimal point."
            ),
            remedy="Export the whole file with one decimal mark.",
            code="mixed-decimal",
        )

    def doubtful(self, index: int) -> Problem:
        """Refuse where all numbers could be read two ways, a thousandfold apart."""
        text = self.texts[index]
        small = re.sub("[.,]", ".", text)
        return Problem(
            file=self.file,
            place=self.place(index),
            message=f"'{text}' may be {small} or {re.sub('[.,]', '', text)}; no other cell tells.",
            remedy='Write decimal = "," or decimal = "." in the block of the study file.',
            code="ambiguous-decimal",
        )

    def assumed(self, index: int) -> Problem:
        """Note a point read as decimal because commas separate the cells."""
        text = self.texts[index]
        return Problem(
            file=self.file,
            place=self.place(index),
            message=f"'{text}' was read with a decimal point: commas part the cells.",
            remedy='If it is a thousand, write decimal = "," in the block.',
            code="decimal-assumed",
            severity="note",
        )

    def thousands(self, index: int) -> Problem:
        """Note a mark read as thousands because other cells prove the decimal mark."""
        text = self.texts[index]
        return Problem(
            file=self.file,
            place=self.place(index),
            message=f"'{text}' was read as {re.sub('[.,]', '', text)}, as other cells show.",
            remedy="If that is wrong, mend the cell.",
            code="thousands-read",
            severity="note",
        )
