"""The data of listen, send and recv on this side."""

import asyncio
import os

import pytest

from sockrig.cli.netcat_data import DataWriter, checked_codec, outgoing_pieces, stdin_pieces
from sockrig_wire.errors import UsageError


def all_of(pieces):
    async def collect():
        return b"".join([piece async for piece in pieces])

    return asyncio.run(collect())


@pytest.mark.parametrize("name", ["", "utf-8", "gbk", "latin-1", "UTF-16"])
def test_any_text_codec_of_python_is_known(name):
    assert checked_codec(name) == name


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "utf\0-8", "../etc"])
def test_an_unknown_codec_is_a_usage_error(name):
    with pytest.raises(UsageError, match="unknown codec"):
        checked_codec(name)


def test_text_is_sent_in_utf_8_or_in_the_codec_that_is_asked_for():
    assert all_of(outgoing_pieces("发送", None, "")) == "发送".encode()
    assert all_of(outgoing_pieces("发送", None, "gbk")) == "发送".encode("gbk")


def test_hexadecimal_digits_are_bytes():
    assert all_of(outgoing_pieces(None, "00ff10", "")) == b"\x00\xff\x10"


@pytest.mark.parametrize(
    ("text", "digits", "encoding"), [("a", "00", ""), (None, "0", ""), (None, "xy", ""), ("发送", None, "ascii")]
)
def test_what_cannot_be_sent_is_a_usage_error(text, digits, encoding):
    with pytest.raises(UsageError):
        outgoing_pieces(text, digits, encoding)


@pytest.fixture
def stdin(monkeypatch):
    """A pipe in place of stdin; give its writing end what is to be read."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as reader, os.fdopen(writing, "wb", buffering=0) as writer:
        monkeypatch.setattr("sys.stdin", reader)
        yield writer


def test_stdin_comes_as_it_is(stdin):
    stdin.write(b"\x00\xffbytes")
    stdin.close()
    assert all_of(outgoing_pieces(None, None, "")) == b"\x00\xffbytes"


def test_stdin_is_recoded_also_where_a_piece_ends_within_a_character(stdin):
    async def collect():
        pieces = []
        text = "发送".encode()
        stdin.write(text[:4])
        async for piece in outgoing_pieces(None, None, "gbk"):
            pieces.append(piece)
            if len(pieces) == 1:
                stdin.write(text[4:])
                stdin.close()
        return b"".join(pieces)

    assert asyncio.run(collect()) == "发送".encode("gbk")


def test_a_file_as_stdin_is_read_to_its_end(tmp_path, monkeypatch):
    file = tmp_path / "data"
    file.write_bytes(bytes(range(256)) * 1000)
    with file.open(encoding="utf-8") as opened:
        monkeypatch.setattr("sys.stdin", opened)
        assert all_of(stdin_pieces()) == file.read_bytes()


def test_waiting_for_stdin_can_be_given_up(stdin):
    async def give_up():
        async with asyncio.timeout(0.01):
            async for _ in stdin_pieces():
                pass

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())


def test_bytes_come_out_as_they_came_in(capfdbinary):
    writer = DataWriter("")
    writer.write(b"\x00\xff\x1b", ends=False)
    writer.write(b"", ends=True)
    assert capfdbinary.readouterr().out == b"\x00\xff\x1b"


def test_text_comes_out_decoded_also_where_a_piece_ends_within_a_character(capsys):
    writer = DataWriter("gbk")
    data = "发送".encode("gbk")
    writer.write(data[:3], ends=False)
    writer.write(data[3:], ends=True)
    assert capsys.readouterr().out == "发送"


def test_what_the_codec_does_not_know_is_replaced_and_forgotten_at_the_end_of_a_datagram(capsys):
    writer = DataWriter("utf-8")
    writer.write("发".encode()[:2], ends=True)
    writer.write("送".encode(), ends=True)
    assert capsys.readouterr().out == "\ufffd送"
