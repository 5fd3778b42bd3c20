"""Finds assays, readers, links, commands and methods by folder: the only user of importlib."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from platform import python_version
from types import ModuleType
from typing import TYPE_CHECKING, Any

from exportin.contract.command import RESERVED, Command
from exportin.results.methods import Method
from exportin.results.quantities import Quantity, shared_quantities
from exportin.study.folders import room_commands, room_folders

if TYPE_CHECKING:  # they bring polars with them, and the help of a room's commands needs none
    from exportin.contract.assay import Assay
    from exportin.contract.link import Link
    from exportin.contract.reader import Reader

METHOD_ROOMS = ("inference", "plates", "curves")


def _room(name: str) -> ModuleType:
    """Import a room and let the user's plug-in folders take part in it."""
    module = import_module(f"exportin.{name}")
    for folder in map(str, room_folders(name)[1:]):
        if folder not in module.__path__:
            module.__path__.append(folder)
    return module


def _members(room: str, *, folders: bool) -> Iterator[str]:
    for found in iter_modules(_room(room).__path__):
        if found.ispkg or not folders:
            yield found.name


@cache
def assay_names() -> tuple[str, ...]:
    """Names of all assays, without importing any of them."""
    return tuple(sorted(_members("assays", folders=True)))


@cache
def load_assay(name: str) -> "Assay[Any, Any]":
    """Import one assay by its folder name."""
    _room("assays")
    assay: Assay[Any, Any] = import_module(f"exportin.assays.{name}").ASSAY
    _check_quantities(assay.quantities)
    return assay


def _check_quantities(quantities: tuple[Quantity, ...]) -> None:
    """One name has one meaning: an assay may not redefine a shared quantity."""
    for quantity in quantities:
        shared = shared_quantities().get(quantity.name)
        if shared is not None and shared != quantity:
            raise ValueError(f"quantity '{quantity.name}' is already defined otherwise")


@cache
def load_readers() -> "tuple[Reader, ...]":
    """All readers, those with the narrowest claim first."""
    found = [
        import_module(f"exportin.readers.{name}").READER
        for name in sorted(_members("readers", folders=False))
    ]
    return tuple(sorted(found, key=lambda reader: (reader.rank, reader.name)))


@cache
def load_links() -> "dict[str, Link[Any]]":
    """All links by name, such as ``mechanism.predict``."""
    found = [
        import_module(f"exportin.mechanism.links.{name}").LINK
        for name in sorted(_members("mechanism.links", folders=False))
    ]
    return {link.name: link for link in found}


def load_commands(group: str) -> tuple[Command, ...]:
    """Import the commands of one room or assay; reserved names are refused."""
    if group in room_commands():
        own: tuple[Command, ...] = import_module(f"exportin.{group}.commands").COMMANDS
        return own
    _room("assays")
    commands: tuple[Command, ...] = import_module(f"exportin.assays.{group}.commands").COMMANDS
    for command in commands:
        if command.name in RESERVED:
            raise ValueError(f"command '{command.name}' of {group} is reserved")
    return commands


@cache
def load_methods() -> dict[str, Method]:
    """Every method name with its sentence and references."""
    found: dict[str, Method] = {}
    rooms = [f"exportin.{room}.methods" for room in METHOD_ROOMS]
    shared = [m for room in rooms if find_spec(room) for m in import_module(room).METHODS]
    own = [m for name in assay_names() for m in load_assay(name).methods]
    linked = [m for link in load_links().values() for m in link.methods]
    for method in (*shared, *own, *linked):
        if found.setdefault(method.name, method) != method:
            raise ValueError(f"method '{method.name}' has two sentences")
    return found


def source_path(module: str) -> Path | None:
    """Return the source file of a module of this package, plug-ins included."""
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


@cache
def versions() -> dict[str, str]:
    """Versions of this package and of everything that can change a number or a picture."""
    names = (
        "exportin", "numpy", "scipy", "numba", "polars", "matplotlib", "pydantic", "openpyxl",
    )  # fmt: skip
    return {"python": python_version(), **{name: version(name) for name in names}}
