"""Variables: ``$name`` and ``${name}`` in any text of a scenario; ``$$`` is a dollar.

``vars:`` declares every variable; a value of nothing (``seconds:``) means that it must be given. A text that is one
variable and nothing else takes the variable's value with its type; a variable whose default stands in quotes is always
text.
"""

import re
from collections.abc import Mapping

from sockrig.scenario.document import MOST_BYTES, ListNode, MappingNode, Node, ScalarNode
from sockrig.scenario.errors import Position, Problem, ScenarioError
from sockrig.scenario.scalars import resolve_scalar
from sockrig.scenario.suggestions import did_you_mean
from sockrig.scenario.units import shown

VARIABLES_KEY = "vars"
_LONGEST_CHAIN = 16
"""Variables whose values refer to further variables."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REFERENCE = re.compile(rf"\$(?:(?P<dollar>\$)|(?P<plain>{_NAME.pattern})|\{{(?P<braced>{_NAME.pattern})\}}|(?P<bad>))")


def substitute(root: Node, overrides: Mapping[str, str], file_name: str) -> Node:
    """The document with all variables replaced; positions stay those of the text as it was written.

    Args:
        root: the whole document.
        overrides: values that replace the declared defaults (``--var``), as they would stand in the file.
        file_name: for messages.

    Raises:
        ScenarioError: a variable is not declared, has no value, refers to itself, or grows beyond all bounds.
    """
    return _Substitution(root, overrides, file_name).document(root)


class _Substitution:
    def __init__(self, root: Node, overrides: Mapping[str, str], file_name: str) -> None:
        self._file_name = file_name
        self._declared = self._declarations(root)
        self._overrides = overrides
        self._expanded: dict[str, str] = {}
        self._replaced: dict[int, Node] = {}
        """By the id of the node that it replaces; a shared node stays shared."""
        self._characters = 0
        for name in overrides:
            if name not in self._declared:
                raise self._unknown(f"--var {shown(name)}: the scenario has no such variable", name, root.position)

    def document(self, root: Node) -> Node:
        """The whole document without variables; its section of them has the values in force."""
        replaced = self._run(root)
        if isinstance(replaced, MappingNode) and self._declared:
            entries: dict[str, tuple[Position, Node]] = {
                name: (position, self._in_force(name, default)) for name, (position, default) in self._declared.items()
            }
            position, section = replaced.entries[VARIABLES_KEY]
            replaced.entries[VARIABLES_KEY] = (position, MappingNode(section.position, entries))
        return replaced

    def _in_force(self, name: str, default: ScalarNode) -> ScalarNode:
        if default.value is None and name not in self._overrides:
            return default
        text = self._value(name, default.position, ())
        return ScalarNode(default.position, resolve_scalar(text) if default.plain else text, text, default.plain)

    def _run(self, node: Node) -> Node:
        if id(node) in self._replaced:
            return self._replaced[id(node)]
        replacement = node
        match node:
            case ScalarNode() if isinstance(node.value, str) and "$" in node.value:
                replacement = self._scalar(node, node.value)
            case ListNode():
                replacement = ListNode(node.position, [self._run(item) for item in node.items])
            case MappingNode():
                entries = {key: (position, self._run(value)) for key, (position, value) in node.entries.items()}
                replacement = MappingNode(node.position, entries)
        self._replaced[id(node)] = replacement
        return replacement

    def _declarations(self, root: Node) -> dict[str, tuple[Position, ScalarNode]]:
        section = root.entries.get(VARIABLES_KEY) if isinstance(root, MappingNode) else None
        if section is None:
            return {}
        _, node = section
        if isinstance(node, ScalarNode) and node.value is None:
            return {}
        if not isinstance(node, MappingNode):
            raise self._error("vars: expected a mapping of names to values", node.position)
        declared: dict[str, tuple[Position, ScalarNode]] = {}
        for name, (position, value) in node.entries.items():
            if not _NAME.fullmatch(name):
                raise self._error(f"{shown(name)} is not a variable's name: expected letters, digits and _", position)
            if not isinstance(value, ScalarNode):
                raise self._error(f"the variable {name!r} is not one value: expected text or a number", value.position)
            declared[name] = (position, value)
        return declared

    def _scalar(self, node: ScalarNode, text: str) -> ScalarNode:
        reference = _REFERENCE.fullmatch(text)
        name = (reference["plain"] or reference["braced"]) if reference else None
        expanded = self._expand(text, node.position, ())
        typed = name is not None and node.plain and self._declared[name][1].plain
        value = resolve_scalar(expanded) if typed else expanded
        return ScalarNode(node.position, value, expanded, node.plain)

    def _expand(self, text: str, position: Position, users: tuple[str, ...]) -> str:
        """Replace what ``text`` refers to; ``users`` are the variables on whose behalf it is read."""

        def replace(match: re.Match[str]) -> str:
            if match["dollar"]:
                return "$"
            name = match["plain"] or match["braced"]
            if name is None:
                raise self._error("a lone $: expected $name or ${name}, or $$ for a dollar", position)
            return self._value(name, position, users)

        expanded = _REFERENCE.sub(replace, text)
        self._characters += len(expanded)
        if self._characters > MOST_BYTES:
            raise self._error(f"variables make this more than {MOST_BYTES:,} characters", position)
        return expanded

    def _value(self, name: str, position: Position, users: tuple[str, ...]) -> str:
        if name in self._expanded:
            self._characters += len(self._expanded[name])
            if self._characters > MOST_BYTES:
                raise self._error(f"variables make this more than {MOST_BYTES:,} characters", position)
            return self._expanded[name]
        if name not in self._declared:
            raise self._unknown(f"the variable ${name} is not declared", name, position)
        declared_at, default = self._declared[name]
        if name in users:
            circle = " -> ".join(f"${user}" for user in (*users[users.index(name) :], name))
            raise self._error(f"the variable ${name} refers to itself: {circle}", declared_at)
        if len(users) >= _LONGEST_CHAIN:
            raise self._error(f"${name} stands at the end of {_LONGEST_CHAIN} variables within variables", declared_at)
        text = self._overrides.get(name)
        if text is None:
            if default.value is None:
                raise self._error(f"the variable ${name} has no value: give it one with --var {name}=VALUE", position)
            text = default.text
        self._expanded[name] = self._expand(text, declared_at, (*users, name))
        return self._expanded[name]

    def _unknown(self, message: str, name: str, position: Position) -> ScenarioError:
        declared = ", ".join(self._declared) or "none"
        return self._error(f"{message}; {did_you_mean(name, self._declared)}declared in vars: {declared}", position)

    def _error(self, message: str, position: Position) -> ScenarioError:
        return ScenarioError(self._file_name, Problem(message, position))
