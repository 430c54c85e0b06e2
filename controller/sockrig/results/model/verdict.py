"""How anything ended, in one word."""

from enum import StrEnum


class Verdict(StrEnum):
    """How a run, a step, an agent, a call or an expectation ended."""

    PASSED = "passed"
    FAILED = "failed"
    """An expectation was not met."""
    DEGRADED = "degraded"
    """Agents or workers were lost; what there is, is kept."""
    ERROR = "error"
    """It could not be carried out."""
    INTERRUPTED = "interrupted"
    """Its controller was stopped or died on the way; what was recorded until then, is kept."""
