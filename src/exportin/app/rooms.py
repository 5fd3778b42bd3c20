"""Commands that rooms add, as ``exportin ROOM COMMAND``; a room is imported when one is used."""

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from exportin.app.guard import guarded
from exportin.study.folders import command_groups

Context = Any  # click's, which typer may bring itself


class WithRooms(TyperGroup):
    """The fixed commands, and one group per room that has commands; fixed names win."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Return fixed names, then rooms."""
        fixed = super().list_commands(ctx)
        return [*fixed, *(_typed(name) for name in command_groups() if name not in fixed)]

    def get_command(self, ctx: Context, cmd_name: str) -> Any:
        """Return a fixed command, or the group of a room."""
        fixed = super().get_command(ctx, cmd_name)
        group = cmd_name.replace("-", "_")
        if fixed is None and group in command_groups():
            return Room(name=group, help=f"Commands of {cmd_name}.", no_args_is_help=True)
        return fixed


def _typed(group: str) -> str:
    return group.replace("_", "-")


class Room(TyperGroup):
    """The commands of one room; a plain one runs where no other is named."""

    plain: str | None = None

    @cached_property
    def _loaded(self) -> dict[str, Any]:
        from exportin.app.raw_files import with_files
        from exportin.study.discover import load_commands

        built = typer.Typer(pretty_exceptions_enable=False)
        built.callback()(lambda: None)
        for command in load_commands(str(self.name)):
            run = command.run if command.reads is None else with_files(command.run, command.reads)
            built.command(command.name, help=command.summary)(_guarded(run))
            self.plain = command.name if command.plain else self.plain
        return dict(get_group(built).commands)

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the names of the room's commands."""
        del ctx
        return sorted(self._loaded)

    def get_command(self, ctx: Context, cmd_name: str) -> Any:
        """Return one command of the room."""
        del ctx
        return self._loaded.get(cmd_name)

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Name the plain command where a person named none, and did not ask for help."""
        named = bool(args) and (args[0] in self._loaded or args[0] == "--help")
        if args and not named and self.plain:
            args = [self.plain, *args]
        return list(super().parse_args(ctx, args))


def _guarded(run: Callable[..., None]) -> Callable[..., None]:
    @wraps(run)
    def inner(*args: Any, **options: Any) -> None:
        with guarded(as_json=bool(options.get("json"))):
            run(*args, **options)

    return inner
