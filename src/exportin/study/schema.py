"""JSON Schema of ``study.toml``, assays' own settings included, for editors."""

from copy import deepcopy
from typing import Any

from exportin.study.discover import assay_names, load_assay, load_links
from exportin.study.model import Block, LinkBlock, StudyFile


def study_schema() -> dict[str, Any]:
    """Return the schema; settings of assays and links stand beside the keys that all share."""
    schema = StudyFile.model_json_schema(by_alias=True)
    defs = schema["$defs"]
    shared = defs.pop(Block.__name__)
    kinds = [_block_of(name, shared, defs) for name in assay_names()]
    schema["properties"]["block"]["additionalProperties"] = {"anyOf": kinds}
    shared = defs.pop(LinkBlock.__name__)
    links = [_link_of(name, shared, defs) for name in load_links()]
    schema["properties"]["link"]["additionalProperties"] = {"anyOf": links} if links else shared
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


def _link_of(name: str, shared: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    own = load_links()[name].settings.model_json_schema()
    defs |= own.pop("$defs", {})
    link = deepcopy(shared)
    link["properties"] |= own.get("properties", {})
    link["properties"]["use"] = {"const": name}
    link["required"] = sorted({*link.get("required", []), *own.get("required", [])})
    link["title"] = load_links()[name].title
    return link
