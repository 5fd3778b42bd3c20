"""The layout files that a design names, one per plate, in a column ``layout``."""

from exportin.study.designs import PLACE, read_designs
from exportin.study.files import read_bytes
from exportin.study.layouts import plan_name
from exportin.study.load import Study
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem


def named_layouts(study: Study) -> dict[str, str]:
    """Return the layout files that the design names, and the row that names each first.

    Empty where there is no design or it cannot be read: the join says why.
    """
    name = study.file.study.design
    data = read_bytes(study, name, []) if (study.folder / name).is_file() else None
    if data is None:
        return {}
    try:
        frame = read_designs(Source(name=name, data=data)).frame
    except InputError:
        return {}
    found: dict[str, str] = {}
    if "layout" in frame.columns:
        for layout, place in frame.select("layout", PLACE).iter_rows():
            if layout:
                found.setdefault(plan_name(name, layout), place)
    return found


def layout_files(study: Study, block: str, problems: list[Problem]) -> list[str]:
    """Return the layout files of the plates; each must be there, and the block name no other."""
    named = named_layouts(study)
    design = study.file.study.design
    if named and study.file.block[block].layout is not None:
        message = f"'{design}' names a layout for each plate, and the block another for all."
        remedy = "Take 'layout' out of the block, or its column out of the list of plates."
        path = ("block", block, "layout")
        problems.append(study.problem(path, message, remedy, "two-layouts"))
        return []
    for name, place in named.items():
        if not (study.folder / name).is_file():
            message = f"the layout '{name}' is not in the study folder."
            remedy = f"Put the file beside '{design}', or correct its name."
            problem = Problem(
                file=design, place=place, message=message, remedy=remedy, code="no-layout"
            )
            problems.append(problem)
    return [name for name in named if (study.folder / name).is_file()]
