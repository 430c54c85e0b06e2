import pytest

from sockrig import Rig


@pytest.fixture(scope="module")
def rig():
    """Two real agents on this machine, each with an address of its own."""
    with Rig.local(2) as opened:
        yield opened


@pytest.fixture
def a(rig):
    return rig.hosts[0]


@pytest.fixture
def b(rig):
    return rig.hosts[1]
