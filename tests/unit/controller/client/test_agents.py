from dataclasses import replace

from sockrig.client.agents import Clock, clock_of, unreachable
from sockrig_wire.model.controller import AgentState, AgentStatus


def test_an_agent_without_an_estimate_has_no_clock():
    status = AgentStatus(name="a", address="10.0.0.1:7411", state=AgentState.CONNECTING)

    assert clock_of(status) is None


def test_a_clock_is_an_offset_with_its_uncertainty():
    status = AgentStatus(
        name="a",
        address="10.0.0.1:7411",
        state=AgentState.READY,
        clock_offset_seconds=-2.5,
        clock_uncertainty_seconds=0.001,
    )

    assert clock_of(status) == Clock(-2.5, 0.001)
    drifting = replace(status, clock_drift_ppm=1.5, clock_drift_uncertainty_ppm=0.1)
    assert clock_of(drifting) == Clock(-2.5, 0.001, 1.5, 0.1)


def test_every_unreachable_agent_is_named_with_its_address_and_what_is_wrong():
    refused = AgentStatus(name="a", address="10.0.0.1:7411", state=AgentState.FAILED, problem="connection refused")
    silent = AgentStatus(name="b", address="10.0.0.2:7411", state=AgentState.CONNECTING)

    sentence = str(unreachable([refused, silent]))

    assert "a at 10.0.0.1:7411: connection refused" in sentence
    assert "b at 10.0.0.2:7411: it has not answered yet" in sentence
    assert "sockrig agent" in sentence
