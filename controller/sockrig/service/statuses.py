"""Failures as gRPC statuses with google.rpc details, so that a client can raise them again as they were."""

from typing import NoReturn

import grpc
import grpc.aio
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from sockrig_wire.errors import exception_of
from sockrig_wire.failures import error_of

DOMAIN = "sockrig"


async def abort_with(context: "grpc.aio.ServicerContext[object, object]", failure: Exception) -> NoReturn:
    """End the call with what went wrong."""
    error = error_of(failure)
    code = getattr(grpc.StatusCode, exception_of(error).status)
    detail = any_pb2.Any()
    detail.Pack(
        error_details_pb2.ErrorInfo(
            reason=error.code.name,
            domain=DOMAIN,
            metadata={
                "what": error.what,
                "where": error.where,
                "next": error.next,
                "errno_name": error.errno_name,
            },
        )
    )
    status = status_pb2.Status(code=code.value[0], message=str(exception_of(error)), details=[detail])
    await context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError("abort_with_status does not return")
