"""Which kinds of traffic there are here, and where their engines are found.

Our own kinds stand in a table, so that they are there without installed metadata; other packages add theirs with an
entry point of the group ``sockrig.engines`` whose name is the kind and whose value is an
:class:`~sockrig_agent.traffic.engine.Engines`. Nothing here loads an engine before :meth:`Kind.load`.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Final

from sockrig_wire.errors import UsageError
from sockrig_wire.kinds import DEFAULT_CONNECTIONS, FLOW_KINDS, FlowKind
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
    if kind := BUILT_IN.get(name) or added_kinds().get(name):
        return kind
    known = sorted({*BUILT_IN, *added_kinds()})
    raise UsageError(f"there is no kind of traffic named {name!r}", next=f"Kinds here: {', '.join(known)}.")


def added_kinds() -> Mapping[str, Kind]:
    """The kinds of other packages, by name."""
    return _added_kinds(tuple(sys.path))


@lru_cache(maxsize=1)
def _added_kinds(folders: tuple[str, ...]) -> Mapping[str, Kind]:
    """Look through the metadata of what is installed in these folders; the first of a name counts.

    Read here and not with importlib.metadata, which would take 1.5 MB of every idle agent. The file is that of PyPA's
    entry points specification: lines of ``name = object`` under a ``[group]``.
    """
    found: dict[str, Kind] = {}
    for folder in folders:
        for file in sorted(Path(folder).glob("*.dist-info/entry_points.txt")):
            group = ""
            for line in map(str.strip, file.read_text(encoding="utf-8").splitlines()):
                name, equals, engines = (part.strip() for part in line.partition("="))
                if line.startswith("["):
                    group = line.strip("[] ")
                elif group == ENTRY_POINT_GROUP and equals and name not in BUILT_IN:
                    found.setdefault(name, Kind(name, engines))
    return found


def size_of(spec: FlowSpec) -> int:
    """The size in bytes of the flow's datagrams, messages or blocks: as asked for, or the kind's default.

    Where their sizes differ, it is the largest.
    """
    if spec.sizes:
        return max(share.most_bytes for share in spec.sizes)
    known = find_kind(spec.kind).known
    return spec.size_bytes or (known.default_bytes if known else 0)


def connections_of(spec: FlowSpec) -> int:
    """How many connections each worker holds at once: as asked for, or the default; 0 of a kind that holds none."""
    known = find_kind(spec.kind).known
    return spec.connections or (DEFAULT_CONNECTIONS if known is not None and known.holds_connections else 0)
