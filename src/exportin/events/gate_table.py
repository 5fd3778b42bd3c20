"""Gates that a reader found in a file, as the gates of this room."""

import json

from exportin.events.settings import GateSet
from exportin.tables.gates import GateTable


def gates_from(table: GateTable) -> GateSet:
    """Return the gates and matrices of a table of gates, checked against each other.

    Raises
    ------
    ValueError
        A row is no gate of this room; readers refuse such files.
    """
    rows = table.frame.select("what", "name", "definition").rows()
    gates = [json.loads(text) for what, _, text in rows if what == "gate"]
    matrices = {name: json.loads(text) for what, name, text in rows if what == "matrix"}
    return GateSet.model_validate({"gates": gates, "matrices": matrices})
