"""Design columns that the study file asks for by name must stand in some table."""

from collections.abc import Iterator, Sequence

from exportin.study.model import Block, Compare
from exportin.tables.problems import Problem, nearest

NOT_KEYS = ("row_id", "file", "well", "channel", "value", "cause")


def check_asked(columns: Sequence[str], name: str, block: Block) -> Iterator[Problem]:
    """Give a problem for every name that no table has; its place is a key path."""
    known = [column for column in columns if column not in NOT_KEYS]
    wanted = [(f"block.{name}.keys", key) for key in block.keys]
    for number, compare in enumerate(block.compare):
        wanted += [(f"block.{name}.compare.{number}.{at}", key) for at, key in _asked(compare)]
    for place, key in wanted:
        if key not in columns:
            message = f"no table has the column '{key}'."
            remedy = nearest(key, known)
            yield Problem(
                file="study.toml", place=place, message=message, remedy=remedy, code="no-key"
            )


def _asked(compare: Compare) -> Iterator[tuple[str, str]]:
    yield "between", compare.between
    within = compare.within or []
    for key in [within] if isinstance(within, str) else within:
        yield "within", key
    if compare.modifier:
        yield "modifier", compare.modifier
