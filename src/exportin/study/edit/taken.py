"""A file on its way into a study, and what is said of it when it is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from exportin.study.front_door import Recognised

SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A file that was taken into a study.

    Parameters
    ----------
    name
        As it was given.
    stored
        Its path in the study.
    reader, title
        Who read it.
    kind
        Raw kind of its rows.
    assay, block
        Who takes it; empty for a layout or a list of plates.
    said
        What it tells, what it still needs, and what was assumed.
    joined
        Whether it went to a block that was there before.
    """

    name: str
    stored: str
    reader: str
    title: str
    kind: str
    assay: str
    block: str
    said: tuple[str, ...]
    joined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Bytes with what they are called here and what they were recognized as."""

    given: str
    name: str
    data: bytes
    one: Recognised
    notes: tuple[str, ...] = field(default=())

    def added(
        self,
        given: str,
        places: Mapping[str, str],
        *,
        block: str = "",
        again: bool = False,
        joined: bool = False,
        more: Sequence[str] = (),
    ) -> Added:
        """Return what is said of it; ``again``: the same bytes were there already."""
        stored = places[self.name]
        suggestion = self.one.suggestion
        said = [*suggestion.said, *self.notes, *more]
        if again:
            said = [f"The same bytes are there as {stored}; nothing was added."]
        elif stored.rsplit("/", 1)[-1] != given:
            said.append(f"It is called {stored} here.")
        return Added(
            name=given,
            stored=stored,
            reader=self.one.reader.name,
            title=self.one.reader.title,
            kind=self.one.kind,
            assay=suggestion.assay,
            block=block or suggestion.assay,
            said=tuple(said),
            joined=joined,
        )


def in_words(names: Sequence[str]) -> str:
    """Name files for a list of changes.

    >>> in_words(["raw/a.csv"]), in_words(["a", "b", "c", "d"])
    ('raw/a.csv', '4 files (a, b, c and 1 more)')
    """
    if len(names) == 1:
        return names[0]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{len(names)} files ({', '.join(names[:SHOWN])}{more})"
