"""What type checkers must see of the public API: checked by ``mypy --strict``, never run."""

import io
import socket
from pathlib import Path
from typing import assert_type

from sockrig import AsyncHost, AsyncRemoteSocket, AsyncRig, Host, LostError, RemoteSocket, Rig, SockrigError
from sockrig.report.csv import to_csv
from sockrig.report.html.page import to_html
from sockrig.results.model.run import RunResult

Address = tuple[str, int] | tuple[str, int, int, int]


def synchronous(rig: Rig, path: Path) -> None:
    with Rig.local(2) as local:
        assert_type(local, Rig)
    assert_type(rig.hosts, tuple[Host, ...])
    assert_type(rig.host("a").addresses, tuple[str, ...])
    assert_type(rig.run(path, variables={"seconds": "1s"}), RunResult)
    assert_type(to_html(rig.run(path)), str)
    assert_type(to_csv(rig.run(path)), str)
    with rig.host("a").socket(socket.AF_INET, socket.SOCK_DGRAM) as remote:
        assert_type(remote, RemoteSocket)
        assert_type(remote.accept(), tuple[RemoteSocket, Address])
        assert_type(remote.recv(10), bytes)
        assert_type(remote.recvfrom(10), tuple[bytes, Address | None])
        assert_type(remote.recv_into(bytearray(10)), int)
        assert_type(remote.sendto(b"data", ("127.0.0.1", 9)), int)
        assert_type(remote.sendto(memoryview(b"data"), 0, ("127.0.0.1", 9)), int)
        assert_type(remote.getsockopt(1, 2), int)
        assert_type(remote.getsockopt(1, 2, 8), bytes)
        assert_type(remote.makefile("rb"), io.BufferedReader)
        assert_type(remote.makefile("wb"), io.BufferedWriter)
        assert_type(remote.makefile("rwb"), io.BufferedRWPair)
        assert_type(remote.makefile("rb", 0), socket.SocketIO)
        assert_type(remote.makefile(encoding="gbk"), io.TextIOWrapper)


async def asynchronous(rig: AsyncRig) -> None:
    async with AsyncRig.agents({"a": "10.0.0.1:7411"}) as dialled:
        assert_type(dialled, AsyncRig)
    assert_type(rig.hosts, tuple[AsyncHost, ...])
    async with await rig.host("a").socket() as remote:
        assert_type(remote, AsyncRemoteSocket)
        assert_type(await remote.accept(), tuple[AsyncRemoteSocket, Address])
        assert_type(await remote.getsockopt(1, 2), int)


def errors(error: LostError) -> SockrigError:
    return error
