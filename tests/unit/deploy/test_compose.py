"""The compose file: closed to the outside, and at one with what the agent and the controller understand."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sockrig.client.inventory import parse_inventory
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, FlowStep, SocketStep, expand
from sockrig_agent.cli import argument_parser

FOLDER = Path(__file__).parents[3] / "deploy" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
AGENTS = {name: service for name, service in SERVICES.items() if name.startswith("agent-")}
CONTROLLERS = {name: service for name, service in SERVICES.items() if name not in AGENTS}

every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
every_agent = pytest.mark.parametrize(("name", "service"), AGENTS.items(), ids=AGENTS)
every_controller = pytest.mark.parametrize("service", CONTROLLERS.values(), ids=CONTROLLERS)


def agent_addresses() -> dict[str, str]:
    ports = {name: argument_parser().parse_args(service["command"]).listen for name, service in AGENTS.items()}
    return {name: f"{name}:{listen.rpartition(':')[2]}" for name, listen in ports.items()}


def test_there_are_three_agents_and_one_command_that_runs_by_default() -> None:
    assert len(AGENTS) == 3
    assert [name for name, service in CONTROLLERS.items() if not service.get("profiles")] == ["controller"]


@every_service
def test_nothing_is_reachable_from_outside(service: dict[str, Any]) -> None:
    assert not {"ports", "network_mode", "privileged", "cap_add"} & service.keys()
    assert service["networks"]
    assert all(COMPOSE["networks"][network]["internal"] for network in service["networks"])


@every_service
def test_a_service_can_write_nothing_and_gain_nothing(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]


@every_controller
def test_the_runs_of_a_command_outlive_its_container(service: dict[str, Any]) -> None:
    (name, _, place) = service["volumes"][0].partition(":")
    assert name in COMPOSE["volumes"]
    assert f"VOLUME {place}\n" in (FOLDER / "../container/cli.Dockerfile").read_text("utf-8")


@every_service
def test_its_image_is_built_from_files_that_are_here(service: dict[str, Any]) -> None:
    context = FOLDER / service["build"]["context"]
    assert (context / "pyproject.toml").is_file()
    assert (context / service["build"]["dockerfile"]).is_file()


@every_agent
def test_an_agent_understands_its_command_and_bears_its_services_name(name: str, service: dict[str, Any]) -> None:
    flags = argument_parser().parse_args(service["command"])
    assert (flags.name, service["hostname"], flags.insecure) == (name, name, True)


@every_controller
def test_the_controller_waits_until_every_agent_is_healthy(service: dict[str, Any]) -> None:
    assert service["depends_on"] == {name: {"condition": "service_healthy"} for name in AGENTS}


def test_the_command_names_every_agent_where_it_listens() -> None:
    words = [word.removeprefix("--agent=") for word in SERVICES["controller"]["command"] if word.startswith("--agent=")]
    assert dict(word.split("=") for word in words) == agent_addresses()


def test_the_inventory_names_every_agent_where_it_listens() -> None:
    inventory = parse_inventory((FOLDER / "inventory.yaml").read_text("utf-8"), file_name="inventory.yaml")
    assert {name: agent.address for name, agent in inventory.items()} == agent_addresses()


@every_controller
def test_the_files_of_a_command_are_mounted_where_it_looks_for_them(service: dict[str, Any]) -> None:
    mounted = {config["target"] for config in service["configs"]}
    assert {word for word in service["command"] if word.startswith("/")} <= mounted
    assert all((FOLDER / COMPOSE["configs"][config["source"]]["file"]).is_file() for config in service["configs"])


def test_the_scenario_is_valid_for_these_agents_and_uses_them_all() -> None:
    loaded = load_scenario((FOLDER / "scenario.yaml").read_text("utf-8"), file_name="scenario.yaml")
    plan = expand(loaded, [AgentFacts(name=name, labels={}, addresses=()) for name in AGENTS])
    assert set(plan.agents) == set(AGENTS)
    assert {type(step) for step in plan.steps} == {SocketStep, FlowStep}
