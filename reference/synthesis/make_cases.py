"""Writes cases.csv: made-up differences of growth rates per model; rarely needed again."""

from pathlib import Path

import numpy as np

SHAPES = {  # models, standard deviation between models
    "two": (2, 0.02),
    "three": (3, 0.03),
    "three_alike": (3, 0.0),
    "five": (5, 0.02),
    "nine": (9, 0.015),
    "nine_alike": (9, 0.0),
    "twelve_far": (12, 0.2),
}


def main() -> None:
    rng = np.random.default_rng(20210217)
    lines = ["case,model,value,std_error"]
    for case, (models, sd) in SHAPES.items():
        errors = np.exp(rng.normal(np.log(0.012), 0.5, models))
        values = rng.normal(-0.03, np.hypot(sd, errors))
        lines += [
            f"{case},M{i + 1},{value:.6f},{error:.6f}"
            for i, (value, error) in enumerate(zip(values, errors, strict=True))
        ]
    Path(__file__).with_name("cases.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
