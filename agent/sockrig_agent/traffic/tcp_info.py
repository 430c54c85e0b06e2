"""What the kernel knows about a TCP connection: the ``TCP_INFO`` option of tcp(7).

The layout is ``struct tcp_info`` of linux/tcp.h, in the host's byte order. It only ever grows at its end, so a kernel
returns as much of it as it has; what lies beyond that is not known. Offsets in bytes of the fields that are read:

====== ========================== ====== =============================================
offset field                      type   meaning
====== ========================== ====== =============================================
68     ``tcpi_rtt``               u32    smoothed round trip, microseconds
80     ``tcpi_snd_cwnd``          u32    congestion window, segments
100    ``tcpi_total_retrans``     u32    segments sent again since the beginning
148    ``tcpi_min_rtt``           u32    smallest round trip, microseconds (4.6)
160    ``tcpi_delivery_rate``     u64    of the last sample, bytes per second (4.9)
168    ``tcpi_busy_time``         u64    with data to send, microseconds (4.10)
176    ``tcpi_rwnd_limited``      u64    held by the peer's window, microseconds (4.10)
184    ``tcpi_sndbuf_limited``    u64    held by the send buffer, microseconds (4.10)
====== ========================== ====== =============================================

The kernel counts the last three in whole ticks (``jiffies``, 1 to 10 ms), whatever their unit.
"""

import socket
import struct
import sys
from typing import Final

from sockrig_wire.model.flows import TcpInfo

_U32: Final = struct.Struct("=I")
_U64: Final = struct.Struct("=Q")

_RTT: Final = 68
_SEND_CONGESTION_WINDOW: Final = 80
_TOTAL_RETRANSMITS: Final = 100
_MINIMUM_RTT: Final = 148
_DELIVERY_RATE: Final = 160
_BUSY_TIME: Final = 168
_RECEIVE_WINDOW_LIMITED: Final = 176
_SEND_BUFFER_LIMITED: Final = 184

_READ_BYTES: Final = 256
"""More than the struct has in any kernel so far; the kernel returns what it fills."""

_NO_MINIMUM: Final = 0xFFFF_FFFF
"""What ``tcpi_min_rtt`` is before the first sample (``tcp_init_sock`` of tcp.c: ~0U)."""


def read_tcp_info(sock: socket.socket) -> TcpInfo | None:
    """Ask the kernel about ``sock``; None where it does not tell: not Linux, not TCP, or closed."""
    if sys.platform != "linux":
        return None
    try:
        data = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _READ_BYTES)
    except OSError:
        return None
    return parse_tcp_info(data)


def parse_tcp_info(data: bytes) -> TcpInfo:
    """Read a ``struct tcp_info`` of any length; what lies beyond its end, or has no sample yet, is None."""
    minimum = _field(data, _U32, _MINIMUM_RTT)
    rate = _field(data, _U64, _DELIVERY_RATE)
    return TcpInfo(
        retransmits=_field(data, _U32, _TOTAL_RETRANSMITS) or 0,
        round_trip_seconds=_seconds(_field(data, _U32, _RTT) or None),
        minimum_round_trip_seconds=_seconds(None if minimum == _NO_MINIMUM else minimum),
        congestion_window=_field(data, _U32, _SEND_CONGESTION_WINDOW),
        delivery_rate_bits_per_second=rate * 8.0 if rate else None,
        busy_seconds=_seconds(_field(data, _U64, _BUSY_TIME)),
        receive_window_limited_seconds=_seconds(_field(data, _U64, _RECEIVE_WINDOW_LIMITED)),
        send_buffer_limited_seconds=_seconds(_field(data, _U64, _SEND_BUFFER_LIMITED)),
    )


def _field(data: bytes, kind: struct.Struct, offset: int) -> int | None:
    if offset + kind.size > len(data):
        return None
    (number,) = kind.unpack_from(data, offset)
    return int(number)


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / 1_000_000
