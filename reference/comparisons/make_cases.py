"""Write the made-up cases of the reference of pooling and comparisons with bounds (fixed seed)."""

import csv
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
RNG = np.random.default_rng(1964)


def write(name: str, header: list[str], rows: list[tuple[object, ...]]) -> None:
    with (HERE / name).open("w", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def panel() -> None:
    """Six lines of three or four experiments, some values cut at a top dose."""
    rows: list[tuple[object, ...]] = []
    for line, center in enumerate((1.8, 2.1, 2.4, 2.9, 3.1, 3.2)):
        for unit in range(4 if line == 2 else 3):
            value = round(float(RNG.normal(center, 0.15)), 3)
            rows.append((f"L{line}", f"E{unit}", min(value, 3.0), int(value > 3.0)))
    write("panel.csv", ["line", "unit", "value", "censor"], rows)


def lines() -> None:
    """Lines with a property, a subtype and a potency that may be a bound."""
    rows: list[tuple[object, ...]] = []
    for case, n in (("seven", 7), ("twelve", 12), ("ties", 17)):
        x = RNG.normal(5.0, 1.0, n).round(1 if case == "ties" else 3)
        y = (0.3 * x + RNG.normal(0.0, 0.3, n)).round(3)
        top = 9.0 if case == "twelve" else float(np.quantile(y, 0.7).round(3))
        for i in range(n):
            group = "a" if i % 2 else "b"
            rows.append((case, f"L{i}", group, x[i], min(y[i], top), int(y[i] > top)))
    write("lines.csv", ["case", "line", "subtype", "expression", "value", "censor"], rows)


def two_curves() -> None:
    """Pairs of curves of one experiment."""
    rows: list[tuple[object, ...]] = []
    for case, ratio, noise in (("apart", 3.0, 0.05), ("same", 1.0, 0.05), ("noisy", 1.5, 0.1)):
        for curve, ec50, bottom, hill in (("a", 100.0 * ratio, 0.1, 1.2), ("b", 100.0, 0.2, 0.9)):
            for dose in 10.0 ** np.linspace(0.0, 4.0, 9):
                clean = bottom + (1.0 - bottom) / (1.0 + (dose / ec50) ** hill)
                for _ in range(3):
                    value = round(float(clean + RNG.normal(0.0, noise)), 4)
                    rows.append((case, curve, f"{dose:.6g}", value))
    write("two_curves.csv", ["case", "curve", "dose", "response"], rows)


if __name__ == "__main__":
    panel()
    lines()
    two_curves()
