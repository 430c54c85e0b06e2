import pytest
from tests.netns.lab import built_lab, remove_abandoned, trial


@pytest.fixture(scope="session")
def namespaces():
    """Leave to build network namespaces; without it the test is skipped."""
    if problem := trial():
        pytest.skip(problem)
    remove_abandoned()


@pytest.fixture(scope="module")
def lab(namespaces, tmp_path_factory):
    """Three agents and a controller's host; whoever changes it puts it back."""
    with built_lab(tmp_path_factory.mktemp("lab"), agents=3) as built:
        yield built


@pytest.fixture
def lab_to_break(namespaces, tmp_path):
    """One for this test alone."""
    with built_lab(tmp_path, agents=3) as built:
        yield built
