"""What a failed session means for a person: gRPC's long stories as one sentence that says what to do."""

import grpc
import grpc.aio

from sockrig_wire.errors import IncompatibleError, UnreachableError


def told(failure: Exception, where: str) -> Exception:
    """A failed gRPC call as an error of ours; any other failure as it is."""
    if not isinstance(failure, grpc.aio.AioRpcError):
        return failure
    details = failure.details() or ""
    match failure.code():
        case grpc.StatusCode.FAILED_PRECONDITION | grpc.StatusCode.PERMISSION_DENIED | grpc.StatusCode.ABORTED:
            return IncompatibleError(details or "it refused the session", where=where)
        case grpc.StatusCode.UNIMPLEMENTED:
            return _no_agent(where)
        case _ if "Failed parsing HTTP/2" in details:
            return _no_agent(where)
        case _:
            return unreachable(reason_of(details), where)


def _no_agent(where: str) -> IncompatibleError:
    return IncompatibleError("something answers there, but it is no Sockrig agent", where=where, next="Check the port.")


def unreachable(what: str, where: str) -> UnreachableError:
    """An agent does not answer, and what to look at."""
    return UnreachableError(
        what, where=where, next="Is the agent running there, and is the address the one that it printed?"
    )


_SYSTEM_ERRORS = (
    "Connection refused",
    "No route to host",
    "Network is unreachable",
    "Connection reset",
    "Socket closed",
    "timed out",
)


def reason_of(details: str) -> str:
    """What a person wants to know of gRPC's long story: the last system error in it."""
    for text in _SYSTEM_ERRORS:
        if text.lower() in details.lower():
            return f"it does not answer ({text.lower()})"
    if any(text in details.lower() for text in ("name resolution", "errors resolving", "dns")):
        return "its host name cannot be resolved"
    return f"it does not answer ({details})" if details else "it does not answer"
