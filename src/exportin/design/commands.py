"""``exportin design``: allocate animals to arms, test by it, plan how many, see what dropout does.

Heavy imports stand inside the functions, so that --help is quick.
"""

from pathlib import Path
from typing import Annotated

import typer

from exportin.contract.command import Command

AsJson = Annotated[bool, typer.Option("--json", help="print machine-readable JSON")]
Seed = Annotated[int, typer.Option(help="start of the random numbers")]


def allocate(
    animals: Annotated[Path, typer.Argument(metavar="ANIMALS", help="table: a row per animal")],
    *,
    arms: Annotated[str, typer.Option(help="arms with commas, the control first")],
    out: Annotated[Path, typer.Option(help="folder to write; none of its files may exist")],
    seed: Annotated[int, typer.Option(help="start of the random numbers; stands in the log")],
    sizes: Annotated[
        str, typer.Option(help="animals (cages) per arm: 8, or 10,8,8; empty: as many as fit")
    ] = "",
    method: Annotated[
        str, typer.Option(help="rerandomized, blocked (by volume) or complete")
    ] = "rerandomized",
    criterion: Annotated[
        str, typer.Option(help="imbalance: mahalanobis or max_smd")
    ] = "mahalanobis",
    bound: Annotated[
        float | None, typer.Option(help="largest imbalance, instead of --accept")
    ] = None,
    accept: Annotated[
        float | None,
        typer.Option(help="share of allocations within the bound; empty: 0.1, more if few animals"),
    ] = None,
    by: Annotated[str, typer.Option(help="animal, or cage where whole cages are treated")]
    = "animal",
    strata: Annotated[str, typer.Option(help="columns to allocate within: sex")] = "",
    volume: Annotated[str, typer.Option(help="volumes that may enter, in mm3: 80-200")] = "",
    unit: Annotated[str, typer.Option(help="mm3 or cm3, where the heading does not say")] = "",
    json: AsJson = False,
) -> None:  # fmt: skip
    """Allocate animals or whole cages to arms by chance, within an imbalance bound.

    Writes design.csv (for exportin run), bench_codes.csv, sealed_codes.csv, balance.csv,
    excluded.csv and the log allocation.json.
    """
    from exportin.design.allocating import make_allocation
    from exportin.design.allocation_files import allocation_files, log_record, write_allocation
    from exportin.design.allocation_text import print_allocation
    from exportin.design.animals import read_animals
    from exportin.design.text_tables import say_json
    from exportin.design.wishes import make_wish

    wish = make_wish(arms=arms, seed=seed, sizes=sizes, method=method, criterion=criterion,
                     bound=bound, accept=accept, by=by, strata=strata, volume=volume)  # fmt: skip
    made = make_allocation(read_animals(animals, unit=unit, strata=wish.strata), wish)
    write_allocation(allocation_files(made), out)
    if json:
        say_json(log_record(made))
    else:
        print_allocation(made, out)


def retest_values(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="folder of the allocation")],
    values: Annotated[
        Path, typer.Argument(metavar="VALUES", help="table of animals, or estimates.csv")
    ],
    *,
    value: Annotated[str, typer.Option(help="column, or quantity of estimates.csv")],
    arms: Annotated[
        str, typer.Option(help="arm and the one it is compared with; empty: all with the control")
    ] = "",
    alternative: Annotated[str, typer.Option(help="two-sided, less or greater")] = "two-sided",
    seed: Seed = 1,
    json: AsJson = False,
) -> None:
    """Test a difference of arms by the allocations that could have been drawn instead."""
    from dataclasses import asdict

    from exportin.design.retest_text import print_retests
    from exportin.design.retesting import read_log, read_values, retest
    from exportin.design.text_tables import say_json
    from exportin.design.wishes import listed, refused
    from exportin.tables.problems import nearest

    known = ("two-sided", "less", "greater")
    if alternative not in known:
        raise refused("--alternative", f"'{alternative}' is unknown.", nearest(alternative, known))
    pair = listed(arms)
    if pair and (len(pair) != 2 or pair[0] == pair[1]):
        raise refused("--arms", f"'{arms}' is no pair.", "Write ARM,CONTROL.")
    if seed < 0:
        raise refused("--seed", f"{seed} is below zero.", "Write 0 or more.")
    found = retest(
        read_log(log), read_values(values, value), pairs=[(pair[0], pair[1])] if pair else (),
        alternative=alternative, seed=seed,  # type: ignore[arg-type]  # checked above
    )  # fmt: skip
    if json:
        say_json([asdict(one) for one in found])
    else:
        print_retests(found, value)


