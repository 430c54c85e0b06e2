import sys

import pytest

from sockrig_agent.host import capabilities
from sockrig_agent.traffic.engine import Engine, Engines
from sockrig_agent.traffic.kinds import BUILT_IN, added_kinds, connections_of, find_kind, size_of
from sockrig_wire.errors import UsageError
from sockrig_wire.model.flows import Direction, FlowSpec, Role, SizeShare


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_kind_has_both_ends(name):
    engines = find_kind(name).load()
    assert issubclass(engines.of(Role.SOURCE), Engine)
    assert issubclass(engines.of(Role.DESTINATION), Engine)
    assert engines.of(Role.SOURCE) is not engines.of(Role.DESTINATION)


def test_a_tcp_stream_can_be_reversed_and_the_others_say_that_they_cannot():
    reverse = find_kind("tcp-stream").load()
    assert reverse.of(Role.SOURCE, Direction.REVERSE) is not reverse.of(Role.SOURCE)
    with pytest.raises(UsageError, match="goes forward only"):
        find_kind("udp-rr").load().of(Role.SOURCE, Direction.REVERSE)


def test_a_size_is_as_asked_for_or_the_kinds_default():
    spec = FlowSpec(name="f", kind="udp-stream", duration_seconds=1)
    assert size_of(spec) == 1400
    assert size_of(FlowSpec(name="f", kind="udp-stream", duration_seconds=1, size_bytes=100)) == 100
    mix = (SizeShare(100, 200), SizeShare(50, 50, 9))
    assert size_of(FlowSpec(name="f", kind="udp-stream", duration_seconds=1, sizes=mix)) == 200


def test_connections_are_as_asked_for_or_the_default_of_a_kind_that_holds_them():
    assert connections_of(FlowSpec(name="f", kind="tcp-hold", duration_seconds=1)) == 100
    assert connections_of(FlowSpec(name="f", kind="tcp-hold", duration_seconds=1, connections=7)) == 7
    assert connections_of(FlowSpec(name="f", kind="tcp-connect", duration_seconds=1)) == 0


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="tcp-connect, tcp-hold, tcp-rr, tcp-stream, udp-rr, udp-stream"):
        find_kind("smoke-signals")


def test_another_package_adds_a_kind_with_an_entry_point(tmp_path, monkeypatch):
    (tmp_path / "pigeons.py").write_text(
        "from sockrig_agent.traffic.engines.tcp_stream import Destination, Source\n"
        "from sockrig_agent.traffic.engine import Engines\n"
        "ENGINES = Engines(Source, Destination)\n",
        encoding="utf-8",
    )
    metadata = tmp_path / "pigeons-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: pigeons\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text("[sockrig.engines]\npigeon = pigeons:ENGINES\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    kind = find_kind("pigeon")
    assert list(added_kinds()) == ["pigeon"]
    assert "kind:pigeon" in capabilities()
    with pytest.raises(UsageError, match="pigeon, tcp-connect"):
        find_kind("raven")
    assert "pigeons" not in sys.modules
    assert isinstance(kind.load(), Engines)
    monkeypatch.delitem(sys.modules, "pigeons")
