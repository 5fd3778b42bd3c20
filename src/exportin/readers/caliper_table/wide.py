"""A row per animal and a column per day, of one size or of several."""

from collections.abc import Mapping, Sequence

from exportin.contract.reader import Request
from exportin.readers.caliper_table.days import day_text, doubtful_dash
from exportin.readers.caliper_table.faults import fault, no_animal, note, nothing
from exportin.readers.caliper_table.forms import Found
from exportin.readers.caliper_table.long import left_aside, units_of
from exportin.readers.caliper_table.table import above, column, extra_names, rows_below
from exportin.readers.caliper_table.titled import decide
from exportin.readers.caliper_table.titles import Label, check_map
from exportin.readers.caliper_table.visits import Cells, Visits
from exportin.readers.caliper_table.words import IDS, SIZES, TIMES, meaning, plain
from exportin.tables.dates import is_date
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet

DASHED = "'{}' may be day {} or day -{}: every day has the dash."


def read_wide(sheet: Sheet, file: str, stem: str, found: Found, request: Request) -> Visits:
    """Return the visits of a table with a column per day.

    Raises
    ------
    InputError
        It is not known what was measured, a day stands there twice, or rows do not fit.
    """
    titles = found.titles
    words = [] if found.sizes_at is None else [*sheet.rows[found.sizes_at]]
    check_map(request.columns, [*titles.names.values(), *words], file, sheet.line(titles.top))
    problems = list(titles.problems)
    names = list(titles.names.values())
    if "animal" not in titles.at and not problems:
        problems.append(no_animal(file, sheet.line(titles.top), names))
    problems += [*_over(sheet, file, found), *_timed(sheet, file, found)]
    labels, more = _sizes(sheet, file, found, request)
    problems += more + day_names(sheet, file, titles.top, {c: x.day for c, x in labels.items()})
    if problems:
        raise InputError(problems)
    labels, notes = _named(sheet, file, stem, found, labels=labels, request=request)
    problems = _twice(sheet, file, titles.top, labels)
    if problems:
        raise InputError(problems)
    rows, unread = rows_below(sheet, file, found, titles.names)
    kept, aside = labels, []
    if request.channel:
        kept = {col: label for col, label in labels.items() if label.size == request.channel}
        aside = [titles.names[col] for col in labels if col not in kept]
    if not kept:
        message = f"Nothing in the table is a {request.channel}."
        raise InputError(fault(file, "", message, "Correct the channel.", "no-such-channel"))
    line = sheet.line(titles.top)
    visits = _collect(sheet, rows, kept)
    if not visits:
        raise InputError(nothing(file, line))
    extras, taken = extra_names(titles, titles.others)
    at = [row for row, _ in visits]

    def cells(col: int, name: str) -> Cells:
        return column(sheet, at, col, name)

    about = {
        name: cells(col, titles.names[col])
        for name, col in titles.at.items()
        if name not in (*IDS, *TIMES, *SIZES)
    }
    about |= {name: cells(col, name) for col, name in extras.items()}
    present = {label.size for label in kept.values()}
    units = {name: _unit(file, line, kept, name) for name in SIZES if name in present}
    return Visits(
        sheet=sheet,
        file=file,
        ids={n: cells(titles.at[n], titles.names[titles.at[n]]) for n in IDS if n in titles.at},
        times=times_of(titles.top, [(next(iter(day.values())), kept) for _, day in visits]),
        sizes={name: _cells(sheet, visits, name) for name in units},
        about=about,
        units=units_of(file, line, units),
        one_line_each=True,
        notes=(
            *notes,
            *(left_aside(file, name) for name in taken),
            *_empty(sheet, file, titles.names, rows=rows, labels=kept, animal=titles.at["animal"]),
        ),
        unread=(
            *unread,
            *taken,
            *aside,
            *(f"{place}: {text}" for place, text in above(sheet, found.titles_end)),
            *(f"{place}: {text}" for place, text in over_days(sheet, found)),
        ),
    )


def _over(sheet: Sheet, file: str, found: Found) -> list[Problem]:
    """Refuse a row of further headings over the days that is not understood."""
    at = found.titles_end - 1
    if at < 0 or sum(bool(sheet.cell(at, col)) for col in found.titles.labels) < 2:
        return []
    message = "The line above the days is neither a title nor says what was measured."
    remedy = (
        "Write Volume, Length, Width or Weight there; where days stand at the left, head them Day."
    )
    return [fault(file, sheet.line(at), message, remedy, "unknown-headings")]


