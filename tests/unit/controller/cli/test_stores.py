"""Where a command's runs are recorded."""

import asyncio

import pytest

from sockrig.cli.options import CONTROLLER_VARIABLE, STORE_VARIABLE, RigOptions, StoreOptions
from sockrig.cli.stores import past_runs, store_for
from sockrig_wire.errors import UsageError

CONTROLLER = RigOptions(controller="127.0.0.1:1")


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(monkeypatch):
    monkeypatch.delenv(CONTROLLER_VARIABLE, raising=False)
    monkeypatch.delenv(STORE_VARIABLE, raising=False)


def test_the_command_line_goes_before_the_variable_and_that_before_the_usual_place(monkeypatch):
    assert store_for(RigOptions(), "") == ""
    monkeypatch.setenv(STORE_VARIABLE, "/from/variable.db")
    assert store_for(RigOptions(), "") == "/from/variable.db"
    assert store_for(RigOptions(), "none") == "none"


def test_a_controller_that_runs_has_a_store_of_its_own(monkeypatch):
    with pytest.raises(UsageError, match="does not go with --store"):
        store_for(CONTROLLER, "runs.db")
    monkeypatch.setenv(STORE_VARIABLE, "/from/variable.db")
    assert store_for(CONTROLLER, "") == "/from/variable.db", "a variable contradicts nobody"


def test_of_no_store_there_are_no_past_runs():
    async def main():
        async with past_runs(StoreOptions(store="none")):
            pytest.fail("opened")

    with pytest.raises(UsageError, match="no store is named"):
        asyncio.run(main())
