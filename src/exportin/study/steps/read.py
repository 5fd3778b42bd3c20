"""Step ``read``: the bytes of one raw file to a raw kind."""

from collections.abc import Mapping
from typing import Any

from exportin.contract.reader import Reader, Request
from exportin.study.as_values import gives, read_as
from exportin.study.discover import load_assay, load_readers
from exportin.study.frames import problems_to_json, put_blobs, put_frame, put_json, put_meta
from exportin.study.store import Store
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.table import Table


def read(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Read one file; problems are a result too, so that all files are looked at."""
    source = Source(name=params["file"], data=store.get(inputs["file"]))
    request = Request(kind=load_assay(params["assay"]).consumes, **params["request"])
    try:
        reader = find_reader(source, request.kind, params["reader"])
        table = read_as(reader, source, request)
    except InputError as error:
        return {"problems": put_json(store, problems_to_json(error.problems))}
    blobs = put_blobs(store, table)
    return {
        "table": put_frame(store, table.frame),
        "meta": put_meta(store, table, blobs),
        **{f"blob:{name}": digest for name, digest in blobs.items()},
    }


def find_reader(source: Source, kind: type[Table], name: str | None) -> Reader:
    """Return the reader the user named, or the first that recognizes the content.

    Raises
    ------
    InputError
        If no reader that can give this raw kind recognizes the file.
    """
    fitting = [reader for reader in load_readers() if gives(reader, kind)]
    for reader in fitting:
        if reader.name == name or (name is None and reader.sniff(source)):
            return reader
    known = ", ".join(f"{reader.title} ({reader.name})" for reader in fitting)
    message = "no reader recognizes this file."
    if name is not None:
        message = f"reader '{name}' does not give {kind.kind}, which this assay needs."
    remedy = f"These formats can be read here: {known}."
    raise InputError(
        Problem(file=source.name, place="", message=message, remedy=remedy, code="unread-file")
    )
