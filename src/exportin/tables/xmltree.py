"""XML files of instruments and of Prism: parsed without entities, refused with a place."""

import codecs
import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

MAX_BYTES = 200_000_000  # the same ceiling as for text and for unpacked workbooks
DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
HEAD = 4096


def parse_xml(source: Source) -> Element:
    """Return the root of an XML file; names keep their namespace (see `local`).

    The encoding is the declared one, except that a byte order mark wins.

    Raises
    ------
    InputError
        It is no well-formed XML, ends early, or brings entities of its own.

    >>> parse_xml(Source(name="a.xml", data=b"<a><b>1</b></a>"))[0].text
    '1'
    """
    if len(source.data) > MAX_BYTES:
        raise InputError(no_xml(source, f"it has {len(source.data) / 1e6:.0f} MB"))
    try:
        root: Element = fromstring(unmarked(source.data), forbid_dtd=True)
    except ParseError as error:
        raise InputError(broken(source, error)) from error
    except DefusedXmlException as error:
        why = "it defines entities or a document type of its own"
        raise InputError(no_xml(source, why)) from error
    except (ValueError, LookupError, RecursionError, MemoryError) as error:
        raise InputError(no_xml(source, str(error)[:80] or "it is nested too deeply")) from error
    return root


def unmarked(data: bytes) -> bytes | str:
    """Return the text of a file with a byte order mark, without the declared encoding.

    Some exports say one encoding in the first line and are written in another.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            text = data.decode(encoding).lstrip("\ufeff")
            return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    return data


def head_text(data: bytes, size: int = HEAD) -> str:
    """Return the first letters of a file in any encoding, for telling formats apart.

    >>> head_text("<a>".encode("utf-16"))
    '<a>'
    """
    return data[:size].replace(b"\x00", b"").decode("latin-1").lstrip("\xff\xfeï»¿ \r\n\t")


def local(element: Element) -> str:
    """Return the name of an element without its namespace.

    >>> local(Element("{http://example.org}Table"))
    'Table'
    """
    return str(element.tag).rsplit("}", 1)[-1]


def kids(element: Element, name: str) -> list[Element]:
    """Return the children of this name."""
    return [child for child in element if local(child) == name]


def kid(element: Element, name: str) -> Element | None:
    """Return the first child of this name."""
    return next((child for child in element if local(child) == name), None)


def text_of(element: Element | None) -> str:
    """Return all text below an element, markup taken out; empty for none.

    >>> text_of(fromstring("<T>IC<Sub>50</Sub> </T>"))
    'IC50'
    """
    return "" if element is None else "".join(element.itertext()).strip()


def broken(source: Source, error: ParseError) -> Problem:
    """Return the problem of XML that is cut off or damaged."""
    line, column = error.position
    return Problem(
        file=source.name,
        place=f"line {line}, column {column + 1}",
        message="The XML ends early or is damaged here.",
        remedy="Export or save the file again.",
        code="damaged-xml",
    )


def no_xml(source: Source, why: str) -> Problem:
    """Return the problem of a file that is no XML we read."""
    return Problem(
        file=source.name,
        place="",
        message=f"This XML file cannot be read: {why}.",
        remedy="Export or save the file again.",
        code="unreadable-xml",
    )
