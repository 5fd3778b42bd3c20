"""Tables to Allotrope simple model (ASM) JSON: plate readers and qPCR."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from exportin.readers.allotrope.plates import OWN_CHANNEL, SIGNALS
from exportin.tables.gridvalues import SIZE
from exportin.tables.kinds import MEASURED_AT, CycleThresholds, WellReadings
from exportin.tables.problems import InputError, Problem
from exportin.tables.workbook import cell_text

PLATES = "http://purl.allotrope.org/manifests/plate-reader/REC/2024/06/plate-reader.manifest"
QPCR = "http://purl.allotrope.org/manifests/pcr/REC/2024/09/qpcr.manifest"
CHANNEL = re.compile(rf"({'|'.join(SIGNALS)})(?: ([0-9.]+)(?:/([0-9.]+))?)?$")
PROFILES = {
    "absorbance": "absorption profile",
    "fluorescence": "fluorescence emission profile",
    "luminescence": "luminescence profile",
}
UNITS = {"absorbance": "mAU", "fluorescence": "RFU", "luminescence": "RLU"}
ROLES = {"unknown": "unknown sample role", "standard": "standard sample role"}
CONTROL = "control sample role"
NO_TIME = "1970-01-01T00:00:00+00:00"  # the model needs a time; this one stands for none
NOT_KNOWN = "N/A"
NOT_GIVEN = "Value not provided in instrument file"
VOLUME = "\u03bcL"
CYCLE = "cycle threshold result (qPCR)"
THRESHOLD = "cycle threshold value setting (qPCR)"
Node = dict[str, Any]


def write_asm(table: WellReadings | CycleThresholds, *, signal: str = "") -> bytes:
    """Return a table as ASM JSON that `allotrope` reads back into the same values.

    Parameters
    ----------
    table
        Readings of plates, or cycles of a qPCR run.
    signal
        ``absorbance``, ``fluorescence`` or ``luminescence``, where the channel does not say it.

    A missing value is written as converters do: -0.0 with an error document that names it.

    Raises
    ------
    InputError
        The signal is not known, a row has no well, or a value cannot be written.
    """
    rows = list(table.frame.iter_rows(named=True))
    if any(row.get("well") is None for row in rows):
        raise InputError(fault("A row has no well.", "Only readings of plates can be written."))
    bad = [r["row_id"] for r in rows if r["value"] is not None and not math.isfinite(r["value"])]
    if bad:
        raise InputError(fault(f"'{bad[0]}' is a number without end.", "Leave it out."))
    plates = isinstance(table, WellReadings)
    groups: dict[tuple[str, str], list[Node]] = {}
    for row in rows:
        groups.setdefault((row["sample_id"] if plates else "", row["well"]), []).append(row)
    documents = [
        plate_document(group, signal) if plates else qpcr_document(group)
        for group in groups.values()
    ]
    head, item = ("plate reader", "plate reader") if plates else ("qpcr", "qpcr")
    tree = {
        "$asm.manifest": PLATES if plates else QPCR,
        f"{head} aggregate document": {
            f"{item} document": documents,
            "data system document": system(table),
            "device system document": {
                "device identifier": NOT_KNOWN,
                "model number": NOT_KNOWN,
                "equipment serial number": NOT_KNOWN,
            },
        },
    }
    return json.dumps(tree, indent=1, ensure_ascii=False, allow_nan=False).encode()


def system(table: WellReadings | CycleThresholds) -> Node:
    """Return where the numbers came from."""
    files = table.frame.get_column("file").unique().sort().to_list()
    name = ", ".join(files) or NOT_KNOWN
    return {
        "ASM file identifier": f"{name.rsplit('/', 1)[-1]}.json",
        "data system instance identifier": NOT_KNOWN,
        "file name": name,
        "UNC path": NOT_KNOWN,
        "ASM converter name": "exportin",
        "ASM converter version": NOT_KNOWN,
        "software name": NOT_KNOWN,
    }


def plate_document(rows: list[Node], signal: str) -> Node:
    """Return one well of one plate with all its reads, points in time together."""
    first = rows[0]
    channels: dict[str, list[Node]] = {}
    for row in rows:
        channels.setdefault(str(row["channel"]), []).append(row)
    return {
        "measurement aggregate document": {
            "measurement document": [plate_measurement(r, signal) for r in channels.values()],
            "measurement time": first.get(MEASURED_AT) or NO_TIME,
            **valued("plate well count", first.get(SIZE) or 0.0, "#"),  # 0: not known
            "container type": "well plate",
        }
    }


def plate_measurement(rows: list[Node], declared: str) -> Node:
    """Return one read of one well: a value, or a curve over time."""
    row = rows[0]
    name, settings = device(str(row["channel"]), declared)
    well = short(row["well"])
    said = row.get("content") or f"{row['sample_id']} {well}"
    sample: Node = {
        "sample identifier": said,
        "location identifier": well,
        "well plate identifier": row["sample_id"],
    }
    if row.get("sample_role"):
        sample["sample role type"] = row["sample_role"]
    if row.get("group"):
        sample["custom information document"] = {"group identifier": row["group"]}
    out: Node = {
        "device control aggregate document": {"device control document": [settings]},
        "sample document": sample,
        "measurement identifier": row["row_id"],
        "custom information document": {OWN_CHANNEL: row["channel"]} if row["channel"] else {},
    }
    timed = row.get("time_s") is not None
    wrong = [
        {
            "error": one["cause"] or "empty",
            "error feature": f"{cell_text(one['time_s'])}s" if timed else name,
        }
        for one in rows
        if one["value"] is None
    ]
    if row.get("instrument_flag"):
        wrong.append({"error": row["instrument_flag"], "error feature": "instrument flag"})
    if wrong:
        out["error aggregate document"] = {"error document": wrong}
    unit = row.get("unit") or UNITS.get(name, "(unitless)")
    if timed:
        return out | {f"{PROFILES.get(name, name)} data cube": cube(name, rows, unit)}
    return out | {name: {"value": -0.0 if row["value"] is None else row["value"], "unit": unit}}


def cube(name: str, rows: list[Node], unit: str) -> Node:
    """Return the points of a kinetic read; a missing one is null and named in the errors."""
    return {
        "label": name,
        "cube-structure": {
            "dimensions": [
                {"@componentDatatype": "double", "concept": "elapsed time", "unit": "s"}
            ],
            "measures": [{"@componentDatatype": "double", "concept": name, "unit": unit}],
        },
        "data": {
            "dimensions": [[row["time_s"] for row in rows]],
            "measures": [[row["value"] for row in rows]],
        },
    }


def device(channel: str, declared: str) -> tuple[str, Node]:
    """Return the signal of a channel and the device settings that its name states."""
    match = CHANNEL.match(channel)
    if match is None and declared not in SIGNALS:
        remedy = f"Name it: signal = one of {', '.join(SIGNALS[:3])}."
        raise InputError(fault(f"The channel '{channel}' does not say what was measured.", remedy))
    name = match[1] if match else declared
    out: Node = {"device type": "plate reader", "detection type": name}
    if match and match[3]:
        out |= valued("excitation wavelength setting", float(match[2]), "nm")
        out |= valued("detector wavelength setting", float(match[3]), "nm")
    elif match and match[2]:
        out |= valued("detector wavelength setting", float(match[2]), "nm")
    return name, out


def qpcr_document(rows: list[Node]) -> Node:
    """Return one well of a run with all its targets."""
    return {
        "measurement aggregate document": {
            "measurement document": [qpcr_measurement(row) for row in rows],
            "experimental data identifier": rows[0].get("run") or NOT_KNOWN,
            "experiment type": "comparative CT qPCR experiment",
            "container type": "PCR reaction block",
            **valued("plate well count", 0.0, "#"),  # the model needs both; 0: not known
            **valued("well volume", -0.0, VOLUME),
            "error aggregate document": {
                "error document": [
                    {"error": NOT_GIVEN, "error feature": name}
                    for name in ("plate well count", "well volume")
                ]
            },
        }
    }


def qpcr_measurement(row: Node) -> Node:
    """Return the cycle of one target in one well."""
    task = row.get("task") or ""
    sample: Node = {
        "sample identifier": row["sample_id"] or NOT_KNOWN,
        "location identifier": row["well"],
        "well location identifier": row["well"],
        "sample role type": ROLES.get(task, CONTROL) if task else ROLES["unknown"],
    }
    custom = {
        "task": task, "group identifier": row.get("group"), "quantity": row.get("quantity"),
    }  # fmt: skip
    custom = {name: value for name, value in custom.items() if value not in (None, "")}
    if custom:
        sample["custom information document"] = custom
    processing = valued(THRESHOLD, row.get("threshold"), "(unitless)")
    data: Node = {"data processing document": processing} if processing else {}
    if row["value"] is not None:
        data[CYCLE] = {"value": row["value"], "unit": "(unitless)"}
    if row.get("melt_temperature") is not None:
        data["custom information document"] = {"Tm1": row["melt_temperature"]}
    out: Node = {
        "device control aggregate document": {"device control document": [dye_of(row)]},
        "measurement identifier": row["row_id"],
        "measurement time": row.get(MEASURED_AT) or NO_TIME,
        "sample document": sample,
        "processed data aggregate document": {"processed data document": [data]},
        "target DNA description": row["target"] or NOT_KNOWN,
    }
    if row["value"] is None:
        error = {"error": row["cause"] or "empty", "error feature": CYCLE}
        out["error aggregate document"] = {"error document": [error]}
    return out


def dye_of(row: Node) -> Node:
    """Return the device settings of a qPCR well."""
    dye = {"reporter dye setting": row["dye"]} if row.get("dye") else {}
    return {"device type": "qPCR", "measurement method identifier": NOT_KNOWN} | dye


def valued(name: str, value: float | None, unit: str) -> Mapping[str, Any]:
    """Return a key with a number and its unit, nothing for none."""
    if value is None:
        return {}
    whole = isinstance(value, float) and value.is_integer()
    return {name: {"value": int(value) if whole and unit == "#" else value, "unit": unit}}


def short(well: str) -> str:
    """Write a well as the model's examples do.

    >>> short("A01"), short("AF48")
    ('A1', 'AF48')
    """
    return re.sub(r"(?<=[A-Z])0", "", well)


def fault(message: str, remedy: str) -> Problem:
    """Return the problem of a table that cannot be written."""
    return Problem(file=".json", place="", message=message, remedy=remedy, code="asm-export")
