"""Which packets came, came twice, came out of order or came too late to tell: exact, over whole batches.

Every packet that is observed is counted in exactly one of three ways:

* *received*: its first arrival (RFC 7680: what is lost never has one);
* *duplicate*: it has arrived before, in an earlier batch or in the same one (RFC 5560);
* *late*: as far as the window, or further, below the highest number so far. Whether it came before is no longer known,
  so it is neither received nor a duplicate, and is told apart.

*Reordered* are those of the received that arrived below the next expected number, which is one above the highest seen
so far (RFC 4737 section 3.3, Type-P-Reordered); duplicates are not among them.
"""

import numpy as np
from numpy.typing import NDArray

DEFAULT_WINDOW = 65_536
"""How far back an arrival can be judged: 6 ms at ten million packets per second, 6 s at ten thousand."""


class SequenceMeter:
    """Judges sequence numbers that count from 0 and stay below 2**63 (:mod:`sockrig_wire.datagram`, flag removed).

    The memory is one byte per number of the window, however long the flow lasts.

    Args:
        window: how far below the highest number an arrival can still be judged; a power of two.

    Raises:
        ValueError: the window is no power of two.
    """

    def __init__(self, window: int = DEFAULT_WINDOW) -> None:
        if window < 1 or window & (window - 1):
            raise ValueError(f"the window must be a power of two, not {window}")
        self._window = window
        # One cell per number in (highest - window, highest], at the number modulo the window.
        self._seen = np.zeros(window, dtype=np.bool_)
        self._highest = -1
        self._received = 0
        self._duplicates = 0
        self._reordered = 0
        self._late = 0

    @property
    def received_packets(self) -> int:
        """First arrivals."""
        return self._received

    @property
    def duplicate_packets(self) -> int:
        """Arrivals of what had arrived before."""
        return self._duplicates

    @property
    def reordered_packets(self) -> int:
        """First arrivals below the next expected number."""
        return self._reordered

    @property
    def late_packets(self) -> int:
        """Arrivals below the window, neither received nor duplicate."""
        return self._late

    @property
    def highest(self) -> int:
        """The highest number that has arrived; -1 before the first."""
        return self._highest

    def observe_run(self, first: int, count: int) -> bool:
        """Judge ``count`` consecutive numbers from ``first`` on, if all of them are above the highest so far.

        Returns:
            Whether they are, and were counted as received. If not, nothing has changed; :meth:`observe` judges them.
        """
        if first <= self._highest:
            return False
        if first > self._highest + 1:
            self._mark(self._highest + 1, first, seen=False)
        self._mark(first, first + count, seen=True)
        self._highest = first + count - 1
        self._received += count
        return True

    def observe(self, sequences: NDArray[np.int64] | NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Judge a batch in order of arrival.

        Returns:
            True where the packet is counted as received: neither a duplicate nor late.
        """
        # Below 2**63 the signed values are the same, and -1 can stand for "nothing yet".
        numbers = np.ascontiguousarray(sequences).astype(np.int64, copy=False)
        if numbers.size == 0:
            return np.zeros(0, dtype=np.bool_)
        if numbers[0] > self._highest and bool((numbers[1:] > numbers[:-1]).all()):
            return self._observe_ascending(numbers)
        return self._observe_any(numbers)

    def _observe_ascending(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """The common case: nothing but losses, so that every number is new and in order."""
        first, last = int(numbers[0]), int(numbers[-1])
        if last - first == numbers.size - 1:
            self.observe_run(first, numbers.size)
        else:
            self._mark(self._highest + 1, last + 1, seen=False)
            self._remember(numbers, last)
            self._highest = last
            self._received += numbers.size
        return np.ones(numbers.size, dtype=np.bool_)

    def _observe_any(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Any order: each number is held against the highest one that arrived before it.

        That highest never falls, so a number that was late once stays late; and one that can be judged and lies at
        or below the highest of before the batch still has its cell in the window as the batch found it.
        """
        before = np.empty_like(numbers)
        before[0] = self._highest
        before[1:] = np.maximum.accumulate(np.maximum(numbers[:-1], self._highest))
        judged = numbers > before - self._window
        seen_earlier = (numbers <= self._highest) & self._seen[numbers & (self._window - 1)]
        new: NDArray[np.bool_] = judged & _first_in_batch(numbers) & ~seen_earlier

        received = int(np.count_nonzero(new))
        late = numbers.size - int(np.count_nonzero(judged))
        self._received += received
        self._late += late
        self._duplicates += numbers.size - late - received
        self._reordered += int(np.count_nonzero(new & (numbers < before)))

        highest = max(self._highest, int(numbers.max()))
        self._mark(self._highest + 1, highest + 1, seen=False)
        self._remember(numbers[new], highest)
        self._highest = highest
        return new

    def _mark(self, begin: int, end: int, *, seen: bool) -> None:
        """Set the cells of the numbers from ``begin`` up to but not including ``end``."""
        begin = max(begin, end - self._window)
        if begin >= end:
            return
        first, stop = begin % self._window, (end - 1) % self._window + 1
        if first < stop:
            self._seen[first:stop] = seen
        else:
            self._seen[first:] = seen
            self._seen[:stop] = seen

    def _remember(self, numbers: NDArray[np.int64], highest: int) -> None:
        """Set the cells of those numbers that the window below ``highest`` still holds."""
        within = numbers[numbers > highest - self._window]
        self._seen[within & (self._window - 1)] = True


def _first_in_batch(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """True where a number stands for the first time."""
    order = np.argsort(numbers, kind="stable")
    ascending = numbers[order]
    first = np.empty(numbers.size, dtype=np.bool_)
    first[order[0]] = True
    first[order[1:]] = ascending[1:] != ascending[:-1]
    return first
