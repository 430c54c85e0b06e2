"""What the report of a run says of its agents, and what a run that has none pays for the plugin: nothing."""

from xml.etree import ElementTree as ET

import pytest

from sockrig_wire.version import VERSION

pytest_plugins = ["pytester"]

PASSING_AND_FAILING = """
def test_passing(hosts):
    pass

def test_failing(hosts):
    raise AssertionError
"""


def test_the_summary_and_the_properties_of_the_suite_name_the_agents_and_their_versions(pytester, run, given):
    pytester.makepyfile(PASSING_AND_FAILING)
    result = run(*given, "--junitxml=report.xml", "-o", "junit_family=xunit2")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(f"sockrig: 2 agents: north {VERSION}, south {VERSION}")
    suite = ET.parse(pytester.path / "report.xml").find("testsuite")
    properties = {each.get("name"): each.get("value") for each in suite.findall("properties/property")}
    assert properties == {"sockrig.agent.north": VERSION, "sockrig.agent.south": VERSION}


def test_workers_of_xdist_have_agents_of_their_own_and_name_them(pytester, run):
    pytest.importorskip("xdist")
    pytester.makepyfile(PASSING_AND_FAILING)
    run("-n2", "--sockrig-local=1", "--junitxml=report.xml").assert_outcomes(passed=1, failed=1)

    for case in ET.parse(pytester.path / "report.xml").iter("testcase"):
        properties = {each.get("name"): each.get("value") for each in case.findall("properties/property")}
        assert properties == {"sockrig.agent.local-1": VERSION}


def test_a_run_without_hosts_loads_nothing_of_sockrig_and_reports_nothing_of_it(pytester, run):
    pytester.makepyfile(
        """
        import sys

        def test_plain():
            assert "sockrig.pytest_plugin" in sys.modules
            costly = {"grpc", "google", "numpy", "pydantic", "yaml", "sockrig_wire", "sockrig_agent", "sockrig.client"}
            assert not costly & set(sys.modules)
        """
    )
    result = run("--junitxml=report.xml")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("sockrig: *")
    assert "sockrig.agent" not in (pytester.path / "report.xml").read_text(encoding="utf-8")
