"""Which kinds of traffic there are here, and where their engines are found.

Our own kinds stand in a table, so that they are there without installed metadata; other packages add theirs with an
entry point of the group ``sockrig.engines`` whose name is the kind and whose value is an
:class:`~sockrig_agent.traffic.engine.Engines`. Nothing here loads an engine before :meth:`Kind.load`.
"""

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Final

from sockrig_wire.errors import UsageError
from sockrig_wire.kinds import FLOW_KINDS, FlowKind
from sockrig_wire.model.flows import FlowSpec

if TYPE_CHECKING:
    from sockrig_agent.traffic.engine import Engines

ENTRY_POINT_GROUP: Final = "sockrig.engines"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of traffic; ``known`` is what it can be asked for, None where only its own package knows that."""

    name: str
    engines: str
    known: FlowKind | None = None

    def load(self) -> "Engines":
        """Import the engines.

        Raises:
            ImportError: the package that brings the kind is broken.
        """
        engines: Engines = resolve_name(self.engines)
        return engines


BUILT_IN: Final[dict[str, Kind]] = {
    name: Kind(name, f"sockrig_agent.traffic.engines.{name.replace('-', '_')}:ENGINES", known)
    for name, known in FLOW_KINDS.items()
}


def find_kind(name: str) -> Kind:
    """The kind of that name, ours or an installed package's.

    Raises:
        UsageError: there is none.
    """
    if built_in := BUILT_IN.get(name):
        return built_in
    from importlib.metadata import entry_points  # noqa: PLC0415 - 2 MB that only a kind of another package is worth

    for entry_point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        return Kind(name, entry_point.value)
    raise UsageError(f"there is no kind of traffic named {name!r}", next=f"Kinds here: {', '.join(sorted(BUILT_IN))}.")


def size_of(spec: FlowSpec) -> int:
    """The size in bytes of the flow's datagrams, messages or blocks: as asked for, or the kind's default."""
    known = find_kind(spec.kind).known
    return spec.size_bytes or (known.default_bytes if known else 0)
