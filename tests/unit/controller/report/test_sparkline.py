"""Courses in a few characters."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from tests.runs import flow

from sockrig.report.flow_table import FlowTable
from sockrig.report.sparkline import ASCII_LEVELS, BLOCKS, MOST_CELLS, sparkline


def with_values(*rates):
    one = flow("a", "b")
    received = one.intervals[0].received
    return replace(
        one,
        intervals=tuple(
            replace(
                one.intervals[0],
                at_seconds=0.5 * (slot + 1),
                received=None if rate is None else replace(received, bits_per_second=rate),
            )
            for slot, rate in enumerate(rates)
        ),
    )


def test_each_character_is_as_high_as_its_value():
    assert sparkline(with_values(0.0, 4.0, 8.0)) == "▁▅█"
    assert sparkline(with_values(0.0, 4.0, 8.0), ASCII_LEVELS) == "_+@"


def test_nothing_at_all_is_a_flat_line():
    assert sparkline(with_values(0.0, 0.0)) == "▁▁"


def test_what_was_not_told_is_a_gap():
    assert sparkline(with_values(8.0, None, 8.0)) == "█ █"


def test_one_interval_is_no_course():
    assert sparkline(with_values(8.0)) is None
    assert sparkline(with_values()) is None


def test_a_long_course_is_as_wide_as_the_table_allows():
    line = sparkline(with_values(*([1.0] * 1000)))
    assert 2 <= len(line) <= MOST_CELLS
    assert set(line) == {"█"}


@pytest.mark.parametrize(
    ("encoding", "levels"), [("utf-8", BLOCKS), ("ascii", ASCII_LEVELS), ("latin-1", ASCII_LEVELS)]
)
def test_a_terminal_that_has_no_blocks_gets_ascii(encoding, levels):
    class Terminal(StringIO):
        pass

    Terminal.encoding = encoding
    console = Console(file=Terminal(), width=120)
    with console.capture() as captured:
        console.print(FlowTable([with_values(0.0, 8.0)]))
    assert f"{levels[0]}{levels[-1]}" in captured.get()
