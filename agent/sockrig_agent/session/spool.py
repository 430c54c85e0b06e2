"""The events for one controller that wait to be sent or acknowledged."""

from collections import deque
from dataclasses import dataclass

from sockrig_wire.model.flows import Sample, WorkerFailed, WorkerResult
from sockrig_wire.model.reach import ReachCount
from sockrig_wire.model.session import Event, EventBody

MAX_EVENTS = 16_384
MAX_EVENT_BYTES = 16 * 1024 * 1024

_SMALL_EVENT_BYTES = 512
"""What an event without histograms and texts takes in memory, rounded up."""
_HISTOGRAM_BIN_BYTES = 72
"""Two numbers, and their places in two tuples."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event, its place among all, and about how much memory it takes."""

    order: int
    event: Event
    bytes: int


class EventSpool:
    """Events on their way to one controller; they survive the stream that carries them.

    The rules it keeps:

    - Results (all but progress) are numbered from 1 without gaps and kept until they are acknowledged, whatever the
      bounds: they are never dropped.
    - Progress (samples, counts) has the number 0. It is kept until it is handed out, once, and it is what makes room:
      while there is more than ``max_events`` or ``max_event_bytes``, the oldest progress is dropped; where results
      alone exceed the bounds, no progress is kept at all.
    - Events are handed out in the order in which they happened. After :meth:`resume` all unacknowledged results are
      handed out again, before anything newer.
    """

    def __init__(self, *, max_events: int = MAX_EVENTS, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_events = max_events
        self._max_event_bytes = max_event_bytes
        self._last_order = 0
        self._last_sequence = 0
        self._bytes = 0
        self._dropped = 0
        self._sent_results: deque[_Entry] = deque()
        self._waiting_results: deque[_Entry] = deque()
        self._waiting_progress: deque[_Entry] = deque()

    def __len__(self) -> int:
        return len(self._sent_results) + len(self._waiting_results) + len(self._waiting_progress)

    @property
    def bytes(self) -> int:
        """How much memory the events take, about."""
        return self._bytes

    @property
    def dropped(self) -> int:
        """How much progress was dropped to make room."""
        return self._dropped

    def append(self, run_id: str, body: EventBody) -> Event:
        """Keep what happened; the event as it will be handed out."""
        is_progress = isinstance(body, (Sample, ReachCount))
        if not is_progress:
            self._last_sequence += 1
        event = Event(0 if is_progress else self._last_sequence, run_id, body)
        self._last_order += 1
        entry = _Entry(self._last_order, event, size_of(body))
        (self._waiting_progress if is_progress else self._waiting_results).append(entry)
        self._bytes += entry.bytes
        self._make_room()
        return event

    def take(self, limit: int) -> tuple[Event, ...]:
        """Hand out at most ``limit`` of the events that wait to be sent, oldest first."""
        taken: list[Event] = []
        while len(taken) < limit and (self._waiting_results or self._waiting_progress):
            if self._progress_is_next():
                entry = self._waiting_progress.popleft()
                self._bytes -= entry.bytes
            else:
                entry = self._waiting_results.popleft()
                self._sent_results.append(entry)
            taken.append(entry.event)
        return tuple(taken)

    def acknowledge(self, sequence: int) -> None:
        """Forget the results up to this number; they have arrived."""
        for results in (self._sent_results, self._waiting_results):
            while results and results[0].event.sequence <= sequence:
                self._bytes -= results.popleft().bytes

    def resume(self) -> None:
        """A new session begins: what was sent and not acknowledged waits to be sent again."""
        self._waiting_results.extendleft(reversed(self._sent_results))
        self._sent_results.clear()

    def unacknowledged(self) -> tuple[Event, ...]:
        """The results that have not been acknowledged, sent or not, in their order."""
        return tuple(entry.event for entry in (*self._sent_results, *self._waiting_results))

    def _progress_is_next(self) -> bool:
        if not (self._waiting_results and self._waiting_progress):
            return not self._waiting_results
        return self._waiting_progress[0].order < self._waiting_results[0].order

    def _make_room(self) -> None:
        while self._waiting_progress and (len(self) > self._max_events or self._bytes > self._max_event_bytes):
            self._bytes -= self._waiting_progress.popleft().bytes
            self._dropped += 1


def size_of(body: EventBody) -> int:
    """How much memory an event takes, about: its histograms and texts, and a flat sum for the rest."""
    match body:
        case WorkerResult():
            bins = sum(len(histogram.bins) for histogram in body.histograms)
            payload = bins * _HISTOGRAM_BIN_BYTES + len(body.error)
        case WorkerFailed():
            payload = len(body.error.what) + len(body.error.where) + len(body.error.next)
        case _:
            payload = 0
    return _SMALL_EVENT_BYTES + payload
