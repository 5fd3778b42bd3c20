"""Text of slides and charts: literal, escaped, wrapped; names are never markup."""

import unicodedata
from xml.sax.saxutils import escape

from exportin.figures.lettering import literal, width_mm


def shown(text: str) -> str:
    r"""Write control and invisible characters out; line ends stay.

    >>> shown("a\x07b"), shown("a\nb"), shown("日本")
    ('a\\x07b', 'a\nb', '日本')
    """
    return "".join(_shown(c) for c in text)


def _shown(character: str) -> str:
    if character == "\n" or unicodedata.category(character)[0] != "C":
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def xml_text(text: str) -> str:
    """Return text as it may stand in XML.

    >>> xml_text("a < b & c")
    'a &lt; b &amp; c'
    """
    return escape(shown(text))


def folded(text: str, limit: float, points: float) -> str:
    """Break text at its blanks so that lines keep to a width in mm, as far as words allow."""
    done = []
    for whole in text.split("\n"):
        line = ""
        for word in whole.split(" "):
            longer = f"{line} {word}".strip()
            if line and width_mm(literal(longer), points) > limit:
                done.append(line)
                longer = word
            line = longer
        done.append(line)
    return "\n".join(done)


def rich(text: str, size: float, *, bold: bool = False, color: str = "333333") -> str:
    """Return text as rich text of a chart; a paragraph per line."""
    style = f'sz="{round(size * 100)}" b="{int(bold)}"'
    fill = f'<a:solidFill><a:srgbClr val="{color}"/></a:solidFill>'
    lines = "".join(
        f'<a:p><a:pPr><a:defRPr {style}>{fill}</a:defRPr></a:pPr><a:r><a:rPr lang="en-US" {style}>'
        f"{fill}</a:rPr><a:t>{xml_text(line)}</a:t></a:r></a:p>"
        for line in text.split("\n")
    )
    return f'<a:bodyPr wrap="none"/><a:lstStyle/>{lines}'
