"""listen, send and recv: netcat on other hosts."""

import os
import re
import subprocess

import pytest
from tests.processes import SOCKRIG, running_command


def address_in(command):
    command.wait_for(" on ")
    return re.search(r"on (\S+:\d+)", command.stderr)[1]


def test_a_text_goes_from_one_host_to_the_other(sockrig, over_agents, tmp_path):
    with running_command("listen", "a", ":0", "--count=1", *over_agents, folder=tmp_path) as listening:
        address = address_in(listening)
        assert address.startswith("127.0.0.2:")
        assert sockrig("send", "b", address, "--text", "hello", *over_agents).exit_code == 0
        assert listening.exit_code() == 0
    assert listening.stdout == "hello"
    assert "connection from 127.0.0.3:" in listening.stderr


def test_stdin_goes_over_whole_and_as_it_is(sockrig, over_agents, tmp_path):
    data = os.urandom(700_000)
    with running_command("listen", "a", "0", "--count=1", *over_agents, folder=tmp_path) as listening:
        ended = sockrig("send", "b", address_in(listening), *over_agents, stdin=data)
        assert ended.exit_code == 0
        assert ended.stdout == ""
        assert listening.exit_code() == 0
    assert listening.stdout_path.read_bytes() == data


def test_connections_come_one_after_another(sockrig, over_agents, tmp_path):
    with running_command("listen", "a", ":0", "--count=2", *over_agents, folder=tmp_path) as listening:
        address = address_in(listening)
        for text in ("one ", "two"):
            sockrig("send", "b", address, "--text", text, *over_agents)
        assert listening.exit_code() == 0
    assert listening.stdout == "one two"


def test_text_in_another_codec_is_recoded_at_both_ends(sockrig, over_agents, tmp_path):
    with running_command("recv", "a", ":0", "--encoding=gbk", *over_agents, folder=tmp_path) as receiving:
        address = address_in(receiving)
        sockrig("send", "b", address, "--udp", "--encoding=gbk", *over_agents, stdin="发送".encode())
        assert receiving.exit_code() == 0
    assert receiving.stdout == "发送"


def test_without_a_codec_bytes_stay_what_they_were_on_the_network(sockrig, over_agents, tmp_path):
    with running_command("recv", "a", ":0", "--count=2", *over_agents, folder=tmp_path) as receiving:
        address = address_in(receiving)
        sockrig("send", "b", address, "--udp", "--text", "发送", "--encoding=gbk", *over_agents)
        sockrig("send", "b", address, "--udp", "--hex", "00ff10", *over_agents)
        assert receiving.exit_code() == 0
    assert receiving.stdout_path.read_bytes() == "发送".encode("gbk") + b"\x00\xff\x10"


def test_ipv6_goes_the_same_way(sockrig, over_agents, tmp_path):
    with running_command("recv", "a", ":0", "--tcp", "--ipv6", *over_agents, folder=tmp_path) as receiving:
        address = address_in(receiving)
        assert address.startswith("[::1]:")
        assert sockrig("send", "b", address, "--text", "hello", *over_agents).exit_code == 0
        assert receiving.exit_code() == 0
    assert receiving.stdout == "hello"


@pytest.mark.parametrize("arguments", [("recv", "a", ":0"), ("recv", "a", ":0", "--tcp"), ("listen", "a", ":0")])
def test_nothing_within_the_timeout_exits_with_4(sockrig, over_agents, arguments):
    ended = sockrig(*arguments, "--timeout=0.2", *over_agents)
    assert ended.exit_code == 4
    assert "timed out" in ended.stderr
    assert ended.stdout == ""


def test_nobody_there_is_told_as_the_system_tells_it(sockrig, over_agents):
    ended = sockrig("send", "a", "127.0.0.3:1", "--text", "hi", *over_agents)
    assert ended.exit_code == 4
    assert ended.stderr == "sockrig: agent a: cannot connect to 127.0.0.3:1: Connection refused (ECONNREFUSED)\n"


def test_an_unknown_host_names_those_there_are(sockrig, over_agents):
    ended = sockrig("send", "c", "127.0.0.3:1", "--text", "hi", *over_agents)
    assert ended.exit_code == 2
    assert "there is no agent 'c'\nThere are: a, b." in ended.stderr


def test_a_reader_that_has_enough_ends_listening_quietly(sockrig, over_agents):
    listening = subprocess.Popen(
        [*SOCKRIG, "listen", "a", ":0", "--udp", *over_agents], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with listening:
        address = listening.stderr.readline().decode().split()[-1]
        listening.stdout.close()
        for _ in range(2):
            sockrig("send", "b", address, "--udp", "--text", "enough", *over_agents)
        assert listening.wait(30) == 0
        assert listening.stderr.read() == b""
