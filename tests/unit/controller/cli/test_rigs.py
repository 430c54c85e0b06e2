"""From the options to the agents that a command works with."""

import pytest

from sockrig.cli.options import CONTROLLER_VARIABLE, MOST_LOCAL_AGENTS, RigOptions
from sockrig.cli.rigs import agents_of, named_controller, required_agents
from sockrig.local_agents import MOST_LOCAL_AGENTS as MOST_OF_THE_CONTROLLER
from sockrig_wire.errors import UsageError


@pytest.fixture(autouse=True)
def _no_controller_in_the_environment(monkeypatch):
    monkeypatch.delenv(CONTROLLER_VARIABLE, raising=False)


def test_agents_come_from_the_inventory_the_command_line_and_this_machine_together(tmp_path):
    inventory = tmp_path / "lab.yaml"
    inventory.write_text('agents: {north: {address: "10.0.0.1:7411", labels: {site: attic}}}')
    agents = agents_of(RigOptions(inventory=inventory, agent=["south=10.0.0.2:7411"], local=2))
    assert agents.names == ("local-1", "local-2", "north", "south")
    assert agents.addresses == {"north": "10.0.0.1:7411", "south": "10.0.0.2:7411"}
    assert agents.labels == {"north": {"site": "attic"}}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (RigOptions(agent=["10.0.0.1:7411"]), "is not an agent"),
        (RigOptions(agent=["a="]), "is not an address"),
        (RigOptions(agent=["=10.0.0.1:7411"]), "is not an agent"),
        (RigOptions(agent=["a=10.0.0.1"]), "is not an address with a port"),
        (RigOptions(agent=["a=10.0.0.1:1", "a=10.0.0.2:1"]), "2 agents are named 'a'"),
        (RigOptions(agent=["local-2=10.0.0.1:1"], local=2), "2 agents are named 'local-2'"),
    ],
)
def test_a_wrong_option_says_what_is_wrong(options, words):
    with pytest.raises(UsageError, match=words):
        agents_of(options)


def test_no_agents_at_all_says_how_to_name_some():
    with pytest.raises(UsageError, match="no agents are named") as caught:
        required_agents(RigOptions())
    for way in ("--local", "--agent", "--inventory", "--controller", CONTROLLER_VARIABLE):
        assert way in str(caught.value)


@pytest.mark.parametrize("own", [{"local": 2}, {"agent": ["a=10.0.0.1:1"]}])
def test_a_controller_has_agents_of_its_own(own):
    with pytest.raises(UsageError, match="does not go with"):
        named_controller(RigOptions(controller="127.0.0.1:7410", **own))


def test_the_controller_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv(CONTROLLER_VARIABLE, "127.0.0.1:7410")
    assert named_controller(RigOptions()) == "127.0.0.1:7410"
    assert named_controller(RigOptions(controller="127.0.0.1:1")) == "127.0.0.1:1"
    assert named_controller(RigOptions(local=2)) == "", "agents that are named here go first"


def test_a_controller_in_the_environment_that_is_no_address_is_named(monkeypatch):
    monkeypatch.setenv(CONTROLLER_VARIABLE, "nowhere")
    with pytest.raises(UsageError, match=CONTROLLER_VARIABLE):
        named_controller(RigOptions())


def test_as_many_local_agents_may_be_asked_for_as_the_controller_starts():
    assert MOST_LOCAL_AGENTS == MOST_OF_THE_CONTROLLER
