"""The fixed commands. Heavy imports stand inside the functions, so that --help is quick."""

from pathlib import Path
from typing import Annotated

import typer

from exportin.app.guard import guarded, progress_bar, say
from exportin.app.rooms import WithRooms

app = typer.Typer(
    cls=WithRooms,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Raw instrument files in; honest estimates, tests, figures and a report out.",
)
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="study folder (holds study.toml)")]
AsJson = Annotated[bool, typer.Option("--json", help="print machine-readable JSON")]


@app.command()
def new(
    folder: Folder,
    assay: Annotated[
        list[str] | None, typer.Option(help="assay to start with; may be repeated")
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="FILE", help="raw file to start with; may be repeated"),
    ] = None,
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="more files after --from")
    ] = None,
) -> None:
    """Start a study folder, from raw files or for an assay."""
    with guarded():
        from exportin.app.reading import start_study

        start_study(folder, tuple(assay or ()), (*(files or ()), *(more or ())))


@app.command()
def read(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="raw file of an instrument")
    ] = None,
    formats: Annotated[bool, typer.Option("--formats", help="list what can be read")] = False,
    kind: Annotated[str, typer.Option(help="raw kind, where the file gives several")] = "",
    reader: Annotated[str, typer.Option(help="name of the format, instead of looking")] = "",
    channel: Annotated[str, typer.Option(help="only this read of the file")] = "",
    sheet: Annotated[str, typer.Option(help="only this sheet of a workbook")] = "",
    decimal: Annotated[str, typer.Option(help="decimal mark: . or ,")] = "",
    json: AsJson = False,
) -> None:
    """Show what a raw file is, what it holds and what was not read; no study needed."""
    with guarded(as_json=json):
        from exportin.app.reading import print_formats, print_read
        from exportin.study.front_door import open_source, read_file

        if formats or file is None:
            print_formats(as_json=json)
            return
        found = read_file(
            open_source(file), kind=kind, reader=reader, channel=channel, sheet=sheet,
            decimal=decimal,
        )  # fmt: skip
        print_read(found, as_json=json)


@app.command()
def check(folder: Folder, json: AsJson = False) -> None:
    """List every problem of a study at once: file, line, what to write instead."""
    with guarded(as_json=json):
        from exportin.app.printing import print_problems
        from exportin.study.run import check_study

        problems = check_study(folder)
        print_problems(problems, as_json=json)
        raise typer.Exit(2 if any(p.severity == "error" for p in problems) else 0)


@app.command()
def run(
    folder: Folder,
    workers: Annotated[int, typer.Option(min=0, help="worker processes; 0: one per core")] = 0,
    json: AsJson = False,
) -> None:
    """Compute what changed and write results/, with report.html; safe to kill and repeat."""
    with guarded(as_json=json):
        from exportin.app.guard import say_if_cold
        from exportin.app.printing import print_outcome
        from exportin.report.document import build_report
        from exportin.study.engine import available_cores
        from exportin.study.publish import publish
        from exportin.study.run import run_study

        say_if_cold()
        with progress_bar(quiet=json) as progress:
            outcome = run_study(folder, workers=workers or available_cores(), progress=progress)
            written = publish(outcome, {"report.html": build_report(outcome)})
        print_outcome(outcome, written, as_json=json)


@app.command()
def show(
    folder: Folder,
    block: Annotated[str, typer.Argument(help="only this block")] = "",
    r: Annotated[bool, typer.Option("--r", help="print the R call that gives each test")] = False,
    json: AsJson = False,
) -> None:
    """Print estimates and tests in the terminal."""
    with guarded(as_json=json):
        from exportin.app.printing import print_r, print_results
        from exportin.app.stale import stale_line
        from exportin.study.run import run_study

        outcome = run_study(folder)
        if r:
            print_r(outcome, block)
        else:
            print_results(outcome, block, as_json=json)
        old = "" if json or r else stale_line(outcome)
        if old:
            say(old)


@app.command()
def exclude(
    folder: Folder,
    block: Annotated[str, typer.Argument(help="block of the study file")],
    rows: Annotated[
        list[str],
        typer.Argument(metavar="ROW...", help="file:well; or a sample, unit or file: all its rows"),
    ],
    reason: Annotated[str, typer.Option(help="why; required unless --undo")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="take the exclusion back")] = False,
) -> None:
    """Leave rows out of every number, with a reason; raw files are never touched."""
    with guarded():
        from exportin.study.exclude import exclude_rows

        entry = exclude_rows(folder, block, tuple(rows), reason=reason, undo=undo)
        word = "taken back" if undo else "excluded"
        say(f"line {entry.number} of exclusions.jsonl: {len(entry.rows)} row(s) {word}.")


