"""The reads of a plate get their wavelength, time and scan point, and are counted."""

from collections.abc import Iterator

from exportin.readers.softmax_pro.plate import Plate, Point, Section, find_points, find_sections
from exportin.tables.clock import elapsed_seconds
from exportin.tables.platereads import TIME, WellRead

REDUCED = "Reduced"
SCAN = "scan_point"
TIMED = ("Kinetic", "Flex")


def read_plate(plate: Plate) -> tuple[list[WellRead], list[WellRead], list[tuple[int, int]]]:
    """Return the raw reads of a plate, the reduced ones, and where temperatures stand.

    Raises
    ------
    InputError
        The lines are not those that the first line of the plate promises.
    """
    raw: list[WellRead] = []
    reduced: list[WellRead] = []
    hints: list[tuple[int, int]] = []
    for section in find_sections(plate.block):
        points, beside = find_points(plate, section)
        if section.raw:
            hints += [(point.at, 1) for point in points]
        if section.raw and plate.header.data != REDUCED:
            if raw:
                message = "raw data stand here for the second time."
                raise plate.refusal(section.at, message, "duplicate-section")
            raw += raw_reads(plate, section, points, beside)
            continue
        for point in points:
            name = REDUCED if not reduced else f"{REDUCED} {len(reduced) + 1}"
            reduced.append(
                WellRead(
                    sample_id=plate.header.name,
                    channel=name,
                    size=plate.header.size,
                    cells=point.cells,
                )
            )
    return raw, reduced, hints


def raw_reads(
    plate: Plate, section: Section, points: list[Point], beside: int
) -> Iterator[WellRead]:
    """Give the raw reads; count them against the first line of the plate."""
    if not points:
        return
    header = plate.header
    waves = 1 if header.read == "Spectrum" else max(len(header.channels), 1)
    stated = 1 if header.read == "Endpoint" else header.points
    if header.read == "Well Scan" and stated == 1:
        stated = 0  # the line has no count of scan points
    if len(points) % waves or (stated and len(points) != stated * waves):
        expected = f"states {(stated or 1) * waves}" if stated else f"lists {waves} wavelengths"
        message = f"{len(points)} reads were found, its first line {expected} ({header.read})."
        raise plate.refusal(plate.block.start, message, "reads-missing")
    if beside not in (1, waves):
        message = f"{beside} grids stand side by side, expected {waves}."
        raise plate.refusal(section.at, message, "wavelengths")
    order = read_order(plate, section, points, waves if beside == 1 else -beside)
    first = {
        point: text
        for (_, point), text in reversed(list(zip(order, texts_of(points), strict=True)))
        if text
    }
    for (wave, number), point in zip(order, points, strict=True):
        yield one_read(plate, wave, number, point, point.text or first.get(number, ""))


def texts_of(points: list[Point]) -> list[str]:
    """Return what stands in front of each read."""
    return [point.text for point in points]


def read_order(
    plate: Plate, section: Section, points: list[Point], waves: int
) -> list[tuple[int, int]]:
    """Return wavelength and point of each read; ``waves`` is negative where they stand abreast.

    Below each other, each wavelength has its lines with an empty line between, or each time
    has its wavelengths; the times tell which.
    """
    count = len(points)
    each = count // abs(waves)
    by_point = [(index % abs(waves), index // abs(waves)) for index in range(count)]
    by_wave = [divmod(index, each) for index in range(count)]
    if waves < 0 or each == 1:
        return by_point if waves < 0 else by_wave
    if waves == 1:
        return by_wave
    texts = texts_of(points)
    repeats = all(
        not text or text == texts[point] for text, (_, point) in zip(texts, by_wave, strict=True)
    )
    shared = all(
        not text or text == texts[point * waves]
        for text, (_, point) in zip(texts, by_point, strict=True)
    )
    if plate.header.read in TIMED and repeats != shared:
        return by_wave if repeats else by_point
    if len(section.groups) == waves != each:
        return by_wave
    message = f"it does not show which of {count} reads belong to which of {waves} wavelengths."
    raise plate.refusal(section.at, message, "wavelengths")


def one_read(plate: Plate, wave: int, number: int, point: Point, text: str) -> WellRead:
    """Return one read with what its kind of measurement says: time, wavelength, scan point."""
    header = plate.header
    channel, key = header.channels[wave], ""
    columns: dict[str, str | float | None] = {}
    if header.read == "Spectrum":
        wavelength = text.removesuffix("nm").strip()
        if not wavelength.replace(".", "", 1).replace(",", "", 1).isdecimal():
            raise bad_axis(plate, point.at, "wavelength", text, "450")
        channel = f"{header.mode} {wavelength}"
    elif header.read in TIMED:
        seconds = elapsed_seconds(text)
        if seconds is None:
            raise bad_axis(plate, point.at, "time", text, "00:00:30")
        columns, key = {TIME: seconds}, text
    elif header.read == "Well Scan":
        columns, key = {SCAN: float(number + 1)}, f"point {number + 1}"
    return WellRead(
        sample_id=header.name,
        channel=channel,
        size=header.size,
        cells=point.cells,
        key=key,
        columns=columns,
    )


def bad_axis(plate: Plate, at: int, what: str, text: str, example: str) -> Exception:
    """Return the refusal of a time or wavelength that cannot be read."""
    message = f"the {what} is '{text[:40]}', expected something like {example}."
    return plate.refusal(at, message, f"bad-{what}")
