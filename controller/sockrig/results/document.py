"""The result document as JSON, and back. Pure."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json as to_json_of

from sockrig.results.descriptions import described
from sockrig.results.model.run import RunResult
from sockrig_wire.errors import UsageError
from sockrig_wire.model.flows import Histogram


@cache
def _adapter() -> TypeAdapter[RunResult]:
    return TypeAdapter(RunResult)


@cache
def _histograms() -> TypeAdapter[tuple[Histogram, ...]]:
    return TypeAdapter(tuple[Histogram, ...])


def to_json(result: RunResult, *, indent: int | None = 2) -> str:
    """The document; figures that do not apply are null, histograms are left out."""
    return _adapter().dump_json(result, indent=indent).decode()


def to_json_with_histograms(result: RunResult) -> bytes:
    """The document with the histograms of each flow, which :func:`from_json` takes in too."""
    document = _adapter().dump_python(result, mode="json")
    for step, its_keys in zip(result.steps, document["steps"], strict=True):
        for flow, keys in zip(step.flows, its_keys["flows"], strict=True):
            keys["histograms"] = _histograms().dump_python(flow.histograms, mode="json")
    return to_json_of(document)


def from_json(text: str | bytes) -> RunResult:
    """Read a document; keys that this version does not know are passed over.

    Raises:
        UsageError: it is not a result document, and where it differs.
    """
    try:
        return _adapter().validate_json(text)
    except ValidationError as failure:
        first = failure.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"this is not a result document: {first['msg']}",
            where=place,
            next="Compare it with the output of: sockrig schema result",
        ) from None


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the document, with a description and the unit of every key."""
    schema = described(_adapter().json_schema(mode="serialization"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
