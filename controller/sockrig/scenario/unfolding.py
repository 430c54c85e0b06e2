"""Writes out what stands for several steps: a matrix, and the steps of another file. Variables are put in on the way.

What comes out has neither ``matrix`` nor ``include``: a step of a matrix is there once for each combination, with the
combination as its ``vars``; a step that includes a file is a group of that file's steps. Positions stay those of the
texts as they were written.
"""

import math
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from sockrig.scenario.document import (
    MOST_STEPS,
    MOST_VALUES,
    ListNode,
    MappingNode,
    Node,
    ScalarNode,
    read_document,
)
from sockrig.scenario.errors import Position, Problem, ScenarioError, place
from sockrig.scenario.suggestions import did_you_mean
from sockrig.scenario.units import shown
from sockrig.scenario.variables import VARIABLES_KEY, Declarations, Variables, check_name, declarations

MOST_COMBINATIONS = 1000
"""Of one matrix."""
DEEPEST_GROUP = 8
"""Groups and included files within each other."""
MOST_INCLUSIONS = 1000

MATRIX_KEY, INCLUDE_KEY, STEPS_KEY = "matrix", "include", "steps"
_FILE_KEY = "file"

Reader = Callable[[str], str]
"""Gives the text of an included file, by its name as seen from the folder of the scenario's own file.

Raises:
    ValueError: it cannot be had, and why.
"""

Entries = Mapping[str, tuple[Position, Node]]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A file that was included, written out itself, and where."""

    root: MappingNode
    file_name: str
    position: Position


@dataclass(frozen=True, slots=True)
class Unfolded:
    """A whole document, and the files that it includes, also through others."""

    root: Node
    inclusions: tuple[Inclusion, ...]


def unfold(root: Node, *, file_name: str, variables: Mapping[str, str], read: Reader) -> Unfolded:
    """Write a document out.

    Args:
        root: the document as it was read.
        file_name: its file; included files are found beside it.
        variables: values that replace the declared ones (``--var``).
        read: gives the included texts.

    Raises:
        ScenarioError: a variable, a matrix or an included file is wrong, or it is too much.
    """
    unfolding = _Unfolding(file_name, read)
    here = _Place(file_name, posixpath.basename(file_name))
    declared = declarations(_section(root), file_name)
    of_document = Variables(declared, variables, file_name)
    of_document.check_overrides("--var {}: the scenario has no such variable", file_name, root.position)
    return Unfolded(unfolding.document(root, of_document, here), tuple(unfolding.inclusions))


def included_texts(text: str, *, file_name: str, variables: Mapping[str, str], read: Reader) -> Mapping[str, str]:
    """All files that a scenario includes, by the names that :func:`unfold` asks for.

    Raises:
        ScenarioError: as :func:`unfold`.
    """
    if INCLUDE_KEY not in text:
        return {}
    texts: dict[str, str] = {}

    def remembered(name: str) -> str:
        if name not in texts:
            texts[name] = read(name)
        return texts[name]

    unfold(read_document(text, file_name), file_name=file_name, variables=variables, read=remembered)
    return texts


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the steps that are being written out stand.

    ``name`` is the file as it is asked for; ``chain`` the files that lead here, each with the place of its include;
    ``depth`` counts groups.
    """

    file_name: str
    name: str
    chain: tuple[tuple[str, str], ...] = ()
    depth: int = 0


