"""The MIFlowCyt table: what the files and the study say, and what is left for people to say."""

from collections.abc import Iterable, Mapping, Sequence

from exportin.contract.sheet import Cell, Sheet
from exportin.events.checklist_settings import MiflowcytText
from exportin.tables.events import EventData, Events

OPEN = "not stated in the study file"
SHOWN = 6
"""Different values of one keyword that are listed."""
DIGEST = 12


def miflowcyt(
    rows: Events,
    said: MiflowcytText,
    *,
    variables: str,
    channels: Sequence[str],
    compensation: str,
    scales: str,
    gates: str,
) -> Sheet:
    """Fill MIFlowCyt 1.0 from the tubes, the study and the words of people.

    Parameters
    ----------
    rows
        The tubes; their keywords say date, instrument and voltages.
    said
        Words of people, from ``[block.NAME.miflowcyt]``.
    variables
        What was varied: lines, treatments, experiments.
    channels
        Channels that the analysis uses.
    compensation, scales, gates
        Sentences of the assay: which spill-over was taken out, how axes are scaled, which gates
        were drawn and what share of their parent they hold.

    Returns
    -------
    Sheet
        Item, what, in this study; Lee et al. 2008.
    """
    tubes = [rows.open(row_id) for row_id in rows.frame.get_column("row_id")]
    keywords = [tube.keywords for tube in tubes]
    items = (
        ("1.1", "Purpose", said.purpose or OPEN),
        ("1.2", "Keywords", said.keywords or OPEN),
        ("1.3", "Variables", variables),
        ("1.4, 1.5", "Organization, contact", said.organization or OPEN),
        ("1.6", "Date", _values(keywords, "$DATE")),
        ("1.7", "Conclusions", said.conclusions or OPEN),
        ("1.8", "Quality control", said.quality or OPEN),
        ("2.1, 2.2", "Material", said.material or _values(keywords, "$SRC", "$SMNO")),
        ("2.3", "Treatment of samples", said.treatment or OPEN),
        ("2.4", "Fluorescence reagents", said.reagents or _stains(tubes, channels)),
        ("3.1, 3.3", "Maker, configuration", said.instrument or OPEN),
        ("3.2", "Instrument", _values(keywords, "$CYT", "$CYTSN")),
        ("3.3", "Detector voltages", _voltages(tubes, channels)),
        ("4.1", "List-mode files", _files(rows)),
        ("4.2", "Compensation", compensation),
        ("4.3", "Transformation", f"{scales} {said.transformation}".strip()),
        ("4.4", "Gates", gates),
    )
    return Sheet(
        name="miflowcyt",
        title="MIFlowCyt",
        header=("Item", "What", "In this study"),
        rows=tuple(tuple(Cell(text) for text in item) for item in items),
        note=(
            "Filled from the files and the study file as far as they say it; the rest is for the "
            "people who know: [block.NAME.miflowcyt]. Lee JA, et al. Cytometry A 2008;73:926-930."
        ),
    )


def _values(keywords: Iterable[Mapping[str, str]], *names: str) -> str:
    """List the different values of keywords over all tubes."""
    found = []
    held = list(keywords)
    for name in names:
        values = sorted({words[name].strip() for words in held if words.get(name, "").strip()})
        more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
        if values:
            found.append(f"{name}: {', '.join(values[:SHOWN])}{more}")
    return "; ".join(found) or "not in the files"


def _stains(tubes: Sequence[EventData], channels: Sequence[str]) -> str:
    pairs = {
        f"{channel.name}: {channel.stain}"
        for tube in tubes
        for channel in tube.channels
        if channel.name in channels and channel.stain and channel.stain != channel.name
    }
    return "; ".join(sorted(pairs)) or OPEN


def _voltages(tubes: Sequence[EventData], channels: Sequence[str]) -> str:
    """Say the voltage of each channel used, and where tubes differ in it."""
    found: dict[str, set[str]] = {}
    for tube in tubes:
        for number, channel in enumerate(tube.channels, start=1):
            volts = tube.keywords.get(f"$P{number}V", "").strip()
            if channel.name in channels and volts:
                found.setdefault(channel.name, set()).add(volts)
    words = [
        f"{name} {' and '.join(sorted(volts))} V" + (" (tubes differ)" if len(volts) > 1 else "")
        for name, volts in sorted(found.items())
    ]
    return "; ".join(words) or "not in the files"


def _files(rows: Events) -> str:
    origins = rows.origins
    first = ", ".join(f"{o.file} ({o.sha256[:DIGEST]})" for o in origins[:2])
    return f"{len(origins)} files; SHA-256 of each in run.json" + (
        f": {first} ..." if first else ""
    )
