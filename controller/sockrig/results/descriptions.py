"""The docstrings under the fields of the result document, for its JSON Schema. Pure.

They are read from the model's source, and only when somebody asks for the schema: pydantic would do so each time that
the first document is written, which takes longer than everything else about it.
"""

import ast
import inspect
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

from sockrig.results import model, search_model
from sockrig.search import goals


def field_descriptions(class_name: str) -> Mapping[str, str]:
    """What each field of a class of the model means; empty for classes that are not of the model."""
    return _descriptions().get(class_name, {})


@cache
def _descriptions() -> Mapping[str, Mapping[str, str]]:
    trees = [ast.parse(inspect.getsource(module)) for module in (model, search_model, goals)]
    return {node.name: _of_fields(node) for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)}


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
