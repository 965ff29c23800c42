"""TensorFlow's `tf.train.Example` and its TFRecord files, read and written without TensorFlow.

A TFRecord file is a row of records; each is an 8-byte little-endian length, a masked CRC-32C of those 8 bytes, the
data, and a masked CRC-32C of the data. The file may be compressed as a whole by gzip. In object detection each record
is one `Example`: a photo and its objects, as features under the names in `Key`.

Sources: "TFRecord and tf.train.Example" in TensorFlow's guide; example.proto and feature.proto of TensorFlow;
standard_fields.py and tf_example_decoder.py of the TF Object Detection API.
"""

import gzip
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import IO, Any

import google_crc32c
import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory
from numpy.typing import NDArray

Feature = list[bytes] | NDArray[np.float32] | NDArray[np.int64]
"""A feature's values: a list of bytes, or (N,) float32, or (N,) int64; N may be 0."""

MAX_RECORD_BYTES = 2**30
"""Longer records are refused: a broken length must not become memory. Protocol buffers end at 2 GiB themselves."""

_MASK_DELTA = 0xA282EAD8
_LENGTH, _CHECK = struct.Struct("<Q"), struct.Struct("<I")
_GZIP_MAGIC = b"\x1f\x8b"


class Key(StrEnum):
    """Names of an Example's features, as the TF Object Detection API reads them.

    Boxes are shares of the photo's width and height, 0..1; class labels count from 1, and 0 is the background.
    """

    ENCODED = "image/encoded"
    FORMAT = "image/format"
    FILENAME = "image/filename"
    SOURCE_ID = "image/source_id"
    SHA256 = "image/key/sha256"
    HEIGHT = "image/height"
    WIDTH = "image/width"
    X_MIN = "image/object/bbox/xmin"
    X_MAX = "image/object/bbox/xmax"
    Y_MIN = "image/object/bbox/ymin"
    Y_MAX = "image/object/bbox/ymax"
    CLASS_TEXT = "image/object/class/text"
    CLASS_LABEL = "image/object/class/label"
    AREA = "image/object/area"
    IS_CROWD = "image/object/is_crowd"
    DIFFICULT = "image/object/difficult"
    TRUNCATED = "image/object/truncated"
    OCCLUDED = "image/object/occluded"
    VIEW = "image/object/view"
    GROUP_OF = "image/object/group_of"
    WEIGHT = "image/object/weight"
    MASK = "image/object/mask"
    DETECTION_SCORE = "image/detection/score"
    DETECTION_LABEL = "image/detection/label"
    DETECTION_X_MIN = "image/detection/bbox/xmin"
    DETECTION_X_MAX = "image/detection/bbox/xmax"
    DETECTION_Y_MIN = "image/detection/bbox/ymin"
    DETECTION_Y_MAX = "image/detection/bbox/ymax"


class BrokenRecordError(ValueError):
    """A TFRecord file or an Example breaks its format.

    Attributes:
        offset: of the record's first byte in the (uncompressed) file, or None where only the data is known.
        why: what is wrong.
    """

    def __init__(self, why: str, *, offset: int | None = None) -> None:
        super().__init__(why if offset is None else f"record at byte {offset}: {why}")
        self.offset = offset
        self.why = why


def encode_example(features: Mapping[str, Feature | Iterable[bytes]]) -> bytes:
    """A serialised `tf.train.Example`; equal features give equal bytes.

    Args:
        features: name -> bytes values, or an array (N,) of floats or integers.
    """
    example = _EXAMPLE()
    stored = example.features.feature
    for name, values in features.items():
        feature = stored[str(name)]
        if not isinstance(values, np.ndarray):
            feature.bytes_list.value.extend(values)
            feature.bytes_list.SetInParent()
        elif np.issubdtype(values.dtype, np.floating):
            feature.float_list.value.extend(values.tolist())
            feature.float_list.SetInParent()
        else:
            feature.int64_list.value.extend(values.tolist())
            feature.int64_list.SetInParent()
    return bytes(example.SerializeToString(deterministic=True))


def decode_example(data: bytes) -> dict[str, Feature]:
    """Features of a serialised `tf.train.Example`; a feature that states no kind of value is an empty list.

    Raises:
        BrokenRecordError: the data is no Example.
    """
    example = _EXAMPLE()
    try:
        example.ParseFromString(data)
    except message.DecodeError as broken:
        why = "its data is no tf.train.Example"
        raise BrokenRecordError(why) from broken
    return {name: _values(feature) for name, feature in example.features.feature.items()}


