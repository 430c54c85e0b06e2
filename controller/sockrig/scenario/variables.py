"""Variables: ``$name`` and ``${name}`` in any text of a scenario; ``$$`` is a dollar.

``vars:`` declares every variable; a value of nothing (``seconds:``) means that it must be given. A text that is one
variable and nothing else takes the variable's value with its type; a variable whose default stands in quotes is always
text. The variables of a step stand before those of the scenario, for that step alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

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

Declarations = Mapping[str, tuple[Position, ScalarNode]]
"""Variables with the places of their names, and their values as they stand in the file."""


@dataclass(slots=True)
class _Budget:
    """What all variables of a document together may still write."""

    characters: int = MOST_BYTES


class Variables:
    """The variables that hold in a document, or in a part of it.

    Args:
        declared: them, with their defaults.
        overrides: values that replace the defaults, as they would stand in the file.
        file_name: for messages.
        giving: how a person gives a value from outside, for messages: ``--var NAME=VALUE``.
    """

    def __init__(
        self, declared: Declarations, overrides: Mapping[str, str], file_name: str, *, giving: str = "--var {}=VALUE"
    ) -> None:
        self._file_name = file_name
        self._declared = declared
        self._overrides = overrides
        self._giving = giving
        self._budget = _Budget()
        self._expanded: dict[str, str] = {}
        self._replaced: dict[int, tuple[Node, Node]] = {}
        """By the id of the node that it replaces, which is kept beside it; a shared node stays shared."""

    def check_overrides(self, words: str, file_name: str, position: Position) -> None:
        """Refuse overrides of what is not declared.

        Args:
            words: what is wrong then, with room for the name.
            file_name: the file in which they are given.
            position: the place there.

        Raises:
            ScenarioError: one is not declared.
        """
        for name in self._overrides:
            if name not in self._declared:
                raise ScenarioError(file_name, Problem(self._unknown(words.format(shown(name)), name), position))

    def within(self, declared: Declarations) -> "Variables":
        """The same with further variables, which stand before those of the same name."""
        overrides = {name: value for name, value in self._overrides.items() if name not in declared}
        inner = Variables({**self._declared, **declared}, overrides, self._file_name, giving=self._giving)
        inner._budget = self._budget
        return inner

    def section(self, position: Position) -> MappingNode:
        """All of them with the values in force, as a mapping that stands at ``position``."""
        return MappingNode(
            position, {name: (at, self._in_force(name, default)) for name, (at, default) in self._declared.items()}
        )

    def replace(self, node: Node) -> Node:
        """The node with all variables replaced; positions stay those of the text as it was written.

        Raises:
            ScenarioError: a variable is not declared, has no value, refers to itself, or grows beyond all bounds.
        """
        if id(node) in self._replaced:
            return self._replaced[id(node)][1]
        replacement = node
        match node:
            case ScalarNode() if isinstance(node.value, str) and "$" in node.value:
                replacement = self._scalar(node, node.value)
            case ListNode():
                replacement = ListNode(node.position, [self.replace(item) for item in node.items])
            case MappingNode():
                entries = {key: (position, self.replace(value)) for key, (position, value) in node.entries.items()}
                replacement = MappingNode(node.position, entries)
        self._replaced[id(node)] = (node, replacement)
        return replacement

    def _in_force(self, name: str, default: ScalarNode) -> ScalarNode:
        if default.value is None and name not in self._overrides:
            return default
        text = self._value(name, default.position, ())
        return ScalarNode(default.position, resolve_scalar(text) if default.plain else text, text, default.plain)

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
        self._spend(expanded, position)
        return expanded

    def _value(self, name: str, position: Position, users: tuple[str, ...]) -> str:
        if name in self._expanded:
            self._spend(self._expanded[name], position)
            return self._expanded[name]
        if name not in self._declared:
            raise self._error(self._unknown(f"the variable ${name} is not declared", name), position)
        declared_at, default = self._declared[name]
        if name in users:
            circle = " -> ".join(f"${user}" for user in (*users[users.index(name) :], name))
            raise self._error(f"the variable ${name} refers to itself: {circle}", declared_at)
        if len(users) >= _LONGEST_CHAIN:
            raise self._error(f"${name} stands at the end of {_LONGEST_CHAIN} variables within variables", declared_at)
        text = self._overrides.get(name)
        if text is None:
            if default.value is None:
                raise self._error(
                    f"the variable ${name} has no value: give it one with {self._giving.format(name)}", position
                )
            text = default.text
        self._expanded[name] = self._expand(text, declared_at, (*users, name))
        return self._expanded[name]

    def _spend(self, text: str, position: Position) -> None:
        self._budget.characters -= len(text)
        if self._budget.characters < 0:
            raise self._error(f"variables make this more than {MOST_BYTES:,} characters", position)

    def _unknown(self, message: str, name: str) -> str:
        declared = ", ".join(self._declared) or "none"
        return f"{message}; {did_you_mean(name, self._declared)}declared in vars: {declared}"

    def _error(self, message: str, position: Position) -> ScenarioError:
        return ScenarioError(self._file_name, Problem(message, position))


def declarations(section: Node | None, file_name: str) -> Declarations:
    """The variables that a ``vars:`` section declares; none where there is no such section.

    Raises:
        ScenarioError: it is no mapping of names to single values.
    """
    if section is None or (isinstance(section, ScalarNode) and section.value is None):
        return {}
    if not isinstance(section, MappingNode):
        message = f"{VARIABLES_KEY}: expected a mapping of names to values"
        raise ScenarioError(file_name, Problem(message, section.position))
    declared: dict[str, tuple[Position, ScalarNode]] = {}
    for name, (position, value) in section.entries.items():
        check_name(name, position, file_name)
        if not isinstance(value, ScalarNode):
            message = f"the variable {name!r} is not one value: expected text or a number"
            raise ScenarioError(file_name, Problem(message, value.position))
        declared[name] = (position, value)
    return declared


def check_name(name: str, position: Position, file_name: str) -> None:
    """Refuse what is not a variable's name.

    Raises:
        ScenarioError: it is not.
    """
    if not _NAME.fullmatch(name):
        message = f"{shown(name)} is not a variable's name: expected letters, digits and _"
        raise ScenarioError(file_name, Problem(message, position))
