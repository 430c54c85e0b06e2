"""What a search found, in words and as rows of its trials. Pure.

The rates are of payload, as those of a scenario are; what a shaper or a port counts stands beside them.
"""

from sockrig.results import quantities
from sockrig.results.model.search import SearchRate, SearchResult, SearchTrialResult
from sockrig.scenario.search_expansion import goal_words

TRIAL_HEADINGS = ("trial", "offered", "packets", "for", "lost", "its rate is")


def goal_lines(search: SearchResult) -> tuple[tuple[str, str], ...]:
    """What each goal is and what was found for it: a subject and what is said of it."""
    lines: list[tuple[str, str]] = []
    for goal in search.goals:
        lines.append(("goal", f"{goal.goal.name}: {goal_words(goal.goal)}"))
        lines.append(("lower bound", rate_words(goal.lower_bound)))
        lines.append(("upper bound", rate_words(goal.upper_bound)))
        if goal.conditional_throughput != goal.lower_bound:
            lines.append(("forwarded", rate_words(goal.conditional_throughput)))
        if goal.limited_by and goal.upper_bound:
            lines.append(("limited by", f"the {goal.limited_by}"))
        if goal.irregular:
            lines.append(("irregular", goal.irregular))
    return tuple(lines)


def rate_words(rate: SearchRate | None) -> str:
    """A rate in every unit: ``19.4 Mbit/s of payload, 1.73 kpps, 20 Mbit/s of frames``."""
    if rate is None:
        return "none found"
    words = [f"{_bit_rate(rate.bits_per_second)} of payload", quantities.packet_rate(rate.packets_per_second)]
    if rate.wire_bits_per_second is not None:
        words.append(f"{_bit_rate(rate.wire_bits_per_second)} of frames")
    return ", ".join(words)


def trial_rows(search: SearchResult) -> tuple[tuple[str, ...], ...]:
    """A row for each trial, under :data:`TRIAL_HEADINGS`."""
    return tuple(
        (
            str(trial.number),
            _bit_rate(trial.offered.bits_per_second),
            quantities.packet_rate(trial.offered.packets_per_second),
            quantities.time(trial.duration_seconds),
            _lost(trial),
            _told(trial),
        )
        for trial in search.trials
    )


def _bit_rate(bits_per_second: float) -> str:
    """One digit more than other rates have: bounds may be nearer to each other than three digits tell."""
    for unit, factor in (("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)):
        if bits_per_second >= factor:
            return f"{bits_per_second / factor:#.5g} {unit}".replace(". ", " ")
    return f"{bits_per_second:.5g} bit/s"


def _lost(trial: SearchTrialResult) -> str:
    ratio = quantities.share(trial.loss_ratio)
    return f"{ratio} ({quantities.count(trial.lost_packets)})" if trial.lost_packets else ratio


def _told(trial: SearchTrialResult) -> str:
    """The class of its rate, under each goal where they differ; and what could not be sent."""
    classes = ", ".join(trial.classes if len(set(trial.classes)) > 1 else trial.classes[:1])
    return f"{classes}; {_bit_rate(trial.asked.bits_per_second)} was asked" if trial.sender_limited else classes
