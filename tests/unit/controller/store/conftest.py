from contextlib import closing

import pytest

from sockrig.store.location import StoreLocation
from sockrig.store.opening import OpenStore
from sockrig.store.recorder import Recorder


@pytest.fixture
def location(tmp_path):
    return StoreLocation(tmp_path / "folder" / "runs.db")


@pytest.fixture
def store(location):
    with closing(OpenStore.open(location)) as opened:
        yield opened


@pytest.fixture
def recorder(store):
    with closing(Recorder(store)) as opened:
        yield opened
