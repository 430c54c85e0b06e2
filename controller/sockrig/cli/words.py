"""Words that lines and live tables share. Pure."""

from sockrig_wire.model.controller import PhaseReached

_MOST_NAMES = 6


def phase_words(phase: PhaseReached) -> str:
    """The phase, how long it lasts and whom it waits for: ``running for 3 s``, ``drain, waiting for a and b``."""
    lasts = f" for {phase.lasts_seconds:.3g} s" if phase.lasts_seconds else ""
    waiting = f", waiting for {names_in_words(phase.waiting_for)}" if phase.waiting_for else ""
    return f"{phase.phase}{lasts}{waiting}"


def names_in_words(names: tuple[str, ...]) -> str:
    """``a``, ``a and b``, ``a, b and 7 more``."""
    shown = list(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        shown.append(f"{len(names) - _MOST_NAMES} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def counted(number: int, what: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
