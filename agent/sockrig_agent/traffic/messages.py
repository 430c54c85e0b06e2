"""The arrays that sendmmsg(2) and recvmmsg(2) work on, laid out once and seen through numpy.

``struct mmsghdr`` is a ``struct msghdr`` and a length (sendmmsg(2), recvmsg(2)). Every message has one slot of one
data array; what changes between calls (lengths) is written and read for the whole batch at a time.
"""

import ctypes
import errno
import os
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

_LIBRARY: Final = ctypes.CDLL(None, use_errno=True)

_WAIT_FOR_ONE: Final = 0x10000
"""MSG_WAITFORONE, recvmmsg(2): block for the first message only."""


class _IoVector(ctypes.Structure):
    _fields_: ClassVar = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class _Message(ctypes.Structure):
    _fields_: ClassVar = [
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.POINTER(_IoVector)),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


class _BatchedMessage(ctypes.Structure):
    _fields_: ClassVar = [("message", _Message), ("length", ctypes.c_uint)]


_MESSAGE_BYTES: Final = ctypes.sizeof(_BatchedMessage)


class MessageArray:
    """``count`` messages with a slot of ``slot_bytes`` each, and optionally room for control messages.

    Attributes:
        data: the slots, one a row.
        control: the control messages, one row a message.
        lengths: what the kernel sent or received, per message.
        vector_lengths: how much of each slot is to be sent, or can be received.
        control_lengths: room for, then length of the control messages.
    """

    def __init__(self, count: int, slot_bytes: int, control_bytes: int = 0) -> None:
        self.data: NDArray[np.uint8] = np.zeros((count, slot_bytes), np.uint8)
        self.control: NDArray[np.uint8] = np.zeros((count, control_bytes), np.uint8)
        self._count = count
        self._vectors = (_IoVector * count)()
        self._messages = (_BatchedMessage * count)()
        self._headers = memoryview(self._messages).cast("B")
        for index in range(count):
            vector, message = self._vectors[index], self._messages[index].message
            vector.base = self.data.ctypes.data + index * slot_bytes
            vector.length = slot_bytes
            message.vectors = ctypes.pointer(vector)
            message.vector_count = 1
            if control_bytes:
                message.control = self.control.ctypes.data + index * control_bytes
                message.control_length = control_bytes
        self.lengths = _column(self._messages, _BatchedMessage.length.offset, np.uint32)
        self.vector_lengths = _column(self._vectors, _IoVector.length.offset, np.uintp)
        control_length_at = _BatchedMessage.message.offset + _Message.control_length.offset
        self.control_lengths = _column(self._messages, control_length_at, np.uintp)

    def send(self, descriptor: int, count: int) -> int:
        """Send the first ``count`` messages; how many the kernel took.

        Raises:
            OSError: it took none.
        """
        return _checked(_LIBRARY.sendmmsg(descriptor, self._messages, count, 0))

    def receive(self, descriptor: int, flags: int) -> int:
        """Wait for a message, and take what else is there; how many came.

        Raises:
            OSError: none came.
        """
        if self.control.shape[1]:
            self.control_lengths[:] = self.control.shape[1]
        return _checked(_LIBRARY.recvmmsg(descriptor, self._messages, self._count, flags | _WAIT_FOR_ONE, None))

    def facts(self, count: int, control_from: int = 0) -> bytes:
        """All that the kernel has told of the first ``count`` messages but their data, to compare with other calls'.

        Of the control messages, what begins at ``control_from``.
        """
        return bytes(self._headers[: count * _MESSAGE_BYTES]) + self.control[:count, control_from:].tobytes()


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        if number == errno.EAGAIN:
            raise BlockingIOError(number, os.strerror(number))
        raise OSError(number, os.strerror(number))
    return result


def _column(array: ctypes.Array[Any], offset: int, kind: type[np.unsignedinteger[Any]]) -> NDArray[Any]:
    """One field of an array of structures."""
    stride = ctypes.sizeof(array._type_)
    return np.ndarray((len(array),), kind, buffer=memoryview(array).cast("B"), offset=offset, strides=(stride,))
