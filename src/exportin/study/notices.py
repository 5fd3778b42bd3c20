"""What a run has to say of the study as a whole, beside its numbers."""

from collections.abc import Sequence

from exportin.study.ledger import NAME, Entry
from exportin.tables.problems import Problem

SHOWN = 5  # names listed in one message before "and N more"


def lost_exclusion(block: str, row: str, entry: Entry) -> Problem:
    """Return the problem of an exclusion that no longer points at a row."""
    return Problem(
        file=NAME,
        place=f"line {entry.number}",
        message=f"the excluded row '{row}' of block '{block}' does not exist.",
        remedy=f"Take it back: exportin exclude DIR {block} '{row}' --undo.",
        code="lost-exclusion",
    )


def unused_samples(design: str, names: Sequence[str]) -> Problem:
    """Return the note on samples that no block holds: a file that was forgotten lowers n."""
    shown = ", ".join(f"'{name}'" for name in names[:SHOWN])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return Problem(
        file=design,
        place="column sample_id",
        message=f"no file holds {shown}{more}.",
        remedy="Add the files that are missing, or delete the rows.",
        code="unused-design-row",
        severity="note",
    )
