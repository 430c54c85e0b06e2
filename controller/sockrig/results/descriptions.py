"""The docstrings under the fields of documents, for their JSON Schemas. Pure.

They are read from the models' source, and only when somebody asks for the schema: pydantic would do so each time that
the first document is written, which takes longer than everything else about it.
"""

import ast
import inspect
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import Any

from sockrig.results.model import flow, reach, run, search, step
from sockrig.search import goals


def described(schema: dict[str, Any], *modules: ModuleType) -> dict[str, Any]:
    """The schema with what each field means, of the result's classes and of those of these modules."""
    known = {
        name: fields
        for module in (run, step, flow, reach, search, goals, *modules)
        for name, fields in _descriptions(module).items()
    }
    for part in (schema, *schema.get("$defs", {}).values()):
        descriptions = known.get(part.get("title", ""), {})
        for key, property in part.get("properties", {}).items():
            if key in descriptions:
                property["description"] = descriptions[key]
    return schema


@cache
def _descriptions(module: ModuleType) -> Mapping[str, Mapping[str, str]]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name: _of_fields(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _of_fields(node: ast.ClassDef) -> Mapping[str, str]:
    """A field and the string that follows it."""
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(node.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
