"""Any exception as an error that can travel, and the operating system's errors back as they were.

Numbers of errors differ between systems, so names travel: ``ECONNREFUSED``, or ``EAI_NONAME`` of a name look-up.
"""

import errno
import os
import socket

from sockrig_wire.errors import SockrigError
from sockrig_wire.model.failures import Error, ErrorCode

_LOOK_UP_PREFIX = "EAI_"


def error_of(exception: BaseException, *, where: str = "") -> Error:
    """Describe any exception as a value that can travel."""
    if isinstance(exception, SockrigError):
        place = exception.where or where
        return Error(exception.code, exception.what, place, exception.next, exception.errno_name)
    if isinstance(exception, OSError):
        what = exception.strerror or str(exception) or "timed out"
        return Error(ErrorCode.SOCKET, what, where, "", _name_of(exception))
    return Error(
        ErrorCode.INTERNAL,
        f"{type(exception).__name__}: {exception}",
        where,
        "This is a defect of Sockrig: please report it with what you did.",
    )


def os_error_of(error: Error) -> OSError:
    """Make what a local socket would have raised, with this system's number for the error.

    A name that this system does not know becomes a plain :class:`OSError` with the text alone.
    """
    if error.errno_name.startswith(_LOOK_UP_PREFIX):
        return socket.gaierror(getattr(socket, error.errno_name, socket.EAI_FAIL), error.what)
    number = getattr(errno, error.errno_name, None) if error.errno_name else None
    if number is None:
        return OSError(error.what)
    return OSError(number, error.what or os.strerror(number))


def _name_of(exception: OSError) -> str:
    if isinstance(exception, socket.gaierror):
        names = (name for name in dir(socket) if name.startswith(_LOOK_UP_PREFIX))
        return next((name for name in names if getattr(socket, name) == exception.errno), "EAI_FAIL")
    name = errno.errorcode.get(exception.errno or 0, "")
    return "ETIMEDOUT" if isinstance(exception, TimeoutError) and not name else name
