"""What tests of scenarios share: the files, and ways to load and to expand."""

from pathlib import Path

import pytest

from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, expand

SCENARIOS = Path(__file__).parents[3] / "data" / "scenarios"


@pytest.fixture
def load_file():
    """Load one of the files, with variables."""

    def load(name, **variables):
        return load_scenario((SCENARIOS / name).read_text(encoding="utf-8"), file_name=name, variables=variables)

    return load


@pytest.fixture
def expand_text():
    """Expand a scenario's text over agents of these names."""

    def expand_over(text, *names):
        return expand(load_scenario(text, file_name="bench.yaml"), [AgentFacts(name) for name in names])

    return expand_over
