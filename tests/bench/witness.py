"""An independent witness of pacing and starts: when datagrams of one size reached an interface, as the kernel has it.

``python -m tests.bench.witness INTERFACE --size BYTES``: says ``ready``, and when it is interrupted writes one JSON
object: the gaps between the datagrams of the busiest port, and when the first from each address came. A ring that the
kernel fills (packet(7), PACKET_RX_RING; linux/if_packet.h, TPACKET_V2) holds the stamps, so that nobody is woken while
the traffic lasts. Needs CAP_NET_RAW.
"""

import argparse
import ctypes
import ipaddress
import json
import mmap
import signal
import socket
import struct
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SOL_PACKET, _PACKET_RX_RING, _PACKET_VERSION, _TPACKET_V2 = 263, 5, 10, 1
_SO_ATTACH_FILTER = 26
_ETH_P_IP, _UDP = 0x0800, 17
_HEADERS_BYTES = 28
"""Of IPv4 without options, and UDP."""

_FRAME_BYTES, _BLOCK_BYTES, _BLOCKS = 128, 1 << 20, 16
"""Room for 131,072 datagrams."""

_FRAME = np.dtype(
    {
        "names": ["status", "seconds", "nanoseconds", "packet_type", "source", "port"],
        "formats": ["u4", "u4", "u4", "u1", ">u4", ">u2"],
        # tpacket2_hdr, then sockaddr_ll at 32, then at 80 the IP header: its source at 12, UDP's destination port at 22
        "offsets": [0, 16, 20, 42, 92, 102],
        "itemsize": _FRAME_BYTES,
    }
)
_PACKET_HOST = 0


class Witness:
    """Sees what arrives from its making on."""

    def __init__(self, interface: str, size_bytes: int) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        self._attach_filter(size_bytes)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_VERSION, _TPACKET_V2)
        frames = _BLOCK_BYTES // _FRAME_BYTES * _BLOCKS
        self._socket.setsockopt(
            _SOL_PACKET, _PACKET_RX_RING, struct.pack("@IIII", _BLOCK_BYTES, _BLOCKS, _FRAME_BYTES, frames)
        )
        self._ring = mmap.mmap(self._socket.fileno(), _BLOCK_BYTES * _BLOCKS)
        self._socket.bind((interface, _ETH_P_IP))

    def close(self) -> None:
        """Stop seeing."""
        self._ring.close()
        self._socket.close()

    def arrivals(self) -> NDArray[np.int64]:
        """When the datagrams of the busiest port arrived, in nanoseconds since the epoch."""
        seen = self._seen()
        if not seen.size:
            return np.empty(0, np.int64)
        ports, counts = np.unique(seen["port"], return_counts=True)
        return _stamps(seen[seen["port"] == ports[counts.argmax()]])

    def firsts(self) -> dict[str, int]:
        """When the first datagram from each address arrived, in nanoseconds since the epoch."""
        seen = self._seen()
        firsts: dict[str, int] = {}
        for source, stamp in zip(seen["source"].tolist(), _stamps(seen).tolist(), strict=True):
            address = str(ipaddress.IPv4Address(source))
            firsts[address] = min(stamp, firsts.get(address, stamp))
        return firsts

    def _seen(self) -> NDArray[Any]:
        frames: NDArray[Any] = np.frombuffer(bytes(self._ring), _FRAME)
        seen: NDArray[Any] = frames[(frames["status"] != 0) & (frames["packet_type"] == _PACKET_HOST)]
        return seen

    def _attach_filter(self, size_bytes: int) -> None:
        """Only UDP of one size, so that the ring does not fill with others (linux/filter.h, classic BPF)."""
        program = b"".join(
            struct.pack("@HBBI", *instruction)
            for instruction in (
                (0x30, 0, 0, 9),  # A = the IP header's protocol
                (0x15, 0, 3, _UDP),
                (0x80, 0, 0, 0),  # A = the packet's length
                (0x15, 0, 1, size_bytes + _HEADERS_BYTES),
                (0x06, 0, 0, 0xFFFF),  # keep it
                (0x06, 0, 0, 0),  # drop it
            )
        )
        code = ctypes.create_string_buffer(program, len(program))
        self._socket.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
        )


def _stamps(frames: NDArray[Any]) -> NDArray[np.int64]:
    stamps: NDArray[np.int64] = frames["seconds"].astype(np.int64) * 1_000_000_000 + frames["nanoseconds"]
    return stamps


def main() -> None:
    """Watch until interrupted, then tell the stamps' differences."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.witness", description=__doc__)
    parser.add_argument("interface")
    parser.add_argument("--size", type=int, required=True, help="bytes of payload of the datagrams to look at")
    arguments = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    witness = Witness(arguments.interface, arguments.size)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
    gaps, firsts = np.diff(witness.arrivals()), witness.firsts()
    witness.close()
    sys.stdout.write(json.dumps({"gaps_nanoseconds": gaps.tolist(), "firsts_nanoseconds": firsts}) + "\n")


if __name__ == "__main__":
    main()
