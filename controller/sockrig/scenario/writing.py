"""A scenario built in Python as text that :func:`~sockrig.scenario.loader.load_scenario` reads back to the same."""

import json
import re
from typing import Any

import yaml

from sockrig.scenario.model import Scenario
from sockrig.scenario.scalars import resolve_scalar

_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that JSON leaves as they are, and YAML wants escaped (YAML 1.2.2 section 5.1)."""


class _Dumper(yaml.SafeDumper):
    """Writes text in double quotes wherever YAML 1.2 would take it for something else.

    PyYAML leaves some line breaks (U+0085) as they are in single quotes, where a reader folds them to a blank.
    """


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(resolve_scalar(text), str) and text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def to_yaml(scenario: Scenario) -> str:
    """The scenario as YAML, without what is at its default."""
    return yaml.dump(_values(scenario), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def to_json(scenario: Scenario) -> str:
    """The scenario as JSON, without what is at its default."""
    text = json.dumps(_values(scenario), ensure_ascii=False, indent=2)
    return _NOT_IN_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _values(scenario: Scenario) -> Any:
    return _escaped(scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True))


def _escaped(value: Any) -> Any:
    """The same with every dollar doubled, as variables have their values already."""
    match value:
        case str():
            return value.replace("$", "$$")
        case list():
            return [_escaped(item) for item in value]
        case dict():
            return {key: _escaped(item) for key, item in value.items()}
    return value
