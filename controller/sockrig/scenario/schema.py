"""The JSON Schema of a scenario file, for editors."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from sockrig.scenario.fields import VARIABLE_PATTERN
from sockrig.scenario.model import Scenario


class _WithVariables(GenerateJsonSchema):
    """Lets a variable stand wherever a number, a switch or a choice is expected."""

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        return _or_variable(super().int_schema(schema))

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        return _or_variable(super().bool_schema(schema))

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """A variable may stand for any of the forms: that several would take it is no mistake."""
        union = super().tagged_union_schema(schema)
        forms = union.pop("oneOf", None)
        return union if forms is None else {**union, "anyOf": forms}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        return _or_variable(super().literal_schema(schema))


def scenario_json_schema() -> dict[str, Any]:
    """The schema (2020-12) of a scenario as a person writes it."""
    schema = Scenario.model_json_schema(by_alias=True, schema_generator=_WithVariables)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": "Sockrig scenario"}


def _or_variable(schema: JsonSchemaValue) -> JsonSchemaValue:
    return {"anyOf": [schema, {"type": "string", "pattern": VARIABLE_PATTERN}]}
