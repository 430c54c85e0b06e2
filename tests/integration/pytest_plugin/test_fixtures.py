"""What a test gets from the fixtures and the marker, and what is left of it."""

import socket

import pytest

pytest_plugins = ["pytester"]

ONE_PASSING_TEST = """
def test_hosts(hosts):
    pass
"""


def test_a_test_talks_through_its_hosts(pytester, run):
    pytester.makepyfile(
        """
        def test_a_greeting_arrives(hosts):
            a, b = hosts
            with a.create_server(("", 0)) as door, b.create_connection(door.getsockname()) as line:
                guest, _ = door.accept()
                with guest:
                    line.sendall("我是".encode("gbk"))
                    assert guest.recv(100).decode("gbk") == "我是"
        """
    )
    run().assert_outcomes(passed=1)


def test_the_rig_finds_hosts_by_name_and_runs_scenarios(pytester, run, given):
    pytester.makepyfile(
        '''
        SCENARIO = """
        scenario: one letter
        agents:
          server: {}
          client: {}
        steps:
          - name: deliver
            sockets:
              - {on: server, open: udp, bind: ":0", as: inbox}
              - {on: client, open: udp, as: outbox}
              - {send: hello, from: outbox, to: inbox}
              - {receive: inbox, max: 1024, expect: hello}
        """

        def test_a_letter_arrives(rig, hosts):
            assert rig.hosts == hosts
            assert rig.host("south") is hosts[1]
            assert rig.run(SCENARIO).verdict.value == "passed"
        '''
    )
    run(*given).assert_outcomes(passed=1)


def test_each_test_gets_as_many_hosts_as_it_asks_for(pytester, run):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.sockrig(agents=1)
        class TestAlone:
            def test_one(self, hosts):
                assert [host.name for host in hosts] == ["local-1"]

            @pytest.mark.sockrig(agents=3)
            def test_three(self, hosts):
                assert [host.name for host in hosts] == ["local-1", "local-2", "local-3"]

        @pytest.mark.sockrig
        def test_no_number(hosts):
            assert [host.name for host in hosts] == ["local-1", "local-2"]

        @pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.sockrig(agents=2))])
        def test_parameters(hosts, count):
            assert len(hosts) == 2
        """
    )
    run().assert_outcomes(passed=5)


def test_what_a_test_leaves_open_is_closed_before_the_next(pytester, run, given, lab):
    with lab.hosts[0].create_server(("", 0)) as door, lab.hosts[0].socket(type=socket.SOCK_DGRAM) as inbox:
        inbox.bind(("", 0))
        tcp_port, udp_port = door.getsockname()[1], inbox.getsockname()[1]
    pytester.makepyfile(
        f"""
        import socket
        import pytest

        kept = []

        @pytest.fixture
        def opened(hosts):
            kept.append(hosts[0].create_server(("", {tcp_port})))
            kept.append(hosts[0].socket(type=socket.SOCK_DGRAM))
            kept[-1].bind(("", {udp_port}))

        @pytest.mark.parametrize("end", ["good", "bad", "worse"])
        def test_one_after_the_other(opened, end):
            assert end == "good"

        @pytest.mark.sockrig(agents=1)
        def test_an_old_socket_is_closed(hosts):
            with pytest.raises(OSError):
                kept[0].accept()
        """
    )
    run(*given).assert_outcomes(passed=2, failed=2)


@pytest.mark.parametrize("end", ["assert False", "raise KeyboardInterrupt", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_no_agent_outlives_the_run(pytester, run, end):
    pytester.makepyfile(
        f"""
        import os, signal

        def test_that_ends_badly(hosts):
            hosts[0].create_server(("", 0))
            {end}
        """
    )
    assert run().ret != pytest.ExitCode.OK


def test_agents_that_are_given_outlive_the_run(pytester, run, given, lab):
    pytester.makepyfile(ONE_PASSING_TEST)
    run(*given).assert_outcomes(passed=1)

    for host in lab.hosts:
        host.create_server(("", 0)).close()


def test_a_lab_with_too_few_hosts_skips_the_test_and_says_so(pytester, run, given):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.sockrig(agents=3)
        def test_three(hosts):
            raise AssertionError

        @pytest.mark.sockrig(agents=2)
        def test_two(hosts):
            assert len(hosts) == 2
        """
    )
    result = run(*given, "-ra")

    result.assert_outcomes(skipped=1, passed=1)
    result.stdout.fnmatch_lines("SKIPPED * needs 3 agents, there are 2")


def test_more_than_can_be_started_here_skips_that_test_alone(pytester, run, given):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.sockrig(agents=1000)
        def test_a_thousand(hosts):
            raise AssertionError
        """
    )
    result = run(given[0], "-ra")

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines("SKIPPED * needs 1000 agents, there is 1")


def test_an_agent_that_does_not_answer_is_an_error_in_words_of_every_test(pytester, run, given):
    pytester.makepyfile(
        """
        def test_first(hosts):
            raise AssertionError

        def test_second(rig):
            raise AssertionError

        def test_without_hosts():
            pass
        """
    )
    result = run(given[0], "--sockrig-agent=dead=127.0.0.1:1")

    result.assert_outcomes(passed=1, errors=2)
    for name in ("first", "second"):
        result.stdout.fnmatch_lines([f"*ERROR at setup of test_{name}*", "agent: dead at 127.0.0.1:1*"])
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")
    result.stdout.no_fnmatch_line("During handling*")


def test_an_agent_that_dies_between_tests_is_an_error_in_words(pytester, run):
    pytester.makepyfile(
        """
        import os, signal, time
        from pathlib import Path

        def test_first(rig, hosts):
            children = [pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()]
            assert len(children) == len(hosts)
            os.kill(int(children[0]), signal.SIGKILL)
            while all(status.state.name == "READY" for status in rig.statuses()):
                time.sleep(0.02)

        def test_second(hosts):
            raise AssertionError
        """
    )
    result = run()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at setup of test_second*", "*local-[12] at 127.0.0.*"])
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


@pytest.mark.parametrize("arguments", ["agent=3", "3", "agents=0", "agents='3'", "agents=True", "agents=2, labels={}"])
def test_a_wrong_marker_is_an_error_of_the_collection(pytester, arguments):
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.sockrig({arguments})
        def test_marked():
            raise AssertionError
        """
    )
    result = pytester.runpytest_inprocess()

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR collecting*", f"*::test_marked: the marker sockrig takes agents=N*({arguments})"]
    )


def test_a_wrong_marker_of_one_set_of_parameters_is_an_error_of_its_setup(pytester, run, given):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("count", [pytest.param(3, marks=pytest.mark.sockrig(agent=3))])
        def test_marked(hosts, count):
            raise AssertionError
        """
    )
    result = run(*given)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*the marker sockrig takes agents=N*(agent=3)")


def test_the_marker_and_the_fixtures_are_explained(pytester):
    pytester.runpytest_inprocess("--markers").stdout.fnmatch_lines("@pytest.mark.sockrig(agents=N): *")
    pytester.runpytest_inprocess("--fixtures").stdout.fnmatch_lines(["hosts -- *", "*The hosts of the test: *"])
