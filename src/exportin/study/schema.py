"""JSON Schema of ``study.toml``, assays' own settings included, for editors."""

from copy import deepcopy
from typing import Any

from exportin.study.discover import assay_names, load_assay
from exportin.study.model import Block, StudyFile


def study_schema() -> dict[str, Any]:
    """Return the schema; each assay's settings stand beside the shared keys of a block."""
    schema = StudyFile.model_json_schema(by_alias=True)
    defs = schema["$defs"]
    shared = defs.pop(Block.__name__)
    kinds = [_block_of(name, shared, defs) for name in assay_names()]
    schema["properties"]["block"]["additionalProperties"] = {"anyOf": kinds}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "exportin study file"
    return schema


def _block_of(name: str, shared: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    own = load_assay(name).settings.model_json_schema()
    defs |= own.pop("$defs", {})
    block = deepcopy(shared)
    block["properties"] |= own.get("properties", {})
    block["properties"]["assay"] = {"const": name}
    block["required"] = sorted({*block.get("required", []), *own.get("required", [])})
    block["title"] = load_assay(name).title
    return block
