"""The colours of charts and pages, for light and dark backgrounds. Pure.

A drawing has the light colours. A page that may be dark says, for each of them, which one takes its place there
(:data:`DARK_OF`); so one drawing serves both, and print.

The colours of series are those of M. Okabe and K. Ito, "Color Universal Design" (2008, jfly.uni-koeln.de/color), which
people with any form of colour blindness can tell apart; yellow and sky blue, too pale on white, are for dark
backgrounds. Colour never stands alone: lines have dashes, cells have letters, verdicts have words.
"""

from types import MappingProxyType

BACKGROUND = "#ffffff"
INK = "#1b1f24"
FAINT_INK = "#57606a"
RULE = "#d0d7de"
GRID = "#e7ebef"
SHADE = "#f0f2f5"

SERIES = ("#0072b2", "#d55e00", "#009e73", "#b0518b")
"""In the order in which they are used; the last is Okabe and Ito's reddish purple, darker to stand out on white."""

DASHES = ((1, 0), (6, 3), (2, 2))
"""Solid, dashed, dotted: with every dash all colours begin again."""

MOST_SERIES = 8
"""Lines that can be told apart in one chart."""

HEAT = ("#edf5fa", "#8cc4e4", "#2f8ac4", "#00588c")
"""From little to much: one hue, so that lightness alone tells; both ends stand out on white and on a dark page."""

DARK_OF = MappingProxyType(
    {
        BACKGROUND: "#14181d",
        INK: "#e8ebee",
        FAINT_INK: "#9ba5b0",
        RULE: "#3a424c",
        GRID: "#272d35",
        SHADE: "#1d232a",
        SERIES[0]: "#56b4e9",
        SERIES[1]: "#e69f00",
        SERIES[2]: "#2fbf94",
        SERIES[3]: "#d993bb",
    }
)
"""What takes a light colour's place on a dark background."""
