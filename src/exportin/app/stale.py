"""Whether results/ still says what the study gives now."""

import json
from hashlib import sha256

from exportin.study.export import csv_bytes
from exportin.study.outcome import Outcome
from exportin.study.publish import RECORD, RESULTS


def stale_line(outcome: Outcome) -> str:
    """Return a line to print where results/ is older than what it was made of, else nothing."""
    folder = outcome.study.folder
    try:
        record = json.loads((folder / RESULTS / RECORD).read_text(encoding="utf-8"))
        files = {name: dict(block["files"]) for name, block in record["blocks"].items()}
        results, last = dict(record["results"]), record["last_exclusion"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""  # nothing was published, or 'exportin verify' has more to say
    older = ""
    if last != (outcome.ledger[-1].digest if outcome.ledger else None):
        older = "the ledger"
    elif any(files.get(block.name) != dict(block.files) for block in outcome.blocks):
        older = "the raw files"
    elif any(
        results.get(name) != sha256(csv_bytes(table.frame)).hexdigest()
        for name, table in (("estimates.csv", outcome.estimates()), ("tests.csv", outcome.tests()))
    ):
        older = "the study"
    return f"{RESULTS}/ is older than {older}: run exportin run {folder}" if older else ""
