"""The container's health check, against real servers of the gRPC health protocol."""

import importlib.util
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

SCRIPT = Path(__file__).parents[3] / "deploy" / "container" / "agent_health.py"
Status = health_pb2.HealthCheckResponse.ServingStatus


@pytest.fixture(scope="module")
def agent_health() -> ModuleType:
    specification = importlib.util.spec_from_file_location("agent_health", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@contextmanager
def server(status: int | None) -> Iterator[str]:
    """Serves that status; None: serves, but knows no health protocol."""
    with ThreadPoolExecutor(2) as threads:
        serving = grpc.server(threads)
        if status is not None:
            servicer = health.HealthServicer()
            servicer.set("", status)
            health_pb2_grpc.add_HealthServicer_to_server(servicer, serving)
        port = serving.add_insecure_port("127.0.0.1:0")
        serving.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            serving.stop(None).wait(10)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.Value("SERVING"), "SERVING"),
        (Status.Value("NOT_SERVING"), "NOT_SERVING"),
        (None, "UNIMPLEMENTED"),
    ],
)
def test_what_the_agent_says_of_itself_is_what_the_check_says(
    agent_health: ModuleType, status: int | None, said: str
) -> None:
    with server(status) as address:
        assert agent_health.health_of(address) == said


def test_an_agent_that_is_not_there_is_unhealthy_and_the_engine_is_told_why() -> None:
    with socket.socket() as bound_but_silent:
        bound_but_silent.bind(("127.0.0.1", 0))
        host, port = bound_but_silent.getsockname()
        check = subprocess.run(
            [sys.executable, SCRIPT, f"{host}:{port}"], capture_output=True, text=True, timeout=30, check=False
        )
    assert check.returncode == 1
    assert "UNAVAILABLE" in check.stderr
