"""Which reader knows a file that gives a certain raw kind."""

from exportin.contract.reader import Reader
from exportin.study.discover import load_readers
from exportin.tables.origin import Source
from exportin.tables.table import Table


def recognised(source: Source, kind: type[Table]) -> Reader | None:
    """Return the first reader of a raw kind that recognises the content, if there is one."""
    for reader in load_readers():
        if kind in reader.kinds and reader.sniff(source):
            return reader
    return None