def over_days(sheet: Sheet, found: Found) -> list[tuple[str, str]]:
    """Return place and text of what stands over or under days and ids, and names no column."""
    titles = found.titles
    if found.sizes_at is not None and found.sizes_at > titles.top:
        row, cols = found.sizes_at, [col for col in titles.names if col not in titles.labels]
    elif found.sizes_at is None and found.titles_end < titles.top:
        row, cols = found.titles_end, list(titles.labels)
    else:
        return []
    texts = [(sheet.place(row, col), sheet.cell(row, col)) for col in cols]
    return [(place, text) for place, text in texts if text and plain(text) not in ("day", "days")]


def _timed(sheet: Sheet, file: str, found: Found) -> list[Problem]:
    """Refuse a column of days or sizes beside columns that are days."""
    cols = [found.titles.at[name] for name in (*TIMES, *SIZES) if name in found.titles.at]
    return [
        fault(
            file, sheet.place(found.titles.top, col),
            f"The column '{found.titles.names[col]}' stands beside columns of days.",
            "Give a row per visit, or a column per day (Volume D0, BW D7); or rename the column.",
            "two-forms",
        )
        for col in cols
        if any(sheet.cell(row, col) for row in range(found.data, len(sheet.rows)))
    ]  # fmt: skip


def _sizes(
    sheet: Sheet, file: str, found: Found, request: Request
) -> tuple[dict[int, Label], list[Problem]]:
    """Return each column of days with what the row of sizes says of it."""
    labels = found.titles.labels
    if found.sizes_at is None:
        return labels, []
    above_days = found.sizes_at < found.titles.top
    texts = {col: sheet.cell(found.sizes_at, col) for col in labels}
    every = {col: meaning(text, request.columns) for col, text in texts.items() if text}
    told: dict[int, Label] = {}
    problems: list[Problem] = []
    last, has_length = None, any(word.ours == "length" for word in every.values())
    for col, label in labels.items():
        word = every.get(col)
        if word is None and above_days:
            word = last
        last = word
        name = word.ours if word is not None and word.ours in SIZES else ""
        if word is not None and not word.strong and name in ("width", "height") and not has_length:
            name = ""
        if label.size and label.size != name:
            name = ""
        if not name:
            problems.append(_what(file, sheet.place(found.sizes_at, col), texts[col]))
        told[col] = Label(
            size=name, day=label.day, unit=label.unit or (word.unit if word is not None else "")
        )
    return told, problems


def _what(file: str, place: str, text: str) -> Problem:
    said = f"'{text}' does not say" if text else "Nothing says"
    remedy = "Write Volume, Length, Width, Height or Weight"
    if text and plain(text) not in ("day", "days"):
        remedy += f', or columns = {{ weight = "{text}" }} in the block'
    return fault(file, place, f"{said} what was measured.", f"{remedy}.", "which-size")


def _named(
    sheet: Sheet,
    file: str,
    stem: str,
    found: Found,
    *,
    labels: Mapping[int, Label],
    request: Request,
) -> tuple[dict[int, Label], tuple[Problem, ...]]:
    """Give a size to columns of bare days: from titles, the sheet's name, or the study."""
    bare = [col for col, label in labels.items() if not label.size]
    if not bare:
        return dict(labels), ()
    if len(bare) < len(labels):
        text = found.titles.names[bare[0]]
        raise InputError(_what(file, sheet.place(found.titles.top, bare[0]), text))
    words = [text for _, text in (*above(sheet, found.titles_end), *over_days(sheet, found))]
    heads = {col: name for col, name in found.titles.names.items() if col not in labels}
    rows = range(found.data, len(sheet.rows))
    filled = {col for col in heads if any(sheet.cell(row, col) for row in rows)}
    words += [name for col, name in heads.items() if col not in filled]
    doubts = (stem, *(name for col, name in heads.items() if col in filled))
    size = decide((*words, sheet.name), doubts, request.channel, file)
    return {
        col: Label(size=size.name, day=label.day, unit=label.unit or size.unit)
        for col, label in labels.items()
    }, size.notes


