"""Every file of the corpus: accepted, accepted with listed repairs, or refused, word for word.

``corpus.json`` was written by ``EXPORTIN_REMAKE=1 pytest tests/badinput/test_corpus.py`` and every
text in it read by a person; the values of accepted files are checked by hand-made sums.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.badinput.corpus import FILES

EXPECTED = Path(__file__).with_name("corpus.json")
PLAIN = sum(1000 + 12 * row + col for row in range(8) for col in range(1, 13))
SUMS = {
    "I1 decimal comma": sum(
        row + (10 * col + 5) / 1000 for row in range(8) for col in range(1, 13)
    ),
    "I1 thousands point, decimal comma": sum(
        1000 + 100 * row + col + 0.5 for row in range(8) for col in range(1, 13)
    ),
    "I2 UTF-16": PLAIN,
    "I2 byte order mark": PLAIN,
    "I2 carriage returns only": PLAIN,
    "I2 mixed line ends": PLAIN,
    "I2 no line end": PLAIN,
    "I4 OVRFLW": PLAIN - 1029,
    "I4 #DIV/0!": PLAIN - 1029,
    "I4 empty": PLAIN - 1029,
    "I4 negative after blank": PLAIN - 1029 - 12.5,
    "I5 shifted": PLAIN,
    "I5 two plates, titled": 2 * PLAIN,
}


def outcome(name: str, folder: Path, cli: Callable[..., Any]) -> dict[str, Any]:
    """What ``exportin read`` makes of a file."""
    file, data = FILES[name]
    path = folder / file
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    said = cli("read", path, "--json")
    found = said.json()
    texts = found["problems"] if said.code else found["notes"]
    shown = [{k: p[k] for k in ("place", "message", "remedy")} for p in texts]
    if said.code:
        return {"outcome": "refused", "texts": shown}
    causes = sorted({row.get("cause") for row in found["rows"] if row.get("cause")})
    return {
        "outcome": "repaired" if shown else "accepted",
        "format": found["format"],
        "rows": len(found["rows"]),
        "causes": causes,
        "texts": shown,
    }


@pytest.mark.parametrize("name", FILES)
def test_outcome_and_words(name: str, tmp_path: Path, cli: Callable[..., Any]) -> None:
    found = outcome(name, tmp_path, cli)
    if os.environ.get("EXPORTIN_REMAKE"):
        known = json.loads(EXPECTED.read_text("utf-8")) if EXPECTED.exists() else {}
        text = json.dumps({**known, name: found}, indent=1, ensure_ascii=True)
        EXPECTED.write_text(text + "\n", "utf-8")
    expected = json.loads(EXPECTED.read_text("utf-8"))
    assert found == expected[name]
    for text in found["texts"]:
        assert text["message"]
        assert text["remedy"] or found["outcome"] != "refused"


@pytest.mark.parametrize("name", SUMS)
def test_values_of_accepted_files(name: str, tmp_path: Path, cli: Callable[..., Any]) -> None:
    file, data = FILES[name]
    path = tmp_path / file
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    rows = cli("read", path, "--json").json()["rows"]
    assert sum(row["value"] or 0.0 for row in rows) == pytest.approx(SUMS[name], rel=1e-12)


def test_nothing_of_the_corpus_is_left_out() -> None:
    expected = json.loads(EXPECTED.read_text("utf-8"))
    assert set(expected) == set(FILES)
    outcomes = [case["outcome"] for case in expected.values()]
    assert min(outcomes.count(word) for word in ("accepted", "repaired", "refused")) >= 5
