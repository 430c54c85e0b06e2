"""The report of what the machinery costs."""

from tests.bench.overheads import Arming, Memory, Report, Sampling, lines


def test_every_figure_has_a_row_with_its_median_and_its_spread():
    report = Report(
        armings=(Arming(workers=8, mode="parallel", seconds=(0.1, 0.3, 0.2)),),
        memories=(Memory(workers=64, kind="tcp-stream", own_bytes=4_000_000, proportional_bytes=5_000_000),),
        samplings=(Sampling(what="tcp-rr", ratios=(0.9, 1.1, 1.0), noise=(0.98, 1.01, 1.04)),),
    )
    assert list(lines(report))[2:] == [
        "| prepare to armed, 8 at each end, parallel | 200 ms | 100 ms to 300 ms |",
        "| memory of a tcp-stream worker, one of 64 | 4 MB its own | 5 MB PSS |",
        "| tcp-rr: samples every 0.1 s over none | 1.000 | 0.900 to 1.100 |",
        "| tcp-rr: none over none | 1.010 | 0.980 to 1.040 |",
    ]
