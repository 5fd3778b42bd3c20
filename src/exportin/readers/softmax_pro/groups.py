"""Group tables: which sample the user of SoftMax Pro typed for which well."""

from collections.abc import Iterator

from exportin.readers.softmax_pro.blocks import Block
from exportin.tables.names import clean
from exportin.tables.wells import well_name, well_position

FORMULAS = {"!samplenames": "sample", "!wellids": "wells", "!wellplatename": "plate"}
NAMES = {
    "sample": "sample",
    "samples": "sample",
    "well": "wells",
    "wells": "wells",
    "wellplatename": "plate",
}


def sample_names(
    blocks: list[Block], plates: list[str]
) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """Return plate and well to sample, and to group; the first group that names a well counts."""
    samples: dict[tuple[str, str], str] = {}
    groups: dict[tuple[str, str], str] = {}
    for block in blocks:
        for plate, well, sample in group_wells(block, plates[0] if len(plates) == 1 else ""):
            if plate in plates and (plate, well) not in groups:
                samples[plate, well] = sample
                groups[plate, well] = clean(block.name)
    return samples, groups


def group_wells(block: Block, only: str) -> Iterator[tuple[str, str, str]]:
    """Give plate, well and sample of each line of a group table; ``only`` is the sole plate."""
    columns = find_columns(block)
    sheet, sample = block.sheet, ""
    if "wells" not in columns or "sample" not in columns:
        return
    for at in range(block.start + 2, block.end):
        if sheet.is_blank(at) or sheet.cell(at, 0) == "Group Column":
            return
        sample = clean(sheet.cell(at, columns["sample"])) or sample
        plate = clean(sheet.cell(at, columns["plate"])) if "plate" in columns else only
        for text in sheet.cell(at, columns["wells"]).replace(",", " ").split():
            position = well_position(text)
            if position and sample:
                yield plate or only, well_name(*position), sample


def find_columns(block: Block) -> dict[str, int]:
    """Return where samples, wells and plates stand: by formula, else by name."""
    sheet = block.sheet
    header = sheet.rows[block.start + 1] if block.start + 1 < block.end else ()
    meaning = {}
    for at in range(block.start + 2, block.end):
        ours = FORMULAS.get(sheet.cell(at, 2).casefold())
        if ours:
            meaning[sheet.cell(at, 1)] = ours
    found: dict[str, int] = {}
    for col, text in enumerate(header):
        ours = meaning.get(text) or NAMES.get(text.casefold(), "")
        if ours:
            found.setdefault(ours, col)
    return found
