"""The first letters of a text file, for a quick look at whose format it is."""

from exportin.tables.decode import guess_encoding
from exportin.tables.origin import Source

HEAD_BYTES = 65_536


def head_text(source: Source, length: int = HEAD_BYTES) -> str:
    r"""Return the beginning of a text file whatever its encoding; never raises.

    >>> head_text(Source(name="a.csv", data="Größe\r\n1".encode("utf-16")))
    'Größe\n1'
    """
    part = source.data[:length]
    text = part.decode(guess_encoding(part), errors="replace")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def head_cells(line: str) -> tuple[str, ...]:
    """Split a header line at tabs, semicolons or commas, whichever it holds most of.

    >>> head_cells('"Well";"Cq"')
    ('Well', 'Cq')
    """
    mark = max("\t;,", key=line.count)
    return tuple(cell.strip().strip('"').strip() for cell in line.split(mark))
