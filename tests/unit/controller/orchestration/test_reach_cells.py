"""What each agent is ordered in a reach step, and whose words each row is made of."""

from hypothesis import given
from hypothesis import strategies as st

from sockrig.orchestration.reach_cells import AskedCell, ReachRows, listen_orders, probe_orders
from sockrig.results.model.reach import ReachVerdict
from sockrig.scenario.plan import ReachCell, ReachStep
from sockrig.scenario.ports import Port
from sockrig_wire.model.reach import (
    ProbeOutcome,
    ProbeResult,
    ReachArrival,
    ReachHalfOpen,
    ReachListening,
    ReachOpened,
    ReachProbed,
    ReachSeen,
)
from sockrig_wire.model.sockets import Family, Transport

TCP = Port(Transport.TCP, 22)
UDP = Port(Transport.UDP, 53)


def step_of(cells, *, listen=True):
    return ReachStep(
        name="s",
        cells=tuple(cells),
        listen=listen,
        family=Family.INET,
        timeout_seconds=4.0,
        attempts=3,
        expected=None,
    )


def asked(cells):
    return tuple(AskedCell(cell, nonce) for nonce, cell in enumerate(cells, start=1))


def mesh(agents, ports):
    names = [f"h{number}" for number in range(agents)]
    return [ReachCell(a, b, port) for a in names for b in names if a != b for port in ports]


def addresses(agents):
    return {f"h{number}": f"10.0.0.{number + 1}" for number in range(agents)}


@given(st.integers(2, 6), st.sets(st.integers(1, 9), min_size=1, max_size=4))
def test_every_cell_is_probed_once_and_its_nonce_expected_where_it_is_sent(agents, numbers):
    cells = mesh(agents, [Port(Transport.UDP, number) for number in sorted(numbers)])
    step, known = step_of(cells), addresses(agents)
    expected = {
        (known[agent], port.transport, port.port, nonce)
        for agent, order in listen_orders(step, asked(cells)).items()
        for port in order.ports
        for nonce in port.nonces
    }

    orders = probe_orders(step, asked(cells), known, tuple(known))

    sent = [(p.host, p.transport, p.port, p.nonce) for order in orders.values() for p in order.probes]
    assert len(sent) == len(cells)
    assert set(sent) == expected


def test_sources_begin_with_different_destinations_and_go_on_to_the_next():
    cells, known = mesh(4, [TCP, UDP]), addresses(4)

    orders = probe_orders(step_of(cells), asked(cells), known, tuple(known))

    assert len({order.probes[0].host for order in orders.values()}) == 4
    for order in orders.values():
        hosts = [probe.host for probe in order.probes]
        assert hosts[:3] == hosts[3:]
        assert len(set(hosts[:3])) == 3


CELL = ReachCell("a", "b", TCP)


def rows_of(*, cells=(CELL,), listen=True, **answers):
    rows = ReachRows(step_of(cells, listen=listen), asked(cells))
    rows.addresses["b"] = "10.0.0.2"
    for name, answer in answers.items():
        if name in {"opened", "saw"}:
            getattr(rows, name)("b", answer)
        else:
            getattr(rows, name)(answer)
    return rows


SILENT = ReachProbed(
    (ProbeResult(nonce=1, outcome=ProbeOutcome.SILENT, attempts=1, source_host="10.0.0.1", source_port=4000),)
)
LISTENS = ReachOpened((ReachListening(Transport.TCP, 22),))


def test_a_cell_is_judged_by_what_both_ends_saw_of_its_nonce():
    arrived = ReachSeen((ReachArrival(1, "10.0.0.1", 4000, 9),), (), half_open_known=True)
    of_another = ReachSeen((ReachArrival(2, "10.0.0.1", 4000, 9),), (), half_open_known=True)

    assert rows_of(opened=LISTENS, probed=SILENT, saw=arrived).rows()[0].verdict is ReachVerdict.RETURN_PATH_LOST
    assert rows_of(opened=LISTENS, probed=SILENT, saw=of_another).rows()[0].verdict is ReachVerdict.DROPPED


def test_a_half_open_connection_belongs_to_the_probe_that_left_from_its_address_and_port():
    for half_open, verdict in (
        (ReachHalfOpen(22, "10.0.0.1", 4000), ReachVerdict.RETURN_PATH_LOST),
        (ReachHalfOpen(22, "10.0.0.1", 4001), ReachVerdict.DROPPED),
        (ReachHalfOpen(22, "10.0.0.9", 4000), ReachVerdict.DROPPED),
        (ReachHalfOpen(23, "10.0.0.1", 4000), ReachVerdict.DROPPED),
    ):
        seen = ReachSeen((), (half_open,), half_open_known=True)
        assert rows_of(opened=LISTENS, probed=SILENT, saw=seen).rows()[0].verdict is verdict


def test_where_a_port_cannot_be_had_it_is_not_probed():
    rows = rows_of(opened=ReachOpened((ReachListening(Transport.TCP, 22, "EACCES"),)))

    assert rows.to_probe() == []
    assert rows.rows()[0].detail == "nobody could listen: EACCES, the agent may not use ports below 1024"


def test_an_agent_that_failed_takes_its_own_cells_and_no_others():
    cells = (CELL, ReachCell("b", "a", TCP), ReachCell("c", "b", TCP))
    rows = rows_of(cells=cells)
    rows.addresses["a"] = "10.0.0.1"
    rows.failures["a"] = "it is gone"

    assert [each.cell for each in rows.to_probe()] == [cells[2]]
    assert [row.detail for row in rows.rows()] == ["agent a: it is gone"] * 2 + ["it was not probed"]


def test_silence_proves_nothing_where_the_destination_never_told_what_came_in():
    assert rows_of(opened=LISTENS, probed=SILENT).rows()[0].verdict is ReachVerdict.INVALID
    assert rows_of(listen=False, probed=SILENT).rows()[0].verdict is ReachVerdict.DROPPED