class _Unfolding:
    def __init__(self, file_name: str, read: Reader) -> None:
        self._folder = posixpath.dirname(file_name)
        self._read = read
        self.inclusions: list[Inclusion] = []
        self._steps = 0
        self._values = 0

    def document(self, root: Node, variables: Variables, here: _Place) -> Node:
        """A whole document; its section of variables has the values in force."""
        if not isinstance(root, MappingNode):
            return variables.replace(root)
        entries: dict[str, tuple[Position, Node]] = {}
        for key, (position, value) in root.entries.items():
            if key == STEPS_KEY and isinstance(value, ListNode):
                entries[key] = (position, self._steps_of(value, variables, here))
            elif key == VARIABLES_KEY and isinstance(value, MappingNode):
                entries[key] = (position, variables.section(value.position))
            else:
                entries[key] = (position, variables.replace(value))
        return MappingNode(root.position, entries)

    def _steps_of(self, steps: ListNode, variables: Variables, here: _Place) -> ListNode:
        """The steps of a document or a group."""
        if len(steps.items) > MOST_STEPS:  # refused before any of them is looked at
            message = f"steps: {len(steps.items):,} steps are too many: expected at most {MOST_STEPS:,}"
            raise self._error(message, steps.items[MOST_STEPS].position, here)
        if here.depth > DEEPEST_GROUP:
            message = f"too deep: at most {DEEPEST_GROUP} groups and included files within each other"
            raise self._error(message, steps.position, here)
        written: list[Node] = []
        for step in steps.items:
            for one in self._written_out(step, variables, here):
                self._steps += 1
                if self._steps > MOST_STEPS:
                    message = f"steps: more than {MOST_STEPS:,} when they are written out: expected fewer"
                    raise self._error(message, step.position, here)
                written.append(one)
        return ListNode(steps.position, written)

    def _written_out(self, step: Node, variables: Variables, here: _Place) -> Iterator[Node]:
        """One step as those that it stands for."""
        if (
            not isinstance(step, MappingNode)
            or not {
                VARIABLES_KEY,
                MATRIX_KEY,
                STEPS_KEY,
                INCLUDE_KEY,
            }
            & step.entries.keys()
        ):
            yield variables.replace(step)
            return
        _, section = step.entries.get(VARIABLES_KEY, (None, None))
        own = declarations(section, here.file_name)
        for name, (position, value) in own.items():
            if value.value is None:
                raise self._error(f"the variable {name!r} of a step needs a value here", position, here)
        for combination in self._combinations(step, variables.within(own), here):
            self._spend(step, here)
            declared = {**own, **combination}
            inner = variables.within(declared) if declared else variables
            yield self._step(step, declared, inner, here)

    def _step(self, step: MappingNode, declared: Declarations, variables: Variables, here: _Place) -> MappingNode:
        entries: dict[str, tuple[Position, Node]] = {}
        for key, (position, value) in step.entries.items():
            if key == STEPS_KEY and isinstance(value, ListNode):
                entries[key] = (position, self._steps_of(value, variables, replace(here, depth=here.depth + 1)))
            elif key == INCLUDE_KEY:
                entries |= self._included(position, variables.replace(value), step.entries, here)
            elif key not in {VARIABLES_KEY, MATRIX_KEY}:
                entries[key] = (position, variables.replace(value))
        if declared:
            position, section = step.entries.get(VARIABLES_KEY) or step.entries[MATRIX_KEY]
            own = {name: (at, variables.replace(value)) for name, (at, value) in declared.items()}
            entries[VARIABLES_KEY] = (position, MappingNode(section.position, own))
        return MappingNode(step.position, entries)

    def _combinations(self, step: MappingNode, variables: Variables, here: _Place) -> Iterator[Declarations]:
        """What the variables of the step's matrix are in turn; without a matrix nothing, once."""
        if MATRIX_KEY not in step.entries:
            yield {}
            return
        _, matrix = step.entries[MATRIX_KEY]
        if not isinstance(matrix, MappingNode) or not matrix.entries:
            raise self._error("matrix: expected a mapping of variables to lists of values", matrix.position, here)
        axes: dict[str, list[tuple[Position, ScalarNode]]] = {}
        for name, (position, values) in matrix.entries.items():
            check_name(name, position, here.file_name)
            if not isinstance(values, ListNode) or not values.items:
                raise self._error(f"matrix: {name}: expected a list of values", values.position, here)
            axes[name] = []
            for item in values.items:
                value = variables.replace(item)
                if not isinstance(value, ScalarNode) or value.value is None:
                    raise self._error(f"matrix: {name}: expected text or a number", item.position, here)
                axes[name].append((position, replace_dollars(value)))
        count = math.prod(len(values) for values in axes.values())
        if count > MOST_COMBINATIONS:
            message = f"matrix: {count:,} combinations: expected at most {MOST_COMBINATIONS:,}"
            raise self._error(message, matrix.position, here)
        for chosen in product(*axes.values()):
            yield dict(zip(axes, chosen, strict=True))

    def _included(self, position: Position, include: Node, step: Entries, here: _Place) -> Entries:
        """The entries that stand for an ``include``: the steps of the file, and its name for a group that has none."""
        file, given = self._file_of(include, here)
        text_name = posixpath.normpath(posixpath.join(posixpath.dirname(here.name), file.text))
        place_of_include = place(here.file_name, file.position)
        chain = (*here.chain, (here.name, place_of_include))
        if text_name in (name for name, _ in chain):
            circle = " -> ".join((*(at for _, at in chain), text_name))
            raise self._error(f"include: {file.text} includes itself: {circle}", file.position, here)
        if here.depth >= DEEPEST_GROUP or len(self.inclusions) >= MOST_INCLUSIONS:
            circle = " -> ".join((*(at for _, at in chain), text_name))
            most = f"{DEEPEST_GROUP} groups and included files within each other, and {MOST_INCLUSIONS:,} in all"
            raise self._error(f"include: too many: expected at most {most}: {circle}", file.position, here)
        try:
            text = self._read(text_name)
        except ValueError as reason:
            raise self._error(f"include: {file.text} cannot be read: {reason}", file.position, here) from None
        file_name = posixpath.normpath(posixpath.join(self._folder, text_name))
        root = read_document(text, file_name, included=True)
        if not isinstance(root, MappingNode):
            raise ScenarioError(file_name, Problem("expected a scenario: a mapping with its agents and steps"))
        self._spend(root, here)
        variables = Variables(
            declarations(_section(root), file_name),
            given,
            file_name,
            giving="include: {{file: ..., vars: {{{}: VALUE}}}}",
        )
        variables.check_overrides(f"include: {file.text} has no variable {{}}", here.file_name, include.position)
        index = len(self.inclusions)
        there = _Place(file_name, text_name, chain, here.depth + 1)
        document = self.document(root, variables, there)
        assert isinstance(document, MappingNode)
        self.inclusions.insert(index, Inclusion(document, file_name, file.position))
        _, steps = document.entries.get(STEPS_KEY, (position, ListNode(include.position)))
        entries = {STEPS_KEY: (position, steps)}
        for key, there_key in (("name", "scenario"), ("continue-on-failure", "continue-on-failure")):
            if key not in step and there_key in document.entries:
                entries[key] = document.entries[there_key]
        return entries

    def _file_of(self, include: Node, here: _Place) -> tuple[ScalarNode, Mapping[str, str]]:
        """The file that an ``include`` names, and the values that it gives to the variables there."""
        given: Mapping[str, str] = {}
        file: Node | None = include
        if isinstance(include, MappingNode):
            for key, (position, _) in include.entries.items():
                if key not in {_FILE_KEY, VARIABLES_KEY}:
                    known = f"{did_you_mean(key, (_FILE_KEY, VARIABLES_KEY))}known here: {_FILE_KEY}, {VARIABLES_KEY}"
                    raise self._error(f"include: unknown key {shown(key)!r}; {known}", position, here)
            _, file = include.entries.get(_FILE_KEY, (None, None))
            _, section = include.entries.get(VARIABLES_KEY, (None, None))
            given = {name: value.text for name, (_, value) in declarations(section, here.file_name).items()}
        if not isinstance(file, ScalarNode) or not isinstance(file.value, str) or not file.text.strip():
            raise self._error("include: expected a file's name, or {file: NAME, vars: {...}}", include.position, here)
        return file, {name: text.replace("$", "$$") for name, text in given.items()}

    def _spend(self, node: Node, here: _Place) -> None:
        self._values += node.count
        if self._values > MOST_VALUES:
            message = f"too much: more than {MOST_VALUES:,} values when it is written out"
            raise self._error(message, node.position, here)

    def _error(self, message: str, position: Position, here: _Place) -> ScenarioError:
        return ScenarioError(here.file_name, Problem(message, position))


def replace_dollars(value: ScalarNode) -> ScalarNode:
    """A value with its variables put in already, as one that may be read for variables again."""
    if "$" not in value.text:
        return value
    text = value.text.replace("$", "$$")
    return ScalarNode(value.position, text if isinstance(value.value, str) else value.value, text, value.plain)


def _section(root: Node) -> Node | None:
    if not isinstance(root, MappingNode):
        return None
    _, section = root.entries.get(VARIABLES_KEY, (None, None))
    return section
