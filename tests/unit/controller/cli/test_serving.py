"""Where a controller may listen."""

import pytest

from sockrig.cli.serving import check_door
from sockrig_wire.errors import UsageError


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "localhost:7410", "[::1]:7410", "127.8.9.1:1", "unix:/run/x.sock"])
def test_loopback_is_open_to_this_host_alone(listen):
    check_door(listen, insecure=False)


@pytest.mark.parametrize("listen", ["0.0.0.0:7410", "10.0.0.1:7410", "[::]:7410", "lab.example:7410"])
def test_others_may_come_only_if_somebody_says_so(listen):
    with pytest.raises(UsageError, match="without TLS") as caught:
        check_door(listen, insecure=False)
    assert "--insecure" in str(caught.value)
    check_door(listen, insecure=True)


@pytest.mark.parametrize("listen", ["", "7410", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", ":7410"])
def test_what_is_no_address_is_refused(listen):
    with pytest.raises(UsageError, match="is not an address"):
        check_door(listen, insecure=True)
