"""Examples and TFRecord files: round trips, another program's reader, and files that are broken."""

import gzip
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from coachwork.annotations.tf_example import (
    MAX_RECORD_BYTES,
    BrokenRecordError,
    Feature,
    Key,
    decode_example,
    encode_example,
    framed,
    masked_crc,
    read_records,
    write_records,
)

FEATURES: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.text(max_size=12),
    st.one_of(
        st.lists(st.binary(max_size=20), max_size=5),
        arrays.arrays(np.float32, st.integers(0, 5), elements=st.floats(width=32, allow_nan=False)),
        arrays.arrays(np.int64, st.integers(0, 5)),
    ),
    max_size=6,
)


def same(first: Feature, second: Feature) -> bool:
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(first, second)
    return isinstance(first, list) and isinstance(second, list) and first == second


def test_an_example_without_features_is_empty() -> None:
    assert encode_example({}) == b""
    assert decode_example(b"") == {}


@given(FEATURES)
def test_features_come_back_with_their_kind_even_when_empty(features: dict[str, Feature]) -> None:
    read = decode_example(encode_example(features))
    assert read.keys() == features.keys()
    assert all(same(read[name], features[name]) for name in features)


def field(number: int, data: bytes) -> bytes:
    """A protocol buffer's field with data shorter than 128 bytes."""
    return bytes([number << 3 | 2, len(data)]) + data


def example_of(name: bytes, feature: bytes) -> bytes:
    return field(1, field(1, field(1, name) + field(2, feature)))


def test_an_example_is_what_protocol_buffers_write() -> None:
    by_hand = example_of(b"image/height", field(3, field(1, bytes([0xAC, 0x02]))))  # 300 as a varint
    assert encode_example({Key.HEIGHT: np.array([300])}) == by_hand


def test_values_that_are_not_packed_are_read() -> None:
    number = bytes([1 << 3 | 5]) + np.float32(0.5).tobytes()  # a fixed32 field of its own
    values = decode_example(example_of(b"x", field(2, number + number)))["x"]
    assert isinstance(values, np.ndarray)
    assert values.tolist() == [0.5, 0.5]


def test_data_that_is_no_example_is_refused() -> None:
    with pytest.raises(BrokenRecordError, match=r"no tf\.train\.Example"):
        decode_example(b"\xff\xd8\xff\xe0 a JPEG")


def test_a_file_without_records_is_empty() -> None:
    file = io.BytesIO()
    assert write_records(file, []) == 0
    assert list(read_records(io.BytesIO(file.getvalue()))) == []


@given(st.lists(st.binary(max_size=50), max_size=6), st.booleans())
def test_records_come_back_compressed_or_not(records: list[bytes], compressed: bool) -> None:  # noqa: FBT001
    file = io.BytesIO()
    assert write_records(file, records) == len(records)
    data = gzip.compress(file.getvalue()) if compressed else file.getvalue()
    assert list(read_records(io.BytesIO(data))) == records


def test_reading_leaves_the_file_open() -> None:
    file = io.BytesIO(framed(b"one"))
    assert list(read_records(file)) == [b"one"]
    assert not file.closed


def test_tensorboard_reads_what_is_written(tmp_path: Path) -> None:
    oracle = pytest.importorskip("tensorboard.compat.tensorflow_stub.pywrap_tensorflow", reason="needs tensorboard")
    path = tmp_path / "photos.tfrecord"
    records = [b"", b"one", bytes(range(256)) * 40]
    with path.open("wb") as file:
        write_records(file, records)
    reader = oracle.PyRecordReader_New(str(path))
    read = []
    for _ in records:
        reader.GetNext()
        read.append(reader.record())
    assert read == records
    assert masked_crc(b"123456789") == oracle.masked_crc32c(b"123456789")


@given(st.data())
def test_a_damaged_file_is_refused_or_ends_at_a_record(data: st.DataObject) -> None:
    records = [b"first record", b"the second"]
    whole = b"".join(framed(record) for record in records)
    place = data.draw(st.integers(0, len(whole) - 1))
    broken = bytearray(whole)
    broken[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BrokenRecordError, match="record at byte"):
        list(read_records(io.BytesIO(bytes(broken))))
    cut = io.BytesIO(whole[:place])
    if place in {0, len(framed(records[0]))}:
        list(read_records(cut))
    else:
        with pytest.raises(BrokenRecordError, match="cut off"):
            list(read_records(cut))


def test_a_length_that_is_absurd_takes_no_memory() -> None:
    length = (MAX_RECORD_BYTES + 1).to_bytes(8, "little")
    file = io.BytesIO(length + masked_crc(length).to_bytes(4, "little"))
    with pytest.raises(BrokenRecordError, match=f"more than {MAX_RECORD_BYTES}"):
        list(read_records(file))


def test_a_compressed_file_that_is_cut_off_says_where() -> None:
    data = gzip.compress(framed(b"first") + framed(bytes(1000)))
    with pytest.raises(BrokenRecordError, match=re.escape("damaged or cut off")):
        list(read_records(io.BytesIO(data[:-12])))
