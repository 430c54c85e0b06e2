"""Which figures of a flow people are shown."""

from dataclasses import replace

from sockrig.report.figures import figures_of, labels_of


def texts(flow):
    return {figure.heading: figure.text_of(flow) for figure in figures_of([flow])}


def test_a_byte_stream_shows_throughput_and_retransmits(run):
    assert texts(run.steps[0].flows[0]) == {
        "received": "9.4 Gbit/s",
        "sent": "9.41 Gbit/s",
        "retransmits": "3",
        "limited by": "sender cpu",
        "bound": "cpu",
    }


def test_datagrams_show_their_rate_and_what_became_of_them(run):
    assert texts(run.steps[1].flows[0]) == {
        "received": "3.2 Mbit/s",
        "sent": "3.2 Mbit/s",
        "packets": "2 kpps",
        "loss": "0.1 % (4)",
        "jitter": "12.4 µs",
        "delay p50": "84.2 µs ± 40 µs",
        "reordered": "2",
        "limited by": "requested rate",
        "bound": "io",
    }


def test_request_and_response_show_rates_and_times_and_no_throughput(run):
    assert texts(run.steps[2].flows[0]) == {
        "transactions": "24,105/s",
        "rtt p50": "41 µs",
        "rtt p99": "180 µs",
        "round trips/min": "1,463,129",
        "loss": "0 %",
        "bound": "io",
    }


def test_an_absent_figure_of_traffic_that_is_there_is_left_out(run):
    flow = run.steps[1].flows[0]
    without_length = replace(flow.received, bits_per_second=None, packets_per_second=None)
    assert not {"received", "packets"} & set(texts(replace(flow, received=without_length)))


def test_flows_are_told_apart_by_the_shortest_label(run):
    one, two = run.steps[1].flows
    assert labels_of([one, two]) == ("client-1 > server", "client-2 > server")
    bulk = run.steps[0].flows[0]
    assert labels_of([one, bulk]) == ("call client-1 > server", "client-1 > server")
    assert labels_of([one, replace(one, name="call again")]) == ("call client-1 > server", "call again")
    assert labels_of([]) == ()


def test_of_held_connections_it_is_shown_how_many_were_to_be(run):
    held = replace(
        run.steps[2].flows[0],
        connections=4990,
        failed_connections=10,
        held_connections=4988,
        connections_per_second=None,
    )
    shown = texts(held)
    assert (shown["held"], shown["failed"], shown["transactions"]) == ("4,988 of 5,000", "10", "24,105/s")
    assert "connections" not in shown
