"""Reads an inventory: the file that says which agents there are, where, and what they are good for.

::

    agents:
      north: 10.0.0.1:7411
      south: {address: "10.0.0.2:7411", labels: {site: basement}}

or the same in TOML::

    [agents]
    north = "10.0.0.1:7411"
    south = { address = "10.0.0.2:7411", labels = { site = "basement" } }
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sockrig_wire.errors import UsageError

_LARGEST_FILE_BYTES = 1024 * 1024
_HOST_AND_PORT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%\w-]+\]|[^\s:/\[\]]+):(?P<port>[0-9]{1,5})")
_EXAMPLE = "An agent's address looks like 10.0.0.1:7411, [2001:db8::1]:7411 or unix:/run/agent.sock."


@dataclass(frozen=True, slots=True)
class InventoryAgent:
    """One agent of an inventory; its labels are added to those that the agent gives itself."""

    address: str
    labels: Mapping[str, str] = field(default_factory=dict)


def load_inventory(path: Path) -> dict[str, InventoryAgent]:
    """Read an inventory from a YAML file, or from a TOML file if its name ends in ``.toml``.

    Raises:
        UsageError: it cannot be read, is not of the form above, or names no agent.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read the inventory: {error.strerror}", where=str(path)) from error
    if len(content) > _LARGEST_FILE_BYTES:
        raise UsageError("the inventory is larger than 1 MiB", where=str(path))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("the inventory is not UTF-8 text", where=str(path)) from error
    return parse_inventory(text, file_name=str(path))


def parse_inventory(text: str, *, file_name: str) -> dict[str, InventoryAgent]:
    """Read an inventory's text; the file's name says whether it is TOML, and where a mistake is.

    Raises:
        UsageError: it is not of the form above, or names no agent.
    """
    document = _parse_toml(text, file_name) if file_name.endswith(".toml") else _parse_yaml(text, file_name)
    if not isinstance(document, dict) or set(document) != {"agents"} or not isinstance(document["agents"], dict):
        raise UsageError(
            "expected one key, `agents`, that maps names to addresses",
            where=file_name,
            next="Write for example `agents: {north: 10.0.0.1:7411}`.",
        )
    if not document["agents"]:
        raise UsageError("the inventory names no agent", where=file_name)
    return {name: _agent(name, entry, file_name) for name, entry in document["agents"].items()}


def checked_address(address: str, *, where: str) -> str:
    """Check that an address is one a controller can dial, and return it.

    Raises:
        UsageError: it is not ``HOST:PORT`` or ``unix:PATH``.
    """
    if address.startswith("unix:") and len(address) > len("unix:"):
        return address
    match = _HOST_AND_PORT.fullmatch(address)
    if match is None or not 1 <= int(match["port"]) <= 0xFFFF:
        raise UsageError(f"{address!r} is not an address with a port", where=where, next=_EXAMPLE)
    return address


def _agent(name: object, entry: object, file_name: str) -> InventoryAgent:
    where = f"{file_name}, agent {name}"
    if not isinstance(name, str) or not name:
        raise UsageError("an agent's name must be a text", where=where, next="Put it in quotes.")
    if isinstance(entry, str):
        return InventoryAgent(checked_address(entry, where=where))
    if not isinstance(entry, dict) or not isinstance(entry.get("address"), str):
        raise UsageError("expected an address, or `address` and `labels`", where=where, next=_EXAMPLE)
    if unknown := sorted(str(key) for key in set(entry) - {"address", "labels"}):
        raise UsageError(f"unknown key {unknown[0]!r}", where=where, next="An agent has `address` and `labels`.")
    labels = entry.get("labels", {})
    if not isinstance(labels, dict) or not all(
        isinstance(key, str) and isinstance(value, str) for key, value in labels.items()
    ):
        raise UsageError("labels must map texts to texts", where=where, next="Put numbers and booleans in quotes.")
    return InventoryAgent(checked_address(entry["address"], where=where), labels)


def _parse_toml(text: str, file_name: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"not TOML: {error}", where=file_name) from error


def _parse_yaml(text: str, file_name: str) -> Any:
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader, stricter
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UsageError(f"not YAML: {error.problem}", where=file_name + place) from error
    except yaml.YAMLError as error:
        raise UsageError(f"not YAML: {error}", where=file_name) from error


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that takes no key twice: the second address would silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping.

        Raises:
            yaml.MarkedYAMLError: a key stands there twice.
        """
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value!r} stands here twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)