def day_names(sheet: Sheet, file: str, row: int, days: Mapping[int, str]) -> list[Problem]:
    """Find days whose dash may be a minus, and days beside dates."""
    cols, texts = list(days), list(days.values())
    doubt = doubtful_dash(texts)
    if doubt is not None:
        number = texts[doubt].rsplit("-", 1)[-1]
        message = DASHED.format(texts[doubt], number, number)
        remedy = "Write the days as numbers, -1 for the day before day 0."
        return [fault(file, sheet.place(row, cols[doubt]), message, remedy, "doubtful-day")]
    dates = [is_date(text) for text in texts]
    if any(dates) and not all(dates):
        at = dates.index(not dates[0])
        message = f"'{texts[0]}' and '{texts[at]}' are a day and a date."
        remedy = "Head all columns with days, or all with dates."
        return [fault(file, sheet.place(row, cols[at]), message, remedy, "days-and-dates")]
    return []


def _twice(sheet: Sheet, file: str, top: int, labels: Mapping[int, Label]) -> list[Problem]:
    first: dict[tuple[str, str], int] = {}
    problems = []
    for col, label in labels.items():
        key = (label.size, _same(label))
        if key in first:
            message = f"{label.size.capitalize()} on '{label.day}' heads two columns (also "
            message += f"{sheet.place(top, first[key])})."
            remedy = "Keep one of them, or say in the row above what each holds."
            problems.append(fault(file, sheet.place(top, col), message, remedy, "duplicate-day"))
        first.setdefault(key, col)
    return problems


def _same(label: Label) -> str:
    return day_text(label.day) or label.day


def _collect(
    sheet: Sheet, rows: Sequence[int], labels: Mapping[int, Label]
) -> list[tuple[int, dict[str, int]]]:
    """Return row and columns by size of each visit of which a cell holds something."""
    days: dict[str, dict[str, int]] = {}
    for col, label in labels.items():
        days.setdefault(_same(label), {})[label.size] = col
    return [
        (row, cols)
        for row in rows
        for cols in days.values()
        if any(sheet.cell(row, col) for col in cols.values())
    ]


def _cells(sheet: Sheet, visits: Sequence[tuple[int, dict[str, int]]], name: str) -> Cells:
    at = [(row, cols.get(name, -1)) for row, cols in visits]
    return Cells(
        texts=[sheet.cell(row, col) for row, col in at],
        rows=[row for row, _ in at],
        cols=[col for _, col in at],
        title=name,
    )


def times_of(row: int, visits: Sequence[tuple[int, Mapping[int, Label]]]) -> dict[str, Cells]:
    """Return the day or date of each visit, which stands in row ``row`` of the sheet."""
    texts = [labels[col].day for col, labels in visits]
    cols = [col for col, _ in visits]
    kind = "date" if texts and is_date(texts[0]) else "day"
    return {kind: Cells(texts=texts, rows=[row] * len(texts), cols=cols)}


def _unit(file: str, place: str, labels: Mapping[int, Label], name: str) -> str:
    units = sorted({label.unit for label in labels.values() if label.size == name})
    if len(units) > 1:
        told = " and ".join(f"'{unit}'" if unit else "none" for unit in units)
        message = f"The columns of {name} have different units: {told}."
        raise InputError(
            fault(file, place, message, "Write one unit into all, or into none.", "mixed-units")
        )
    return units[0]


def _empty(
    sheet: Sheet, file: str, names: Mapping[int, str], *, rows: Sequence[int],
    labels: Mapping[int, Label], animal: int,
) -> list[Problem]:  # fmt: skip
    """Note animals of which nothing was measured, and days on which nothing was."""
    bare = [row for row in rows if not any(sheet.cell(row, col) for col in labels)]
    never = [col for col in labels if not any(sheet.cell(row, col) for row in rows)]
    notes = [
        note(
            file, sheet.line(row), f"Nothing was measured of animal '{sheet.cell(row, animal)}'.",
            "It is not among the visits.", "no-visits",
        )
        for row in bare
    ]  # fmt: skip
    return notes + [
        note(
            file, f"column '{names.get(col, '')}'", "Nothing was measured on this day.", "",
            "no-visits",
        )
        for col in never
    ]  # fmt: skip
