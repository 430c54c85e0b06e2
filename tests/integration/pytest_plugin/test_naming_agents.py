"""Whose agents the tests run on: options, the inventory, pytest's configuration."""

import pytest

from sockrig.pytest_plugin import AgentSource

pytest_plugins = ["pytester"]

SAY_THE_NAMES = """
def test_names(hosts):
    print("names:", *(f"{host.name}{dict(host.labels)}" for host in hosts))
"""


@pytest.fixture
def inventory(pytester, lab):
    path = pytester.path / "lab.yaml"
    address = lab.hosts[0].status.address
    path.write_text(f"agents: {{listed: {{address: '{address}', labels: {{site: basement}}}}}}", encoding="utf-8")
    return path


def test_where_nothing_is_named_two_are_the_usual_number_and_more_are_started_on_demand():
    source = AgentSource()

    assert source.usual_count == 2
    assert source.local_count(asked=0, most=64) == 2
    assert source.local_count(asked=3, most=64) == 3
    assert source.local_count(asked=100, most=64) == 64


def test_the_number_of_local_agents_is_the_usual_one_and_grows_on_demand():
    source = AgentSource(local=4)

    assert source.usual_count == 4
    assert source.local_count(asked=2, most=64) == 4
    assert source.local_count(asked=5, most=64) == 5


def test_a_lab_with_given_agents_does_not_grow():
    source = AgentSource(local=1, addresses={"north": "10.0.0.1:7411"})

    assert source.usual_count == 2
    assert source.local_count(asked=5, most=64) == 1


def test_so_many_are_started_here_and_more_for_a_test_that_asks(pytester, run):
    pytester.makepyfile(
        """
        import pytest

        def test_usual(hosts):
            assert len(hosts) == 1

        @pytest.mark.sockrig(agents=2)
        def test_two(hosts):
            assert len(hosts) == 2
        """
    )
    run("--sockrig-local=1").assert_outcomes(passed=2)


def test_local_and_given_agents_and_an_inventory_go_together(pytester, run, given, inventory):
    pytester.makepyfile(SAY_THE_NAMES)
    result = run("-s", "--sockrig-local=1", given[1], f"--sockrig-inventory={inventory}")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines("*names: local-1{} listed{'site': 'basement'} south{}*")


def test_the_configuration_names_an_inventory_beside_it(pytester, run, inventory):
    pytester.makeini("[pytest]\nsockrig_inventory = lab.yaml")
    pytester.makepyfile(**{"deeper/test_names": SAY_THE_NAMES})
    pytester.syspathinsert()
    result = run("-s", "deeper")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines("*names: listed{'site': 'basement'}*")


def test_the_command_line_goes_before_the_configuration(pytester, run, given):
    pytester.makeini("[pytest]\nsockrig_inventory = not-there.yaml")
    pytester.makepyfile(SAY_THE_NAMES)
    result = run("-s", given[0])

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines("*names: north{}*")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--sockrig-local=0"], "--sockrig-local: 0 agents*1 to 64", id="no local agents"),
        pytest.param(["--sockrig-local=65"], "--sockrig-local: 65 agents*1 to 64", id="too many local agents"),
        pytest.param(["--sockrig-agent=north"], "--sockrig-agent: 'north' is not NAME=ADDR*", id="no address"),
        pytest.param(["--sockrig-agent=a=nowhere"], "--sockrig-agent: 'nowhere' is not an address*", id="no port"),
        pytest.param(
            ["--sockrig-agent=a=127.0.0.1:1", "--sockrig-agent=a=127.0.0.1:2"],
            "--sockrig-agent: two agents are named 'a'*",
            id="the same name twice",
        ),
        pytest.param(["--sockrig-inventory=none.yaml"], "none.yaml: cannot read the inventory*", id="no inventory"),
        pytest.param(["-o", "sockrig_inventory=none.yaml"], "*none.yaml: cannot read*", id="no configured inventory"),
    ],
)
def test_a_wrong_name_is_a_usage_error_before_any_test(pytester, arguments, words):
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_inprocess(*arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(f"ERROR: {words}")
    assert "Traceback" not in result.stderr.str()
