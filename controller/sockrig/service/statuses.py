"""Failures as gRPC statuses with google.rpc details, so that a client can raise them again as they were."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from functools import wraps
from typing import Any, NoReturn, TypeVar

import grpc
import grpc.aio
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from sockrig_wire.errors import UsageError, exception_of
from sockrig_wire.failures import error_of

DOMAIN = "sockrig"

Request = TypeVar("Request")
Response = TypeVar("Response")
Context = grpc.aio.ServicerContext[Any, Any]


def told(
    handler: Callable[[Any, Request, Context], Awaitable[Response]],
) -> Callable[[Any, Request, Context], Awaitable[Response]]:
    """Tell every failure of a handler as a status with details."""

    @wraps(handler)
    async def handle(self: Any, request: Request, context: Context) -> Response:
        async with _telling(context):
            return await handler(self, request, context)
        raise AssertionError("a failure ends the call")

    return handle


def told_stream(
    handler: Callable[[Any, Request, Context], AsyncGenerator[Response, None]],
) -> Callable[[Any, Request, Context], AsyncIterator[Response]]:
    """Tell every failure of a handler that answers with a stream as a status with details."""

    @wraps(handler)
    async def handle(self: Any, request: Request, context: Context) -> AsyncIterator[Response]:
        async with _telling(context), aclosing(handler(self, request, context)) as responses:
            async for response in responses:
                yield response

    return handle


@asynccontextmanager
async def _telling(context: Context) -> AsyncIterator[None]:
    try:
        yield
    except ValueError as unreadable:
        await abort_with(context, UsageError(f"the request cannot be read: {unreadable}"))
    except grpc.aio.BaseError:
        raise
    except Exception as failure:
        await abort_with(context, failure)


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
