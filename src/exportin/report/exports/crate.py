"""A study as a research object (RO-Crate, Process Run Crate): data, decisions, results, a rerun."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

from exportin.report.exports.plain_names import address_of, check_names
from exportin.report.exports.study_files import results_of, study_files
from exportin.study.outcome import Outcome
from exportin.tables.packing import pack

METADATA, PREVIEW, README = "ro-crate-metadata.json", "ro-crate-preview.html", "README.md"
CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    "https://w3id.org/ro/terms/workflow-run/context",
]
CRATE = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
RUN, PROGRAM, LICENSE = "#run", "#exportin", "#license-not-stated"
TYPES = {
    ".csv": "text/csv", ".tsv": "text/tab-separated-values", ".txt": "text/plain",
    ".toml": "application/toml", ".json": "application/json", ".jsonl": "application/jsonl",
    ".html": "text/html", ".svg": "image/svg+xml", ".md": "text/markdown",
    ".xml": "application/xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".fcs": "application/vnd.isac.fcs", ".pzfx": "application/xml", ".rdml": "application/zip",
    ".zip": "application/zip",
}  # fmt: skip
UNKNOWN_TYPE = "application/octet-stream"
DESCRIPTIONS = {
    "study.toml": "The plan: which files are which assay, what is compared with what.",
    "exclusions.jsonl": "Ledger of what was left out, by whom and why; each line seals the last.",
    "edits.jsonl": "Record of edits of the plan.",
    "results/estimates.csv": "Every number with its interval, n, method and id.",
    "results/tests.csv": "Every comparison with its effect and p value.",
    "results/flags.csv": "What rules and people said of raw rows.",
    "results/report.html": "The report.",
    "results/run.json": "Versions, seed, settings and the digest of every raw file and result.",
}


def study_crate(outcome: Outcome) -> bytes:
    """Pack a study so that a stranger can check it: raw files, decisions, results, digests.

    Parameters
    ----------
    outcome : Outcome
        Results of a run; its pictures are drawn here where they were not asked for.

    Returns
    -------
    bytes
        A zip with ``ro-crate-metadata.json``; ``exportin rerun FILE.zip`` computes everything
        again and compares. The same study gives the same bytes.

    Raises
    ------
    InputError
        A file of the study is gone or has changed since its numbers were computed.
    """
    inputs, results = study_files(outcome), results_of(outcome)
    check_names((README, METADATA, PREVIEW, *inputs, *results))
    folder = outcome.study.folder
    day = last_change(folder / name for name in inputs)
    files = {README: readme(outcome).encode(), **inputs, **results}
    graph = entities(outcome, inputs, results, files, day)
    text = json.dumps({"@context": CONTEXT, "@graph": graph}, indent=1, ensure_ascii=False)
    page = preview(outcome, files, day).encode()
    return pack({METADATA: (text + "\n").encode(), PREVIEW: page, **files})


def last_change(paths: Iterable[Path]) -> str:
    """Return the time of the newest file: a crate has no clock of its own."""
    newest = max(path.stat().st_mtime for path in paths)
    return datetime.fromtimestamp(int(newest), UTC).isoformat()


def entities(
    outcome: Outcome,
    inputs: Mapping[str, bytes],
    results: Mapping[str, bytes],
    files: Mapping[str, bytes],
    day: str,
) -> list[dict[str, Any]]:
    """Return everything the crate says, flat: each thing with its id."""
    title = outcome.study.file.study.title
    version = outcome.versions.get("exportin", "")
    assays = ", ".join(dict.fromkeys(block.title for block in outcome.blocks))
    about = f"Raw files, plan, decisions and results of the study '{title}' ({assays})."
    seed = outcome.study.file.study.seed
    others = [name for name in outcome.versions if name != "exportin"]
    return [
        {"@id": METADATA, "@type": "CreativeWork", "about": ref("./"), "conformsTo": ref(CRATE)},
        {
            "@id": "./", "@type": "Dataset", "name": title, "description": about,
            "datePublished": day, "license": ref(LICENSE), "conformsTo": [ref(PROFILE)],
            "hasPart": [ref(address_of(name)) for name in files], "mentions": [ref(RUN)],
        },
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        {
            "@id": LICENSE, "@type": "CreativeWork", "name": "No license stated",
            "description": "Whoever made this crate stated no license. Ask before you use it; "
                           "to state one, name it here in place of this entry.",
        },
        {
            "@id": RUN, "@type": "CreateAction", "name": f"Analysis of the study '{title}'",
            "description": "All results were computed from the raw files by the plan study.toml; "
                           f"do it again: exportin rerun FILE.zip (seed {seed}).",
            "actionStatus": "http://schema.org/CompletedActionStatus",
            "instrument": ref(PROGRAM),
            "object": [ref(address_of(name)) for name in inputs],
            "result": [ref(address_of(name)) for name in results],
        },
        {
            "@id": PROGRAM, "@type": "SoftwareApplication", "name": "exportin",
            "description": "A workbench for preclinical drug studies.",
            "version": version, "softwareVersion": version,
            "softwareRequirements": [ref(f"#{name}") for name in others],
        },
        *({"@id": f"#{name}", "@type": "SoftwareApplication", "name": name,
           "version": outcome.versions[name], "softwareVersion": outcome.versions[name]}
          for name in others),
        {"@id": PREVIEW, "@type": "CreativeWork", "about": ref("./")},
        *(file_entity(name, data) for name, data in files.items()),
    ]  # fmt: skip


def ref(name: str) -> dict[str, str]:
    """Point at an entity."""
    return {"@id": name}


def file_entity(name: str, data: bytes) -> dict[str, Any]:
    """Return what is said of one file."""
    said = {
        "@id": address_of(name),
        "@type": "File",
        "name": name,
        "sha256": sha256(data).hexdigest(),
        "contentSize": str(len(data)),
        "encodingFormat": TYPES.get(PurePosixPath(name).suffix.casefold(), UNKNOWN_TYPE),
    }
    return said | ({"description": DESCRIPTIONS[name]} if name in DESCRIPTIONS else {})


def readme(outcome: Outcome) -> str:
    """Return what a referee reads first."""
    title = " ".join(outcome.study.file.study.title.split())
    versions = ", ".join(f"{name} {version}" for name, version in outcome.versions.items())
    lines = [f"- {block.name}: {block.title}, {len(block.files)} raw file(s)"
             for block in outcome.blocks]  # fmt: skip
    return f"""# {title}

