"""Words that lines and live tables share. Pure."""

from sockrig.results import quantities
from sockrig_wire.model.controller import PhaseReached, SearchTrial, StepStarted

_MOST_NAMES = 6


def step_words(step: StepStarted) -> str:
    """``step 2 of 5``, or ``step 2 of at most 20`` where something is repeated until it is known."""
    return f"step {step.index + 1:,} of {'at most ' if step.at_most else ''}{step.count:,}"


def phase_words(phase: PhaseReached) -> str:
    """The phase, how long it lasts and whom it waits for: ``running for 3 s``, ``drain, waiting for a and b``."""
    lasts = f" for {phase.lasts_seconds:.3g} s" if phase.lasts_seconds else ""
    waiting = f", waiting for {names_in_words(phase.waiting_for)}" if phase.waiting_for else ""
    return f"{phase.phase}{lasts}{waiting}"


def trial_words(trial: SearchTrial) -> str:
    """``trial 3: 20 Mbit/s for 2 s, 0.4 % lost; capacity 19 Mbit/s to 20 Mbit/s``."""
    rate, lost = quantities.bit_rate(trial.bits_per_second), quantities.share(trial.loss_ratio)
    line = f"trial {trial.number}: {rate} for {quantities.time(trial.duration_seconds)}, {lost} lost"
    lower, upper = (
        None if bound is None else quantities.bit_rate(bound)
        for bound in (trial.lower_bound_bits_per_second, trial.upper_bound_bits_per_second)
    )
    if lower and upper:
        return f"{line}; capacity {lower} to {upper}"
    if lower or upper:
        return f"{line}; capacity at least {lower}" if lower else f"{line}; capacity below {upper}"
    return line


def names_in_words(names: tuple[str, ...]) -> str:
    """``a``, ``a and b``, ``a, b and 7 more``."""
    shown = list(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        shown.append(f"{len(names) - _MOST_NAMES} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def counted(number: int, what: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
