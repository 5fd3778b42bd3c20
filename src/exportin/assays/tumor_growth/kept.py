"""What was made of equal inputs is made once: the visits of a model are asked for again and again.

One exclusion asks the same of the same animals a dozen times (three questions, a program for each
test), and of animals that it does not touch. What is given back was made of inputs that are equal
in every cell, so it is never older than what it was made of.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

import polars as pl

T = TypeVar("T")


class _Held(NamedTuple, Generic[T]):
    inputs: tuple[object, ...]
    value: T
    size: int


@dataclass(slots=True)
class Kept(Generic[T]):
    """The last things made, with what they were made of.

    No lock: a process that is forked while another thread holds one would wait for ever. Two
    threads may make the same thing twice; both are right.

    Parameters
    ----------
    most
        Sizes of all that is kept may add up to this; the oldest goes first, the newest stays.

    Examples
    --------
    >>> kept = Kept[list[int]](most=10)
    >>> one = pl.DataFrame({"day": [1.0, 2.0]})
    >>> first = kept.of("a", (one, "mm3"), 2, lambda: [1])
    >>> kept.of("a", (one.clone(), "mm3"), 2, lambda: [2])
    [1]
    >>> kept.of("a", (one, "mL"), 2, lambda: [3])
    [3]
    """

    most: int
    _held: dict[Hashable, _Held[T]] = field(default_factory=dict, repr=False)

    def of(self, name: Hashable, inputs: tuple[object, ...], size: int, make: Callable[[], T]) -> T:
        """Return what was made of equal inputs under this name, else make it.

        Frames are compared cell by cell, all else by ``==``; of two inputs of one name the later
        is kept.
        """
        found = self._held.get(name)
        if found is not None and _equal(found.inputs, inputs):
            value = found.value
        else:
            value = make()
            # a frame that its owner changes in place must not change here too
            inputs = tuple(one.clone() if isinstance(one, pl.DataFrame) else one for one in inputs)
            found = _Held(inputs, value, size)
        self._held.pop(name, None)
        self._held[name] = found
        self._let_go()
        return value

    def _let_go(self) -> None:
        held = list(self._held.items())
        total = sum(one.size for _, one in held)
        for name, one in held[:-1]:
            if total <= self.most:
                return
            self._held.pop(name, None)
            total -= one.size


def _equal(held: tuple[object, ...], given: tuple[object, ...]) -> bool:
    return len(held) == len(given) and all(
        _same(one, other) for one, other in zip(held, given, strict=True)
    )


def _same(one: object, other: object) -> bool:
    if isinstance(one, pl.DataFrame) and isinstance(other, pl.DataFrame):
        return one.dtypes == other.dtypes and one.equals(other)
    return one == other
