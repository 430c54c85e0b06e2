"""A kind of traffic from another package: agents tell of it, scenarios name it, and it runs as ours do."""

import json
import os

import pytest

PIGEONS = """\
from sockrig_agent.traffic.engine import Engines
from sockrig_agent.traffic.engines.tcp_stream import Destination, Source


class Pigeons(Source):
    pass


ENGINES = Engines(Pigeons, Destination)
"""
SCENARIO = """\
scenario: pigeons
agents: [a, b]
steps:
  - flow: {kind: pigeon-post, from: a, to: b, duration: 300ms, size: 1 KB}
    expect: [throughput > 1 bit/s]
"""


@pytest.fixture
def with_pigeons(tmp_path):
    """The environment of a host on which the package is installed."""
    packages = tmp_path / "packages"
    metadata = packages / "pigeons-1.0.dist-info"
    metadata.mkdir(parents=True)
    (packages / "pigeons.py").write_text(PIGEONS)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeons\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[sockrig.engines]\npigeon-post = pigeons:ENGINES\n")
    paths = [str(packages), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}


def test_it_runs_where_the_package_is_installed(sockrig, with_pigeons, tmp_path):
    (tmp_path / "pigeons.yaml").write_text(SCENARIO)
    ended = sockrig("run", "pigeons.yaml", "--local", "2", "--json", "--quiet", environment=with_pigeons)
    assert ended.exit_code == 0, ended.stderr
    (flow,) = json.loads(ended.stdout)["steps"][0]["flows"]
    assert flow["kind"] == "pigeon-post"
    assert flow["received"]["bytes"] > 0


def test_an_agent_without_it_is_named_before_anything_starts(sockrig, over_agents, tmp_path):
    (tmp_path / "pigeons.yaml").write_text(SCENARIO)
    ended = sockrig("run", "pigeons.yaml", "--quiet", *over_agents)
    assert ended.exit_code == 2
    assert "pigeons.yaml:4:18: agent 'a' has no kind 'pigeon-post'; known are tcp-stream" in ended.stderr
