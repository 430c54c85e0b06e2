"""Figures for people."""

import pytest

from sockrig.results import quantities
from sockrig.scenario.units import Dimension


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (quantities.bit_rate(9_412_345_678), "9.41 Gbit/s"),
        (quantities.bit_rate(0), "0 bit/s"),
        (quantities.bit_rate(999_600), "1 Mbit/s"),
        (quantities.bit_rate(3.2e15), "3,200 Tbit/s"),
        (quantities.packet_rate(315_000), "315 kpps"),
        (quantities.packet_rate(50), "50 pps"),
        (quantities.size(1_500_000_000), "1.5 GB"),
        (quantities.event_rate(48_210.4), "48,210/s"),
        (quantities.event_rate(12.34), "12.3/s"),
        (quantities.time(84.21e-6), "84.2 µs"),
        (quantities.time(0.05), "50 ms"),
        (quantities.time(0.9996), "1 s"),
        (quantities.time(999.6e-6), "1 ms"),
        (quantities.time(3e-9), "3 ns"),
        (quantities.time(0), "0 s"),
        (quantities.time(-12.5e-6), "-12.5 µs"),
        (quantities.share(0.00521), "0.521 %"),
        (quantities.share(1), "100 %"),
        (quantities.share(1e-9), "0 %"),
        (quantities.count(1234), "1,234"),
        (quantities.significant(0.98765), "0.988"),
    ],
)
def test_a_figure_has_three_digits_and_a_fitting_unit(text, expected):
    assert text == expected


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        (quantities.rate_scale(9.4e9, "bit/s"), (1e9, "Gbit/s")),
        (quantities.rate_scale(999.4, "pps"), (1.0, "pps")),
        (quantities.rate_scale(999_600, "bit/s"), (1e6, "Mbit/s")),
        (quantities.rate_scale(3.2e15, "bit/s"), (1e12, "Tbit/s")),
        (quantities.rate_scale(0, "bit/s"), (1.0, "bit/s")),
        (quantities.time_scale(2.0), (1.0, "s")),
        (quantities.time_scale(-0.002), (1e-3, "ms")),
        (quantities.time_scale(999.6e-6), (1e-3, "ms")),
        (quantities.time_scale(5e-10), (1e-9, "ns")),
        (quantities.time_scale(0), (1.0, "s")),
    ],
)
def test_an_axis_has_one_unit_that_keeps_its_largest_value_short(scale, expected):
    assert (scale.divisor, scale.unit) == expected


def test_every_figure_has_a_base_unit():
    assert set(quantities.BASE_UNITS) == set(Dimension) - {Dimension.WORD}
