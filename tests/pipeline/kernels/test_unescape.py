"""JSON strings unescaped all at once say what a JSON parser says, or are handed to it."""

import json

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.unescape import unescaped

ESCAPES = [r"\n", r"\"", r"\\", r"\/", r"\b", r"\f", r"\r", r"\t", r"é", r"\uD83D\uDE00", r"€", r" ", "ü", "😀"]
ODD = [r"\x", r"\u12", r"\u12g4", r"\ud800", r"\udc00", r"\ud800A", "\x01", "\n", '"', "\\"]
BODIES = st.lists(st.one_of(st.sampled_from([*ESCAPES, *ODD]), st.text(max_size=5)), max_size=8).map("".join)
# Bytes that are no UTF-8 as well: a stray continuation, an overlong form, a surrogate, a cut sequence.
BYTES = st.lists(
    st.one_of(BODIES.map(str.encode), st.sampled_from([b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xe2\x82"])),
    max_size=3,
).map(b"".join)


@given(st.lists(st.one_of(st.none(), BYTES), max_size=6))
def test_a_string_is_what_the_parser_reads_or_odd(bodies: list[bytes | None]) -> None:
    texts, odd = unescaped(bodies, np.zeros(len(bodies), np.uint8))
    found = texts.to_pylist()
    for place, body in enumerate(bodies):
        if body is None:
            assert found[place] is None
            continue
        try:
            wanted = msgspec.json.decode(b'"' + body + b'"', type=str)
        except (ValueError, UnicodeDecodeError):
            assert place in odd
        else:
            assert place in odd or found[place] == wanted


@given(st.lists(st.text(), max_size=6))
def test_what_a_writer_wrote_is_never_odd(written: list[str]) -> None:
    for ascii_only in (True, False):
        bodies = [json.dumps(text, ensure_ascii=ascii_only)[1:-1].encode() for text in written]
        texts, odd = unescaped(bodies, np.zeros(len(bodies), np.uint8))
        assert texts.to_pylist() == written and not len(odd)


@given(st.lists(st.one_of(st.none(), st.text()), max_size=6))
def test_text_that_is_text_already_is_not_touched(written: list[str | None]) -> None:
    bodies = [None if text is None else text.encode() for text in written]
    texts, odd = unescaped(bodies, np.ones(len(bodies), np.uint8))
    assert texts.to_pylist() == written and not len(odd)
