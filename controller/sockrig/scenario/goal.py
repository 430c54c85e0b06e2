"""The goal of a search as a person writes it: ``rfc2544``, ``{like: rfc2544, trial: 2s}``, ``{loss: 0.5 %, ...}``."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Tag, model_validator

from sockrig.scenario.fields import Duration, Ratio
from sockrig.scenario.part import Part, problem_at
from sockrig.search.goals import PRESETS, RFC2544, SearchGoal

_OWN = replace(RFC2544, name="own", initial_trial_seconds=RFC2544.final_trial_seconds)

Preset = Literal["rfc2544", "tst009", "loss-tolerant"]
"""The goals that have a name, :data:`sockrig.search.goals.PRESETS`."""


class GoalPart(Part):
    """A goal of one's own, or a known one with some of its values changed."""

    like: Preset | None = None
    """The goal that has what is not said here. Without it nothing may be lost, in no trial, in one trial of 60 s."""
    loss: Ratio | None = None
    """A trial that loses a larger share is a bad one."""
    exceed: Ratio | None = None
    """Bad trials may make up this share of the time."""
    trial: Duration | None = None
    """A trial of full length; ``sum`` follows in proportion."""
    sum: Duration | None = None
    """So much time of full-length trials decides on a load."""
    first: Duration | None = None
    """The shortest trials, where the search is still far off; without ``like`` as long as all others."""
    width: Ratio | None = None
    """How far the bounds may be apart at the end."""

    @model_validator(mode="after")
    def _is_a_goal(self) -> Self:
        try:
            _ = self.planned
        except ValueError as error:
            key, _, message = str(error).partition(": ")
            raise problem_at(self, message, key) from None
        return self

    @property
    def planned(self) -> SearchGoal:
        """The same, for the search.

        Raises:
            ValueError: a value does not fit, and its key.
        """
        base = _OWN if self.like is None else PRESETS[self.like]
        trial = base.final_trial_seconds if self.trial is None else self.trial
        in_proportion = base.duration_sum_seconds * trial / base.final_trial_seconds
        goal = replace(
            base,
            loss_ratio=base.loss_ratio if self.loss is None else self.loss,
            exceed_ratio=base.exceed_ratio if self.exceed is None else self.exceed,
            initial_trial_seconds=min(base.initial_trial_seconds, trial) if self.first is None else self.first,
            final_trial_seconds=trial,
            duration_sum_seconds=in_proportion if self.sum is None else self.sum,
            width_ratio=base.width_ratio if self.width is None else self.width,
        )
        return goal if goal == base or self.like is None else replace(goal, name=f"like {base.name}")


def _form(value: object) -> str:
    return "<shape>" if isinstance(value, (Mapping, Part)) else "<word>"


Goal = Annotated[Annotated[Preset, Tag("<word>")] | Annotated[GoalPart, Tag("<shape>")], Discriminator(_form)]
"""One goal."""


def planned_goal(goal: str | GoalPart) -> SearchGoal:
    """The same, for the search."""
    return goal.planned if isinstance(goal, GoalPart) else PRESETS[goal]
