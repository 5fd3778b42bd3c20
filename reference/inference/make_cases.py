"""Write the small input files of the inference reference (made-up numbers, fixed seed)."""

import csv
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "cases"
RNG = np.random.default_rng(1908)


def draw(n: int, mean: float, sd: float, digits: int = 3) -> list[float]:
    return [round(float(v), digits) for v in RNG.normal(mean, sd, n)]


def write(name: str, header: list[str], rows: list[tuple[object, ...]]) -> None:
    with (HERE / name).open("w", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def sixteenths(n: int, mean: float, sd: float) -> list[float]:
    """1e9 plus whole sixteenths: exact in double precision."""
    return [1e9 + round(float(v) * 16) / 16 for v in RNG.normal(mean, sd, n)]


def two_groups() -> None:
    cases = {
        "plain": (draw(5, 10, 2), draw(6, 13, 2)),
        "unequal": (draw(3, 5, 1), draw(9, 7, 4)),
        "n2": ([1.3, 2.1], [4.2, 5.9]),
        "n3": ([1.31, 2.12, 1.77], [4.23, 5.94, 2.05]),
        "two_and_forty": (draw(2, 8, 1), draw(40, 5, 2)),
        "huge": (sixteenths(5, 3, 2), sixteenths(7, 5, 2)),
        "tiny": ([v * 1e-12 for v in draw(6, 3, 1)], [v * 1e-12 for v in draw(5, 5, 1)]),
        "far": (draw(8, 0, 1), draw(8, 60, 1)),
        "middle": (draw(12, 10, 3), draw(15, 12, 3)),
        "ties": ([1, 2, 2, 3, 4, 4, 5, 7], [3, 4, 5, 5, 6, 8, 9]),
        "large": (draw(60, 10, 3, 4), draw(55, 11, 3, 4)),
        "large_ties": (draw(60, 10, 3, 0), draw(55, 11, 3, 0)),
    }
    rows = [(c, g, v) for c, (a, b) in cases.items() for g, w in (("a", a), ("b", b)) for v in w]
    write("two_groups.csv", ["case", "group", "value"], rows)


def pairs() -> None:
    def made(n: int, digits: int = 3) -> list[tuple[float, float]]:
        base = draw(n, 20, 4, digits)
        added = draw(n, 1.2, 1.5, digits)
        return [(b, round(b + d, digits)) for b, d in zip(base, added, strict=True)]

    cases = {
        "plain": made(7),
        "n2": [(1.2, 2.5), (1.9, 2.7)],
        "n6": made(6),
        "huge": list(zip(sixteenths(6, 3, 2), sixteenths(6, 5, 2), strict=True)),
        "tiny": [(a * 1e-12, b * 1e-12) for a, b in made(6)],
        "ties": [(1, 3), (2, 4), (5, 4), (7, 10), (3, 8), (6, 5), (2, 5), (4, 9)],
        "zeros": [(1, 3), (2, 2), (5, 4), (7, 10), (3, 8), (6, 6), (2, 6), (4, 9), (1, 7)],
        "middle": made(20),
        "large": made(60, 5),
        "large_ties": [(float(round(a)), float(round(b)) + 0.5) for a, b in made(60)],
    }
    rows = [(c, a, b) for c, w in cases.items() for a, b in w]
    write("pairs.csv", ["case", "a", "b"], rows)


def one_way() -> None:
    sizes = {
        "balanced": (4, 4, 4, 4), "unbalanced": (3, 7, 5, 4), "n2": (2, 2, 2), "two": (4, 6),
        "lopsided": (2, 12, 3, 9, 4), "tiny": (4, 5, 3), "huge": (4, 5, 3),
        "strong": (4, 4, 4), "seven": (3, 3, 4, 3, 3, 5, 3),
    }  # fmt: skip
    rows: list[tuple[object, ...]] = []
    for case, ns in sizes.items():
        for i, n in enumerate(ns):
            step = 25.0 if case == "strong" else 1.1
            values = sixteenths(n, 3 + i, 2) if case == "huge" else draw(n, 10 + step * i, 2)
            values = [v * 1e-12 for v in values] if case == "tiny" else values
            rows += [(case, f"g{i}", v) for v in values]
    write("one_way.csv", ["case", "group", "value"], rows)


def blocked() -> None:
    rows: list[tuple[object, ...]] = []
    for case in ("complete", "missing", "replicated", "huge"):
        for b in range(4):
            lift = float(RNG.normal(0, 5))
            for g in range(4):
                if case == "missing" and (b, g) in {(1, 2), (3, 0)}:
                    continue
                n = int(RNG.integers(1, 4)) if case == "replicated" else 1
                made = (
                    sixteenths(n, 3 + g + lift, 1) if case == "huge" else draw(n, 9 + g + lift, 1)
                )
                rows += [(case, f"e{b}", f"g{g}", v) for v in made]
    write("blocked.csv", ["case", "block", "group", "value"], rows)


def two_way() -> None:
    rows: list[tuple[object, ...]] = []
    for case in ("balanced", "unbalanced", "blocked", "blocked_missing", "n2", "tiny", "huge"):
        blocks = 3 if case.startswith("blocked") else 1
        na, nb = (2, 2) if case == "n2" else (3, 2)
        for k in range(blocks):
            lift = float(RNG.normal(0, 3)) if blocks > 1 else 0.0
            for a in range(na):
                for b in range(nb):
                    if case == "blocked_missing" and (k, a, b) == (1, 2, 0):
                        continue
                    n = 1 if blocks > 1 else 3
                    n = (
                        int(RNG.integers(1, 6))
                        if case == "unbalanced"
                        else 2
                        if case == "n2"
                        else n
                    )
                    mean = 10 + a + 2 * b + 1.5 * a * b + lift
                    made = sixteenths(n, mean, 1.5) if case == "huge" else draw(n, mean, 1.5)
                    made = [v * 1e-12 for v in made] if case == "tiny" else made
                    rows += [(case, f"e{k}", f"a{a}", f"b{b}", v) for v in made]
    write("two_way.csv", ["case", "block", "a", "b", "value"], rows)


def double_pairs() -> None:
    rows: list[tuple[object, ...]] = []
    for case, n in (("n2", 2), ("n3", 3), ("n6", 6)):
        rows += [
            (case, f"e{k}", *draw(1, 9, 1), *draw(1, 5, 1), *draw(1, 6, 1), *draw(1, 5, 1))
            for k in range(n)
        ]
    write("double_pairs.csv", ["case", "block", "tw", "cw", "to", "co"], rows)


def trend() -> None:
    rows: list[tuple[object, ...]] = []
    for case in ("plain", "log", "blocked", "huge"):
        for k in range(3):
            lift = float(RNG.normal(0, 2)) if case == "blocked" else 0.0
            for dose in (0.0, 1.0, 2.0, 3.0):
                score = round(dose * 0.4771212547, 10) if case == "log" else dose
                mean = 5 + 0.6 * dose + lift
                value = sixteenths(1, mean, 1)[0] if case == "huge" else draw(1, mean, 1)[0]
                rows.append((case, f"e{k}", score, value))
    write("trend.csv", ["case", "block", "score", "value"], rows)


def p_values() -> None:
    cases = {
        "plain": [0.01, 0.02, 0.03, 0.04, 0.05],
        "ties": [0.04, 0.01, 0.04, 0.2, 0.001, 0.01],
        "one": [0.3],
        "ugly": [0.0, 1.0, 1e-300, 0.5, 0.9999, 0.05, 0.049],
        "drawn": [float(v) for v in RNG.beta(0.5, 2.0, 15)],
    }
    write("p_values.csv", ["case", "p"], [(c, repr(p)) for c, w in cases.items() for p in w])


def slopes() -> None:
    """Experiments that respond differently, and some that lack doses; a generator of its own."""
    rng = np.random.default_rng(20271)
    rows: list[tuple[object, ...]] = []
    kept = {
        "plain": [4] * 4,
        "log": [4] * 6,
        "gaps": [4, 4, 2, 3, 1],
        "two": [4, 4],
        "huge": [4] * 3,
    }
    for case, doses in kept.items():
        for k, count in enumerate(doses):
            slope, lift = 0.3 + float(rng.normal(0, 0.2)), float(rng.normal(0, 1))
            for dose in range(count):
                score = round(dose * 0.4771212547, 10) if case == "log" else float(dose)
                value = round(16 * (5 + lift + slope * dose + float(rng.normal(0, 0.1)))) / 16
                rows.append((case, f"e{k}", score, 1e9 + value if case == "huge" else value))
    write("slopes.csv", ["case", "block", "score", "value"], rows)


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for make in (
        two_groups,
        pairs,
        one_way,
        blocked,
        two_way,
        double_pairs,
        trend,
        p_values,
        slopes,
    ):
        make()
