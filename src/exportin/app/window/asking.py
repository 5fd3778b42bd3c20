"""Questions of a block as JSON, in the order of the study file."""

from typing import Any

from exportin.study.load import Study


def questions_json(study: Study, name: str) -> list[dict[str, Any]]:
    """List the compare tables of a block as they were written, with a sentence for each."""
    block = study.file.block.get(name)
    if block is None:
        return []
    return [
        {"index": index, "text": in_words(asked), **asked}
        for index, asked in enumerate(
            one.model_dump(mode="json", exclude_unset=True) for one in block.compare
        )
    ]


def in_words(asked: dict[str, Any]) -> str:
    """Say a question in a line.

    >>> in_words({"quantity": "ec50", "between": "treatment", "versus": "vehicle"})
    'ec50 between treatment, versus vehicle'
    """
    text = f"{asked['quantity']} between {asked['between']}"
    if asked.get("versus"):
        text += f", versus {asked['versus']}"
    if asked.get("groups"):
        text += f", of {' and '.join(asked['groups'])}"
    within = asked.get("within")
    if within:
        text += f", within {within if isinstance(within, str) else ' and '.join(within)}"
    if asked.get("modifier"):
        text += f", modified by {asked['modifier']}"
    if asked.get("all_pairs"):
        text += ", all pairs"
    return text + (", trend" if asked.get("trend") else "")
