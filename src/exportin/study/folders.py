"""Which folders a room consists of: the package's own and the user's plug-ins."""

import os
from pathlib import Path

PLUGINS = "EXPORTIN_PLUGINS"  # folders laid out like the package: assays/NAME/, readers/NAME.py
PACKAGE = Path(__file__).resolve().parents[1]


def room_folders(room: str) -> tuple[Path, ...]:
    """Return the folders of a room such as ``assays`` or ``mechanism.links``."""
    place = Path(*room.split("."))
    roots = [Path(root) for root in os.environ.get(PLUGINS, "").split(os.pathsep) if root]
    plugins = [root / place for root in roots if (root / place).is_dir()]
    return (PACKAGE / place, *plugins)


def assay_commands() -> tuple[str, ...]:
    """Names of the assays that bring commands, found without importing anything."""
    found = (path for folder in room_folders("assays") for path in folder.glob("*/commands.py"))
    return tuple(sorted(path.parent.name for path in found))


def room_commands() -> tuple[str, ...]:
    """Names of the rooms that bring commands of their own, such as design; likewise."""
    found = (path.parent.name for path in PACKAGE.glob("*/commands.py"))
    return tuple(sorted(name for name in found if name != "app"))


def command_groups() -> tuple[str, ...]:
    """Names of all groups of commands; a room goes before an assay of its name."""
    return tuple(sorted({*room_commands(), *assay_commands()}))
