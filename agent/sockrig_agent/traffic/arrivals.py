"""Datagrams as they came in with one system call: what the meters judge.

A fast flow arrives in *runs*: datagrams with consecutive numbers and one time of sending, because its sender stamps a
whole batch. What holds for a run is found out once, however many datagrams it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Datagrams in the order of their arrival.

    ``at`` is when the call returned. ``sequences`` and ``stamps`` are the headers' words
    (:mod:`sockrig_wire.datagram`), read as signed: a number below 0 is one with its top bit set. ``lengths`` are in
    bytes, one number where all are alike. ``intact`` tells which are as they were sealed; None where digests are not
    looked at. ``received`` is when the kernel took them in, one time for every ``joined`` datagrams, which it joined
    into one message; None where nobody knows better than ``at``.
    """

    at: int
    sequences: NDArray[np.int64]
    stamps: NDArray[np.int64]
    lengths: NDArray[np.int64] | int
    intact: NDArray[np.bool_] | None = None
    received: NDArray[np.int64] | None = None
    joined: int = 1

    @classmethod
    def together(cls, parts: Sequence["Arrivals"]) -> "Arrivals":
        """All of what came with one call, where digests are not looked at."""
        times = [np.repeat(part.received, part.joined) for part in parts if part.received is not None]
        return cls(
            parts[0].at,
            np.concatenate([part.sequences for part in parts]),
            np.concatenate([part.stamps for part in parts]),
            np.concatenate([np.broadcast_to(part.lengths, part.count) for part in parts]),
            received=np.concatenate(times) if len(times) == len(parts) else None,
        )

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.sequences)

    @property
    def total_bytes(self) -> int:
        """All their lengths."""
        return self.lengths * self.count if isinstance(self.lengths, int) else int(self.lengths.sum())

    def times(self, begin: int, end: int) -> tuple[NDArray[np.int64], int]:
        """When the kernel took in those from ``begin`` to ``end``, and for how many of them each time stands.

        Raises:
            ValueError: nobody knows.
        """
        if self.received is None:
            raise ValueError("these arrivals have no times of their own")
        if begin % self.joined or end % self.joined:
            return np.repeat(self.received, self.joined)[begin:end], 1
        return self.received[begin // self.joined : end // self.joined], self.joined

    def select(self, which: slice | NDArray[np.bool_]) -> "Arrivals":
        """Some of them."""
        received = self.received
        if received is not None:
            received = (received if self.joined == 1 else np.repeat(received, self.joined))[which]
        return Arrivals(
            self.at,
            self.sequences[which],
            self.stamps[which],
            self.lengths if isinstance(self.lengths, int) else self.lengths[which],
            None if self.intact is None else self.intact[which],
            received,
        )

    def run_starts(self) -> list[int]:
        """The places where runs begin; nothing for nothing."""
        if self.count <= 1:
            return [0] * self.count
        sequences, stamps = self.sequences, self.stamps
        broken = sequences[1:] - sequences[:-1] != 1
        broken |= stamps[1:] != stamps[:-1]
        return [0, *(broken.nonzero()[0] + 1).tolist()] if np.count_nonzero(broken) else [0]