Everything this study is made of: raw files as the instruments wrote them, the plan
(`study.toml`), what was left out and why (`exclusions.jsonl`), and every result.

## Check it

With exportin {outcome.versions.get("exportin", "")} installed, one command unpacks the archive into
a new folder, computes everything again from the raw files and compares each result with the one
in here, byte by byte:

    exportin rerun FILE.zip

It ends with code 0 if all are the same, with 2 and a list if not. `exportin rerun FILE.zip DIR`
keeps the folder; `exportin why DIR ID` then walks any number back to its raw rows.

## What is in it

{chr(10).join(lines)}
- results/report.html: the report; results/*.csv: its numbers
- {METADATA}: every file with its digest (RO-Crate 1.1, Process Run Crate 0.5)

Made with {versions}. No license is stated; ask before you use the data.
"""


def preview(outcome: Outcome, files: Mapping[str, bytes], day: str) -> str:
    """Return the page that shows the crate in a browser; it has no script."""
    title = escape(outcome.study.file.study.title)
    rows = "\n".join(
        f'<tr><td><a href="{escape(address_of(name))}">{escape(name)}</a></td><td>{len(data)}</td>'
        f"<td>{escape(DESCRIPTIONS.get(name, ''))}</td><td><code>{sha256(data).hexdigest()}</code>"
        "</td></tr>"
        for name, data in files.items()
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body {{ font: 15px/1.5 sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }}
td, th {{ text-align: left; padding: .15rem .8rem .15rem 0; vertical-align: top }}
code {{ font-size: 75%; color: #555; word-break: break-all }}</style></head>
<body><h1>{title}</h1>
<p>Last change of its files: {escape(day)}. No license is stated. Computed by exportin
{escape(outcome.versions.get("exportin", ""))}; <code>exportin rerun FILE.zip</code> computes it
again and compares. Start with <a href="results/report.html">the report</a>.</p>
<table><tr><th>File</th><th>Bytes</th><th>What it is</th><th>sha256</th></tr>
{rows}
</table></body></html>
"""