def power(
    *,
    arms: Annotated[str, typer.Option(help="arms with commas, the control first")]
    = "control,treated",
    n: Annotated[str, typer.Option("--n", help="animals per arm, one or several: 5,8,10")] = "",
    power: Annotated[
        float | None, typer.Option("--power", help="find n for this power, in percent")
    ] = None,
    effect: Annotated[
        str, typer.Option(help="percent taken from the growth rate: 40, or NAME=40,NAME=60")
    ] = "",
    tvi: Annotated[str, typer.Option(help="instead: percent smaller on a day: 60@35")] = "",
    growth_rate: Annotated[
        float | None, typer.Option(help="growth of the control, ln volume per day")
    ] = None,
    doubling: Annotated[float | None, typer.Option(help="instead: its doubling time, days")] = None,
    start: Annotated[float | None, typer.Option(help="mean volume at the start, mm3")] = None,
    start_sd: Annotated[
        float | None, typer.Option(help="SD of ln volume at the start between animals")
    ] = None,
    rate_sd: Annotated[
        float | None, typer.Option(help="SD of growth rates between animals, per day")
    ] = None,
    visit_sd: Annotated[
        float | None, typer.Option(help="SD of ln volume between visits of an animal")
    ] = None,
    correlation: Annotated[float, typer.Option(help="of start and growth rate")] = 0.0,
    before: Annotated[
        Path | None,
        typer.Option("--from", help="study folder, or table of visits, to take numbers from"),
    ] = None,
    model: Annotated[str, typer.Option(help="model of that study")] = "",
    variation: Annotated[
        str, typer.Option(help="published controls: kulgap-lower, kulgap-median, kulgap-upper")
    ] = "",
    visits: Annotated[str, typer.Option(help="days of visits: 0,4,7,11")] = "",
    every: Annotated[float, typer.Option(help="instead: days between visits")] = 3.5,
    until: Annotated[float, typer.Option(help="and the last day")] = 42.0,
    limit: Annotated[float, typer.Option(help="volume of sacrifice, mm3; 0: none")] = 1500.0,
    threshold: Annotated[float, typer.Option(help="volume timed for log-rank, mm3")] = 1000.0,
    missed: Annotated[float, typer.Option(help="probability that a visit is missed")] = 0.0,
    dropout: Annotated[float, typer.Option(help="share of animals lost for other reasons")] = 0.0,
    cage_size: Annotated[int, typer.Option(help="animals per cage")] = 1,
    icc: Annotated[float, typer.Option(help="share of variance that cage mates have in common")]
    = 0.0,
    by: Annotated[str, typer.Option(help="animal, or cage where whole cages are treated")]
    = "animal",
    analyses: Annotated[str, typer.Option(help="which, with commas; the first is searched for")]
    = "",
    alpha: Annotated[float, typer.Option(help="level of the tests")] = 0.05,
    adjust: Annotated[str, typer.Option(help="over several arms: holm or none")] = "holm",
    studies: Annotated[int, typer.Option(help="simulated studies per size")] = 400,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option(help="CSV file to write")] = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    """Simulate a growth study and say how often each analysis finds what is, and is not, there."""
    options = dict(locals())
    from exportin.design.power_plan import make_plan
    from exportin.design.power_tables import (
        power_csv,
        power_record,
        print_power,
        simulate_plan,
    )
    from exportin.design.text_tables import say_json, saying_on, warn_if_cold
    from exportin.design.variation import built_in, from_before
    from exportin.design.wishes import listed, refused

    if out is not None and (out.exists() or out.suffix.casefold() != ".csv"):
        raise refused("--out", f"'{out}' exists or does not end in .csv.", "Name a new CSV file.")
    if before is not None and variation:
        raise refused("--from", "--variation is given as well.", "Leave one out.")
    warn_if_cold()
    progress = saying_on(quiet=json)
    spread = built_in(variation) if variation else None
    if before is not None:
        spread = from_before(before, control=next(iter(listed(arms)), ""), model=model)
    plan = make_plan(options, spread)
    tables, search = simulate_plan(plan, progress)
    if progress is not None:
        progress("")
    if out is not None and tables:
        out.write_bytes(power_csv(tables))
    if json:
        say_json(power_record(plan, tables, search))
    else:
        print_power(plan, tables, search)


def dropout(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="folder of a study with results")],
    *,
    block: Annotated[str, typer.Option(help="block; empty: all of tumor growth")] = "",
    model: Annotated[str, typer.Option(help="tumor model; empty: all")] = "",
    limit: Annotated[
        float | None,
        typer.Option(help="volume of sacrifice, mm3; 0: none; empty: read from the data"),
    ] = None,
    day: Annotated[
        float | None,
        typer.Option(
            help="day of the T/C; empty: the last visit (of two controls, if growth bends)"
        ),
    ] = None,
    studies: Annotated[int, typer.Option(help="simulated studies with effect, and without")] = 200,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option(help="CSV file to write")] = None,
    json: AsJson = False,
) -> None:
    """Simulate a study from its own fit and say which analysis survives the animals that left."""
    from exportin.design.dropout_plan import plans_of
    from exportin.design.dropout_tables import (
        laboratory_csv,
        laboratory_record,
        print_laboratories,
        simulate_dropout,
    )
    from exportin.design.text_tables import say_json, saying_on, warn_if_cold
    from exportin.design.wishes import check_dropout

    check_dropout(studies=studies, seed=seed, limit=limit, out=out)
    warn_if_cold()
    progress = saying_on(quiet=json)
    plans, left_out = plans_of(study, block=block, model=model, limit=limit, day=day)
    found = [simulate_dropout(one, studies=studies, seed=seed, progress=progress) for one in plans]
    if progress is not None:
        progress("")
    if out is not None:
        out.write_bytes(laboratory_csv(found))
    if json:
        say_json(laboratory_record(found, left_out, studies=studies, seed=seed))
        return
    print_laboratories(found, left_out, studies=studies, seed=seed)


COMMANDS = (
    Command(name="allocate", summary="Allocate animals or cages to arms by chance.", run=allocate),
    Command(name="test", summary="Test by what else could have been drawn.", run=retest_values),
    Command(name="power", summary="Power and type I error of each analysis, simulated.", run=power),
    Command(name="dropout", summary="Which analysis survives the animals that left.", run=dropout),
)
