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
        return [*fixed, *(name for name in command_groups() if name not in fixed)]

    def get_command(self, ctx: Context, cmd_name: str) -> Any:
        """Return a fixed command, or the group of a room."""
        fixed = super().get_command(ctx, cmd_name)
        if fixed is None and cmd_name in command_groups():
            return Room(name=cmd_name, help=f"Commands of {cmd_name}.", no_args_is_help=True)
        return fixed


class Room(TyperGroup):
    """The commands of one room."""

    @cached_property
    def _loaded(self) -> dict[str, Any]:
        from exportin.study.discover import load_commands

        built = typer.Typer(pretty_exceptions_enable=False)
        built.callback()(lambda: None)
        for command in load_commands(str(self.name)):
            built.command(command.name, help=command.summary)(_guarded(command.run))
        return dict(get_group(built).commands)

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the names of the room's commands."""
        del ctx
        return sorted(self._loaded)

    def get_command(self, ctx: Context, cmd_name: str) -> Any:
        """Return one command of the room."""
        del ctx
        return self._loaded.get(cmd_name)


def _guarded(run: Callable[..., None]) -> Callable[..., None]:
    @wraps(run)
    def inner(*args: Any, **options: Any) -> None:
        with guarded(as_json=bool(options.get("json"))):
            run(*args, **options)

    return inner
