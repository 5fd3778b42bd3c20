"""Turns the user's mistakes into messages; no traceback reaches a user."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

Progress = Callable[[str, int, int], None]


@contextmanager
def guarded(*, as_json: bool = False) -> Iterator[None]:
    """Print input problems (code 2) and our own bugs (code 1) without a traceback."""
    from exportin.tables.problems import InputError, errors_first, grouped

    try:
        yield
    except typer.Exit:
        raise
    except InputError as error:
        problems = errors_first(error.problems)
        if as_json:
            from dataclasses import asdict

            typer.echo(json.dumps({"problems": [asdict(p) for p in problems]}, indent=1))
        else:
            for problem in grouped(problems):
                mark = "" if problem.severity == "error" else "note: "
                typer.echo(plain(f"{mark}{problem}"), err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.echo("Stopped. What was finished is kept; run again to go on.", err=True)
        raise typer.Exit(130) from None
    except BrokenPipeError:  # the reader has seen enough, as in ``exportin why ... | head``
        close_output()
        raise typer.Exit(0) from None
    except OSError as error:
        typer.echo(plain(f"{error.filename or 'system'}: {error.strerror or error}."), err=True)
        raise typer.Exit(2) from None
    except Exception as error:  # noqa: BLE001 - a user never sees a traceback
        import os
        import traceback

        if os.environ.get("EXPORTIN_DEBUG"):
            traceback.print_exc()
        typer.echo(
            plain(
                f"This is a bug in exportin, not in your study: {type(error).__name__}: {error}."
                " Set EXPORTIN_DEBUG=1 and run again for the details a report needs."
            ),
            err=True,
        )
        raise typer.Exit(1) from None


def close_output() -> None:
    """Send what is still to be printed nowhere, so that closing says nothing either."""
    import os
    import sys

    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # no real output, as in a notebook
        return


def plain(text: str) -> str:
    """Show control characters, line ends included, instead of sending them to the terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def say(text: str) -> None:
    """Print a line whose names may come from a stranger's files."""
    typer.echo(plain(text))


def say_if_cold() -> None:
    """Warn of the one wait that looks like a hang: the first use compiles the inner loops."""
    from exportin.compiled import is_cold

    if is_cold():
        typer.echo("First use of this version: compiling takes about half a minute.", err=True)


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress | None]:
    """Show what is being computed on standard error; nothing where no one watches."""
    import sys

    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def show(what: str, done: int, total: int) -> None:
            task = tasks.setdefault(what, bar.add_task(plain(what), total=total))
            bar.update(task, completed=done, total=total)  # type: ignore[arg-type]

        yield show
