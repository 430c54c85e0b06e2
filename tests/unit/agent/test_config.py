"""What an agent may be told, and what it refuses."""

import pytest

from sockrig_agent.config import agent_id_of, is_loopback, settings_of, split_host_port
from sockrig_wire.errors import UsageError


def settings(**changes):
    flags = {
        "listen": "127.0.0.1:0",
        "name": "lab-1",
        "labels": [],
        "advertise": [],
        "bind": [],
        "insecure": False,
        "max_sockets": 10,
        "max_workers": 10,
        "max_duration": 60.0,
    }
    return settings_of(**{**flags, **changes})


@pytest.mark.parametrize("listen", ["0.0.0.0:7411", "[::]:7411", "10.1.2.3:7411", "lab.example:7411"])
def test_a_door_that_others_can_reach_is_refused_without_insecure(listen):
    with pytest.raises(UsageError, match="--insecure"):
        settings(listen=listen)


@pytest.mark.parametrize("listen", ["127.0.0.1:7411", "[::1]:7411", "localhost:0", "127.9.9.9:1"])
def test_loopback_needs_no_permission(listen):
    assert settings(listen=listen).listen_host


def test_insecure_allows_any_address():
    assert settings(listen="0.0.0.0:7411", insecure=True).listen_host == "0.0.0.0"


@pytest.mark.parametrize("listen", ["7411", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", ":80"])
def test_what_is_no_address_is_refused_with_an_example(listen):
    with pytest.raises(UsageError, match=r"127\.0\.0\.1:7411"):
        settings(listen=listen)


@pytest.mark.parametrize("name", ["", "a/b", "-x", "é", "x" * 64])
def test_a_name_must_be_short_and_plain(name):
    if name == "":
        assert settings(name="").name
        return
    with pytest.raises(UsageError, match="name"):
        settings(name=name)


def test_labels_are_pairs():
    assert settings(labels=["rack=a1", "role="]).labels == {"rack": "a1", "role": ""}
    with pytest.raises(UsageError, match="KEY=VALUE"):
        settings(labels=["rack"])


def test_bind_takes_one_address_of_each_family():
    hosts = settings(bind=["127.0.0.2", "::1"]).bind_hosts
    assert (hosts.inet, hosts.inet6) == ("127.0.0.2", "::1")
    with pytest.raises(UsageError, match="IP address"):
        settings(bind=["eth0"])


def test_the_agent_id_is_stable_and_depends_on_the_name():
    assert agent_id_of("a") == agent_id_of("a")
    assert agent_id_of("a") != agent_id_of("b")


def test_an_ipv6_address_is_read_within_brackets():
    assert split_host_port("[fd00::1]:9", flag="--listen") == ("fd00::1", 9)


def test_loopback_is_told_from_the_rest():
    assert is_loopback("127.3.2.1")
    assert is_loopback("::1")
    assert not is_loopback("192.0.2.1")
    assert not is_loopback("example.org")


@pytest.mark.parametrize("limits", [{"max_sockets": 0}, {"max_workers": 0}, {"max_duration": 0.0}])
def test_limits_must_be_positive(limits):
    with pytest.raises(UsageError):
        settings(**limits)
