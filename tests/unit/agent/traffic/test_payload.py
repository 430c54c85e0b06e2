import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig_agent.traffic.payload import filled, is_intact, number, seal
from sockrig_wire.kinds import DIGEST_BYTES
from sockrig_wire.model.flows import Fill, Verify

SEALED = (Verify.CRC32, Verify.SHA256)


def test_the_digests_are_the_well_known_ones():
    block = memoryview(bytearray(b"123456789" + bytes(4)))
    seal(block, Verify.CRC32)
    assert block[-4:] == zlib.crc32(b"123456789").to_bytes(4, "big") == bytes.fromhex("cbf43926")
    block = memoryview(bytearray(b"abc" + bytes(32)))
    seal(block, Verify.SHA256)
    assert block[-32:] == hashlib.sha256(b"abc").digest()


@pytest.mark.parametrize("verify", SEALED)
@given(data=st.data())
def test_any_changed_bit_is_noticed(verify, data):
    block = memoryview(filled(data.draw(st.integers(DIGEST_BYTES[verify] + 1, 200))))
    seal(block, verify)
    assert is_intact(block, verify)
    at = data.draw(st.integers(0, len(block) - 1))
    block[at] ^= 1 << data.draw(st.integers(0, 7))
    assert not is_intact(block, verify)


@pytest.mark.parametrize("verify", SEALED)
def test_a_block_shorter_than_its_digest_is_not_intact(verify):
    assert not is_intact(memoryview(b"ab"), verify)


def test_without_verification_a_block_is_left_alone():
    block = memoryview(filled(10))
    before = bytes(block)
    seal(block, Verify.NONE)
    assert block == before
    assert is_intact(block, Verify.NONE)


def test_blocks_are_filled_alike_in_every_run_and_do_not_compress():
    assert filled(10_000) == filled(10_000)
    assert len(zlib.compress(filled(10_000))) > 9_990


@pytest.mark.parametrize(("size", "expected"), [(2, b"\x01\x02"), (10, b"\0\0\0\0\0\x03\x01\x02\0\0")])
def test_a_number_takes_the_room_that_there_is(size, expected):
    block = memoryview(bytearray(size))
    number(block, 0x030102)
    assert block == expected


def test_blocks_can_be_zeros_text_or_bytes_of_ones_own():
    assert filled(5, Fill.ZEROS) == bytes(5)
    assert filled(150, Fill.TEXT).startswith(b' !"#$%&')
    assert filled(150, Fill.TEXT)[72:77] == b'\r\n!"#'
    assert filled(7, Fill.CONTENT, b"abc") == b"abcabca"
    assert filled(2, Fill.CONTENT, b"abc") == b"ab"
    assert filled(6, Fill.CONTENT, b"abc") == b"abcabc"
    assert [len(filled(100_000, fill, b"x")) for fill in Fill] == [100_000] * 4


def test_random_blocks_do_not_compress_and_text_does():
    assert len(zlib.compress(filled(10_000))) > 10_000
    assert len(zlib.compress(filled(100_000, Fill.TEXT))) < 10_000
