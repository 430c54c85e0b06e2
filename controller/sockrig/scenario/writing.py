"""A scenario built in Python as text that :func:`~sockrig.scenario.loader.load_scenario` reads back to the same."""

import json
from typing import Any

import yaml

from sockrig.scenario.model import Scenario
from sockrig.scenario.scalars import resolve_scalar


class _Dumper(yaml.SafeDumper):
    """Writes text in quotes wherever YAML 1.2 would take it for something else."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(resolve_scalar(text), str) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def to_yaml(scenario: Scenario) -> str:
    """The scenario as YAML, without what is at its default."""
    return yaml.dump(_values(scenario), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def to_json(scenario: Scenario) -> str:
    """The scenario as JSON, without what is at its default."""
    return json.dumps(_values(scenario), ensure_ascii=False, indent=2)


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
