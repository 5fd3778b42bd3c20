"""Count and digest with FlowKit what lies in each gate: python make_expected.py FCS_FOLDER.

Also writes values of the logicle scale by FlowUtils. Needs a Python environment of its own with
flowkit (see README.md).
"""

import csv
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import flowkit
import numpy as np
from flowutils import transforms

HERE = Path(__file__).parent
FILES = {
    "accuri": "B01 KC-A-W---91-US.fcs",
    "attune": "G11.fcs",
    "facscalibur": "data1.fcs",
}
NOT_IN_MATRIX = {"accuri": ["Width"]}  # FlowKit wants every other channel in the matrix
LOGICLES = (
    (262144, 0.5, 4.5, 0), (262144, 0, 4.5, 0), (262144, 1, 4.5, 0), (10000, 1, 4, 0.5),
    (1023, 0.3, 3.5, -0.2), (262144, 2.25, 4.5, 0), (16777216, 1.2, 7.2, 0),
)  # fmt: skip
VALUES = (-1e5, -1000, -100, -10, -1, -1e-3, 0, 1e-6, 0.5, 1, 7, 33, 100, 1e3, 1e4, 262144, 3e6)


def gates(folder: Path) -> None:
    rows = []
    for name, file in FILES.items():
        strategy = flowkit.parse_gating_xml(str(HERE / f"{name}.xml"))
        sample = flowkit.Sample(str(folder / file), null_channel_list=NOT_IN_MATRIX.get(name))
        found = strategy.gate_sample(sample)
        for gate, path in strategy.get_gate_ids():
            try:  # a quadrant gate itself holds nothing, its quadrants do
                mask = np.asarray(found.get_gate_membership(gate, path), dtype=bool)
            except (KeyError, flowkit.exceptions.FlowKitException):
                print("left out:", gate)
                continue
            digest = sha256(np.packbits(mask).tobytes()).hexdigest()[:16]
            rows.append((name, file, gate, len(mask), int(mask.sum()), digest))
    write("expected.csv", ("gates", "file", "gate", "events", "inside", "sha256_packed"), rows)


def logicles() -> None:
    rows = []
    for T, W, M, A in LOGICLES:
        x = np.array(VALUES, dtype=float).reshape(-1, 1)
        y = transforms.logicle(x, [0], t=T, m=M, w=W, a=A)
        rows += [
            (T, W, M, A, repr(float(v)), repr(float(p)))
            for v, p in zip(x[:, 0], y[:, 0], strict=True)
        ]
    write("logicle.csv", ("T", "W", "M", "A", "value", "place"), rows)


def write(name: str, head: tuple[str, ...], rows: list[tuple]) -> None:
    with (HERE / name).open("w", newline="", encoding="utf-8") as out:
        csv.writer(out, lineterminator="\n").writerows([head, *rows])


if __name__ == "__main__":
    gates(Path(sys.argv[1]))
    logicles()
    said = [f"{name} {version(name)}" for name in ("flowkit", "flowutils", "flowio", "numpy")]
    (HERE / "versions.txt").write_text("\n".join(said) + "\n", encoding="utf-8")
