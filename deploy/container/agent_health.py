# ruff: noqa: INP001 - a script for the image, in no package
"""Asks the agent at HOST:PORT whether it serves, over the gRPC health protocol: exit code 0, or 1 and what it said.

The container's health check. It speaks as the agent does today: without TLS, so only to loopback.
"""

import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

TIMEOUT_SECONDS = 2.0


def health_of(address: str) -> str:
    """SERVING, NOT_SERVING, ... as grpc.health.v1 names it, or the status of the failed call, such as UNAVAILABLE."""
    with grpc.insecure_channel(address, options=(("grpc.enable_http_proxy", 0),)) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_SECONDS)
        except grpc.RpcError as failure:
            return str(failure.code().name)
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


if __name__ == "__main__":
    health = health_of(sys.argv[1])
    sys.exit(None if health == "SERVING" else health)