@app.command()
def why(folder: Folder, id: str, json: AsJson = False) -> None:
    """Show what a number came from: numbers of units, settings, file digests, rows."""
    with guarded(as_json=json):
        from exportin.app.walking import print_walk
        from exportin.study.why import why as walk_back

        print_walk(walk_back(folder, id), as_json=json)


@app.command()
def serve(
    folder: Folder,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one")] = 0,
    browser: Annotated[bool, typer.Option(help="open the browser")] = True,
    max_mb: Annotated[int, typer.Option(min=1, help="largest file to drop in, in MB")] = 200,
    json: AsJson = False,
) -> None:
    """Open a window on a study in the browser of this machine; a new folder starts empty."""
    with guarded(as_json=json):
        from exportin.app.serving import serve

        serve(folder, port=port, browser=browser, as_json=json, file_mb=max_mb)


@app.command()
def verify(folder: Folder, json: AsJson = False) -> None:
    """Check that raw files, results and ledger are what the last run recorded."""
    with guarded(as_json=json):
        from exportin.app.printing import print_problems
        from exportin.study.verify import verify_study

        problems = verify_study(folder)
        print_problems(problems, as_json=json)
        raise typer.Exit(2 if problems else 0)


@app.command()
def simulate(
    assay: Annotated[str, typer.Argument(help="assay whose files are to be made")],
    folder: Folder,
    scenario: Annotated[str, typer.Option(help="which of the assay's scenarios")] = "default",
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Write a study folder with raw files of known truth."""
    with guarded():
        from exportin.study.new import simulate_study

        files = simulate_study(assay, folder, scenario=scenario, seed=seed)
        say(f"{folder}: wrote {len(files)} files (simulated). Next: exportin run {folder}")


@app.command()
def fit(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV, TSV, .xlsx or Parquet")],
    curve: Annotated[str, typer.Option(help="columns that tell curves apart: A,B")],
    dose: Annotated[str, typer.Option(help="column with the dose")],
    response: Annotated[str, typer.Option(help="column with the response")],
    out: Annotated[Path, typer.Option(help="file to write: .csv or .parquet")],
    vehicle: Annotated[
        str,
        typer.Option(
            help="response of vehicle: 1, 100 (percent), or dose0: each curve's own wells"
        ),
    ] = "1",
    level: Annotated[
        list[float] | None, typer.Option(help="percent taken away; 50 is the IC50; repeatable")
    ] = None,
    conf_level: Annotated[float, typer.Option(min=0.5, max=0.999)] = 0.95,
    json: AsJson = False,
) -> None:
    """Fit every dose-response curve of a table of wells; no study needed."""
    with guarded(as_json=json):
        from exportin.app.fit_files import fit_file, vehicle_word
        from exportin.app.fit_printing import print_fits
        from exportin.app.guard import say_if_cold

        say_if_cold()
        names = [name.strip() for name in curve.split(",") if name.strip()]
        beside = vehicle_word(vehicle)
        found = fit_file(
            table, curve=names, dose=dose, response=response, out=out, vehicle=beside,
            levels=tuple(level or (50.0,)), conf_level=conf_level,
        )  # fmt: skip
        print_fits(found, out, dose=dose, vehicle=beside, as_json=json)


@app.command()
def export(
    folder: Folder,
    out: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=".xlsx, .pptx, .pzfx (Prism), .csv or .zip (RO-Crate); of a figure .svg, .pdf, "
            ".png, .tiff, .pptx or .csv",
        ),
    ],
    figure: Annotated[
        str, typer.Option(metavar="BLOCK/NAME", help="only this figure, at a journal's width")
    ] = "",
    column: Annotated[
        str, typer.Option(help="width of the figure: single (85 mm) or double (178 mm)")
    ] = "",
) -> None:
    """Write a study, or one figure, for Excel, PowerPoint, Prism, a journal or a referee."""
    with guarded():
        from exportin.app.exporting import export_file

        say(export_file(folder, out, figure, column))


@app.command()
def rerun(
    archive: Annotated[Path, typer.Argument(metavar="FILE.zip", help="study packed by export")],
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="new folder to keep; none: not kept")
    ] = None,
    json: AsJson = False,
) -> None:
    """Compute a packed study again and compare every result; code 0: all are the same."""
    with guarded(as_json=json):
        from exportin.app.exporting import print_rerun, rerun_file
        from exportin.app.guard import say_if_cold

        say_if_cold()
        with progress_bar(quiet=json) as progress:
            found = rerun_file(archive, folder, progress)
        print_rerun(found, kept=folder is not None, as_json=json)
        raise typer.Exit(2 if found.different else 0)


@app.command()
def schema() -> None:
    """Print the JSON Schema of study.toml."""
    with guarded():
        import json as json_text

        from exportin.study.schema import study_schema

        typer.echo(json_text.dumps(study_schema(), indent=1))
