"""Progress of a run on stderr: nothing for ``--quiet``, and plain lines where nobody watches a terminal."""

import sys
from types import TracebackType
from typing import Self

from sockrig.cli.words import phase_words, step_words, trial_words
from sockrig.report.printable import printable
from sockrig_wire.model.controller import (
    Notice,
    PhaseReached,
    SearchTrial,
    StepFinished,
    StepStarted,
    WatchRunResponse,
)

STOPPING = "stopping on every agent (interrupt again to leave at once)"


class Progress:
    """Says nothing; the base of those that do. A context manager, for as long as the run lasts."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the screen in order."""

    def tell(self, text: str) -> None:
        """Say what is being done before the run begins."""

    def take(self, event: WatchRunResponse) -> None:
        """Show what happened."""

    def interrupt(self) -> None:
        """Say that the run is being stopped."""


class ProgressLines(Progress):
    """A line for each step and phase, none for samples."""

    def tell(self, text: str) -> None:
        """Write one line."""
        print(printable(text), file=sys.stderr, flush=True)

    def take(self, event: WatchRunResponse) -> None:
        """Write the event's line, if it has one."""
        at = f"[{event.at_seconds:6.1f} s]"
        match event.body:
            case StepStarted(name=name):
                self.tell(f"{at} {step_words(event.body)}: {name}")
            case PhaseReached():
                self.tell(f"{at}   {phase_words(event.body)}")
            case SearchTrial():
                self.tell(f"{at}   {trial_words(event.body)}")
            case StepFinished(_, name, verdict, summary):
                self.tell(f"{at} {verdict}: {name}: {summary}")
            case Notice("info", text):
                self.tell(f"{at} {text}")
            case Notice(level, text):
                self.tell(f"{at} {level}: {text}")

    def interrupt(self) -> None:
        """Write a line about it."""
        self.tell(STOPPING)
