"""Method names: the sentence and the references that whoever coins a name keeps beside it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A paper or book, as it stands in the bibliography."""

    key: str
    text: str
    doi: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a number was made, in one sentence for the methods section."""

    name: str
    sentence: str
    references: tuple[Reference, ...] = ()
