"""Which sheets of a workbook a study means."""

from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.sheet import Sheet


def pick_sheets(sheets: tuple[Sheet, ...], wanted: str, file: str) -> tuple[Sheet, ...]:
    """Return the named sheet, or all that hold something.

    Raises
    ------
    InputError
        There is no such sheet, or nothing is in any.

    >>> pick_sheets((Sheet(name="a", rows=()), Sheet(name="b", rows=(("x",),))), "", "f")[0].name
    'b'
    """
    filled = tuple(sheet for sheet in sheets if sheet.rows)
    chosen = tuple(sheet for sheet in filled if not wanted or wanted == sheet.name)
    if chosen:
        return chosen
    message, remedy = "The file holds no cells.", "Export it again from the instrument."
    if filled and filled[0].is_text:
        message = f"The study asks for sheet '{wanted}', but this is a text file."
        remedy = "Remove 'sheet' from the block."
    elif filled:
        message = f"There is no filled sheet '{wanted}'."
        remedy = nearest(wanted, [sheet.name for sheet in filled])
    raise InputError(
        Problem(file=file, place="", message=message, remedy=remedy, code="no-such-sheet")
    )


def pick_one(sheets: tuple[Sheet, ...], wanted: str, file: str) -> Sheet:
    """Return the one sheet that is meant; refuse to choose between several."""
    chosen = pick_sheets(sheets, wanted, file)
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(f"'{sheet.name}'" for sheet in chosen)
    raise InputError(
        Problem(
            file=file,
            place="",
            message=f"The workbook has several filled sheets: {names}.",
            remedy=f'Write sheet = "{chosen[0].name}" in the block.',
            code="several-sheets",
        )
    )
