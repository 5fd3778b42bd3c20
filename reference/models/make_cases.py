"""Three made-up curves with noise: a Hill curve, two steps, and a rise before the fall."""

from pathlib import Path

import numpy as np

SEED = 20240807
HERE = Path(__file__).parent


def main() -> None:
    rng = np.random.default_rng(SEED)
    dose = np.repeat(np.geomspace(0.1, 1000.0, 9), 3)
    curves = {
        "hill": 0.05 + 0.95 / (1 + (dose / 20.0) ** 1.4),
        "steps": 0.4 / (1 + dose / 1.0) + 0.6 / (1 + dose / 200.0),
        "rise": (1.0 + 0.05 * dose) / (1 + (dose / 20.0) ** 2.5),
    }
    lines = ["curve,dose,response"]
    for name, height in curves.items():
        y = height + 0.03 * rng.normal(size=dose.size)
        lines += [f"{name},{d!r},{v!r}" for d, v in zip(dose.tolist(), y.tolist(), strict=True)]
    (HERE / "cases.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