def write_records(file: IO[bytes], records: Iterable[bytes]) -> int:
    """Writes records in TFRecord framing and returns their number."""
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007 - the last number is the count
        file.write(framed(record))
    return count


def framed(record: bytes) -> bytes:
    """One record with its length and checks around it."""
    length = _LENGTH.pack(len(record))
    return b"".join([length, _CHECK.pack(masked_crc(length)), record, _CHECK.pack(masked_crc(record))])


def read_records(file: IO[bytes]) -> Iterator[bytes]:
    """Records of an open, seekable TFRecord file, compressed by gzip or not, one at a time.

    Raises:
        BrokenRecordError: a check fails, a length is absurd, or the file is cut off.
    """
    start = file.tell()
    compressed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    file.seek(start)
    source: Any = gzip.GzipFile(fileobj=file) if compressed else file
    offset = 0
    try:
        while (record := _next_record(source, offset)) is not None:
            yield record
            offset += _LENGTH.size + 2 * _CHECK.size + len(record)
    except (OSError, EOFError, zlib.error) as broken:
        if not compressed:
            raise
        why = f"the compressed file is damaged or cut off ({broken})"
        raise BrokenRecordError(why, offset=offset) from broken


def masked_crc(data: bytes) -> int:
    """CRC-32C, turned right by 15 bits, plus a constant: so TFRecord guards its lengths and data.

    >>> hex(masked_crc(b"123456789"))
    '0xc78ab0e5'
    """
    crc = int(google_crc32c.value(data))
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def _next_record(file: IO[bytes], offset: int) -> bytes | None:
    head = file.read(_LENGTH.size + _CHECK.size)
    if not head:
        return None
    if len(head) < _LENGTH.size + _CHECK.size:
        why = "the file is cut off within its length"
        raise BrokenRecordError(why, offset=offset)
    length: int = _LENGTH.unpack_from(head)[0]
    if _CHECK.unpack_from(head, _LENGTH.size)[0] != masked_crc(head[: _LENGTH.size]):
        why = "the check of its length fails: the file is damaged or no TFRecord"
        raise BrokenRecordError(why, offset=offset)
    if length > MAX_RECORD_BYTES:
        why = f"it claims {length} bytes, more than {MAX_RECORD_BYTES}"
        raise BrokenRecordError(why, offset=offset)
    data, check = file.read(length), file.read(_CHECK.size)
    if len(data) < length or len(check) < _CHECK.size:
        why = f"the file is cut off within its {length} bytes"
        raise BrokenRecordError(why, offset=offset)
    if _CHECK.unpack(check)[0] != masked_crc(data):
        why = "the check of its data fails: the file is damaged"
        raise BrokenRecordError(why, offset=offset)
    return data


def _values(feature: Any) -> Feature:
    kind = feature.WhichOneof("kind")
    if kind == "float_list":
        return np.array(feature.float_list.value, dtype=np.float32)
    if kind == "int64_list":
        return np.array(feature.int64_list.value, dtype=np.int64)
    return list(feature.bytes_list.value)


def _example_class() -> Any:
    """The message class of `tf.train.Example`, in a pool of its own so that it may live beside TensorFlow's."""
    kinds = {"bytes": "TYPE_BYTES", "float": "TYPE_FLOAT", "int64": "TYPE_INT64"}
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="coachwork/example.proto", package="tensorflow", syntax="proto3")
    for kind, type_ in kinds.items():
        values = file.message_type.add(name=f"{kind.capitalize()}List")
        values.field.add(name="value", number=1, type=getattr(field, type_), label=field.LABEL_REPEATED)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, kind in enumerate(kinds, start=1):
        feature.field.add(
            name=f"{kind}_list", number=number, oneof_index=0, **_message(f"{kind.capitalize()}List", repeated=False)
        )
    features = file.message_type.add(name="Features")
    features.field.add(name="feature", number=1, **_message("Features.FeatureEntry", repeated=True))
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    entry.field.add(name="value", number=2, **_message("Feature", repeated=False))
    example = file.message_type.add(name="Example")
    example.field.add(name="features", number=1, **_message("Features", repeated=False))
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow.Example"))


def _message(name: str, *, repeated: bool) -> dict[str, Any]:
    field = descriptor_pb2.FieldDescriptorProto
    label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
    return {"type": field.TYPE_MESSAGE, "type_name": f".tensorflow.{name}", "label": label}


_EXAMPLE = _example_class()
