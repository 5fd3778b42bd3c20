"""What is said of one file while it is read: repairs are noted, the rest is refused."""

from dataclasses import dataclass, field, replace

from exportin.tables.problems import InputError, Problem

AGAIN = "Copy or export the file again from the instrument's software."


@dataclass(slots=True)
class Remarks:
    """Notes of one file so far; ``place`` names the data set being read."""

    file: str
    place: str = ""
    notes: list[Problem] = field(default_factory=list)

    def note(self, code: str, message: str, remedy: str = "") -> None:
        """Keep what was repaired, or what is worth knowing."""
        note = self._problem(code, message, remedy)
        self.notes.append(replace(note, severity="note"))

    def refusal(self, code: str, message: str, remedy: str = AGAIN) -> InputError:
        """Return the error to raise."""
        return InputError(self._problem(code, message, remedy))

    def _problem(self, code: str, message: str, remedy: str) -> Problem:
        return Problem(
            file=self.file, place=self.place, message=message, remedy=remedy, code=f"fcs-{code}"
        )
