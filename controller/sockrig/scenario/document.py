"""A YAML text as plain values that know where they stand.

libyaml's events are composed here and not by PyYAML: the bounds (bytes, values after the expansion of aliases, depth)
hold while reading, so that no text can cost more than they allow; a repeated key is an error; and scalars mean what
YAML 1.2 says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from sockrig.scenario.errors import UNKNOWN_POSITION, Position, Problem, ScenarioError
from sockrig.scenario.scalars import Scalar, resolve_scalar
from sockrig.scenario.units import shown

MOST_BYTES = 1024 * 1024
MOST_VALUES = 100_000
"""Values in a document after the expansion of aliases: every scalar, list and mapping counts one."""
DEEPEST = 32
_TOO_DEEP = f"too deep: at most {DEEPEST} levels of lists and mappings"
_PARSERS_OWN_DEPTH = "maximum nesting depth"
"""In what libyaml says where it looks ahead and gives up before we see how deep it is."""
MOST_STEPS = 10_000

_CORE_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))
_TEXT_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})

Path = tuple[str | int, ...]


@dataclass(slots=True, eq=False)
class Node:
    """One value of a document: a scalar, a list or a mapping. Aliases share their node."""

    position: Position
    count: int = field(default=1, init=False)
    """Values in it, itself included, aliases expanded."""


@dataclass(slots=True, eq=False)
class ScalarNode(Node):
    """A scalar with its value and its text; ``plain`` where it stood without quotes."""

    value: Scalar
    text: str
    plain: bool


@dataclass(slots=True, eq=False)
class ListNode(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class MappingNode(Node):
    """A mapping; each key with its position and its value."""

    entries: dict[str, tuple[Position, Node]] = field(default_factory=dict)


def read_document(text: str, file_name: str, *, included: bool = False) -> Node:
    """Compose the one document of ``text``.

    Args:
        text: YAML 1.2 or JSON.
        file_name: for messages.
        included: whether positions tell the file, as they will stand beside those of another.

    Raises:
        ScenarioError: it is no YAML, or exceeds a bound.
    """
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise ScenarioError(file_name, Problem(f"it is not text: {error.reason}", _place(text, error.start))) from None
    if size > MOST_BYTES:
        raise ScenarioError(
            file_name,
            Problem(
                f"the file has {size:,} bytes: a scenario has at most {MOST_BYTES:,} (and at most {MOST_STEPS:,} steps)"
            ),
        )
    try:
        return _Composer(file_name, included=included).compose(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.reader.ReaderError as error:
        before = text.encode()[: error.position].decode(errors="ignore")
        problem = Problem(f"the character {_name(error.character)} is not allowed in YAML", _place(text, len(before)))
        raise ScenarioError(file_name, problem) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else UNKNOWN_POSITION
        words = ", ".join(part for part in (error.context, error.problem) if part)
        message = _TOO_DEEP if _PARSERS_OWN_DEPTH in words else f"this is not YAML: {words}"
        raise ScenarioError(file_name, Problem(message, position)) from None


def plain_value(node: Node) -> object:
    """The node as plain Python values."""
    match node:
        case ScalarNode():
            return node.value
        case ListNode():
            return [plain_value(item) for item in node.items]
        case MappingNode():
            return {key: plain_value(value) for key, (_, value) in node.entries.items()}
    raise TypeError(node)


def position_of(root: Node, path: Path) -> Position:
    """Where the value at ``path`` begins, or the nearest of its parents that is there.

    An index into something that is no list is passed over: where one thing may stand for a list of one, a path may
    say so or not.
    """
    node = root
    for part in path:
        if isinstance(node, MappingNode) and part in node.entries:
            node = node.entries[str(part)][1]
        elif isinstance(node, ListNode) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
        elif not isinstance(part, int):
            break
    return node.position


def key_position_of(root: Node, path: Path) -> Position:
    """Where the key at the end of ``path`` stands, or the nearest of its parents that is there."""
    node: Node = root
    position = root.position
    for part in path:
        if isinstance(node, MappingNode) and part in node.entries:
            position, node = node.entries[str(part)]
        elif isinstance(node, ListNode) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            position = node.position
        elif not isinstance(part, int):
            break
    return position


def _name(character: int | str) -> str:
    return f"U+{character if isinstance(character, int) else ord(character):04X}"


def _place(text: str, offset: int) -> Position:
    before = text[:offset]
    return Position(before.count("\n") + 1, offset - before.rfind("\n"))


class _Composer:
    """Builds the nodes of one document, without recursion: a deep text must not exhaust the stack."""

    def __init__(self, file_name: str, *, included: bool) -> None:
        self._file_name = file_name
        self._included_name = file_name if included else ""
        self._anchors: dict[str, Node] = {}
        self._open: list[ListNode | MappingNode] = []
        self._keys: list[tuple[str, Position] | None] = []
        """For each open mapping the key whose value comes next."""
        self._values = 0
        self._root: Node | None = None

    def compose(self, events: Iterator[yaml.Event]) -> Node:
        """Take the events of the whole stream; see :func:`read_document`."""
        for event in events:
            match event:
                case yaml.ScalarEvent():
                    self._add(self._scalar(event), event)
                case yaml.AliasEvent():
                    self._add(self._alias(event), event)
                case yaml.SequenceStartEvent():
                    self._begin(ListNode(self._start(event)), event)
                case yaml.MappingStartEvent():
                    self._begin(MappingNode(self._start(event)), event)
                case yaml.CollectionEndEvent():
                    self._end()
                case yaml.DocumentStartEvent() if self._root is not None:
                    raise self._error("a second document begins here: a scenario is one document", self._start(event))
        if self._root is None:
            raise self._error("the file is empty: expected a scenario with its agents and steps", Position(1, 1))
        return self._root

    def _scalar(self, event: yaml.ScalarEvent) -> ScalarNode:
        self._check_tag(event.tag, event)
        plain = event.implicit[0] if event.tag is None else event.tag not in _TEXT_TAGS
        value = resolve_scalar(event.value) if plain else event.value
        return ScalarNode(self._start(event), value, event.value, plain)

    def _alias(self, event: yaml.AliasEvent) -> Node:
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise self._error(f"there is no anchor &{event.anchor} before this alias", self._start(event))
        if any(node is parent for parent in self._open):
            raise self._error(f"the alias *{event.anchor} stands within what it stands for", self._start(event))
        return node

    def _begin(self, node: ListNode | MappingNode, event: yaml.CollectionStartEvent) -> None:
        self._check_tag(event.tag, event)
        if len(self._open) >= DEEPEST:
            raise self._error(_TOO_DEEP, node.position)
        self._add(node, event)
        self._open.append(node)
        self._keys.append(None)

    def _end(self) -> None:
        node = self._open.pop()
        self._keys.pop()
        if self._open:
            self._open[-1].count += node.count - 1

    def _add(self, node: Node, event: yaml.NodeEvent) -> None:
        """Put a value where it belongs; a collection is still empty then."""
        if not isinstance(event, yaml.AliasEvent) and event.anchor is not None:
            self._anchors[event.anchor] = node
        if self._is_key():
            self._take_key(node)
            return
        self._values += node.count
        if self._values > MOST_VALUES:
            raise self._error(
                f"too much: more than {MOST_VALUES:,} values (a scenario has at most {MOST_STEPS:,} steps)",
                self._start(event),
            )
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.count += node.count
        if isinstance(parent, ListNode):
            parent.items.append(node)
            return
        key = self._keys[-1]
        assert key is not None
        parent.entries[key[0]] = (key[1], node)
        self._keys[-1] = None

    def _is_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], MappingNode) and self._keys[-1] is None

    def _take_key(self, node: Node) -> None:
        position = node.position
        if not isinstance(node, ScalarNode):
            raise self._error("a key is a word: expected text, not a list or a mapping", position)
        mapping = self._open[-1]
        assert isinstance(mapping, MappingNode)
        if node.text in mapping.entries:
            first = mapping.entries[node.text][0]
            raise self._error(f"the key {shown(node.text)} is here twice: it is on line {first.line} already", position)
        self._keys[-1] = (node.text, position)

    def _check_tag(self, tag: str | None, event: yaml.Event) -> None:
        if tag is not None and tag != "!" and tag not in _CORE_TAGS:
            raise self._error(f"the tag {shown(tag)} is not allowed: expected plain YAML", self._start(event))

    def _start(self, event: yaml.Event) -> Position:
        mark = event.start_mark
        if mark is None:
            return UNKNOWN_POSITION
        return Position(mark.line + 1, mark.column + 1, self._included_name)

    def _error(self, message: str, position: Position) -> ScenarioError:
        return ScenarioError(self._file_name, Problem(message, position))
