"""What makes a dataclass a part of the result document. Pure."""

from pydantic import ConfigDict, with_config

part_of_document = with_config(ConfigDict(json_schema_serialization_defaults_required=True))
"""Marks it; every key is always written."""
