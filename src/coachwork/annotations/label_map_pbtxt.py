"""Label maps of the TF Object Detection API: ``item { id: 1 name: 'dent' }`` as protocol buffer text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from coachwork.annotations.text_files import TextFileError, read_text_file

_MOST_BYTES = 5 * 2**20
_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<word>[\w.+-]+)|(?P<mark>[{}<>\[\]:;,])"""
)
_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)")
_ESCAPED = {"n": 10, "r": 13, "t": 9, "a": 7, "b": 8, "f": 12, "v": 11}
_OPEN, _CLOSED = frozenset("{<["), frozenset("}>]")


class LabelMapError(ValueError):
    """A label map cannot be read; the message says where and why."""


def read_label_map(path: Path) -> dict[int, str]:
    """The labels of a label map by their ids; an item without a name gets its display name.

    Raises:
        LabelMapError: it is no label map, an item lacks its id or name, or an id stands twice.
    """
    try:
        text = read_text_file(path, most_bytes=_MOST_BYTES)
    except TextFileError as error:
        raise LabelMapError(str(error)) from None
    labels: dict[int, str] = {}
    for number, item in enumerate(list(_items(text)), start=1):
        name = item.get("name") or item.get("display_name")
        if not name or not item.get("id", "").lstrip("-").isdigit() or len(item["id"]) > 18:
            message = f"item {number} needs an id and a name"
            raise LabelMapError(message)
        if labels.setdefault(int(item["id"]), name) != name:
            message = f"the id {item['id']} stands for {labels[int(item['id'])]!r} and for {name!r}"
            raise LabelMapError(message)
    return labels


def label_map_text(labels: Sequence[str]) -> str:
    """A label map of the labels, with ids from 1.

    >>> print(label_map_text(["dent"]), end="")
    item {
      id: 1
      name: 'dent'
    }
    """
    return "".join(f"item {{\n  id: {number}\n  name: {_quoted(label)}\n}}\n" for number, label in enumerate(labels, 1))


def ids_of(labels: Sequence[str]) -> Mapping[str, int]:
    """The id of each label in `label_map_text`."""
    return {label: number for number, label in enumerate(labels, start=1)}


def _items(text: str) -> Iterator[dict[str, str]]:
    """The scalar fields of each `item`; keypoints and other nested messages are passed over."""
    item: dict[str, str] | None = None
    for depth, field, value in _fields(text):
        if depth == 0 and field == "item" and value is None:
            item = {}
            yield item
        elif depth == 0:
            item = None
        elif depth == 1 and item is not None and value is not None:
            item[field] = value


def _fields(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Every field with its depth: with its value, or with None where a message opens."""
    depth, field, has_colon = 0, "", False
    for kind, word, line in _tokens(text):
        if kind != "mark" and has_colon:
            yield depth, field, _unquoted(word)
            field, has_colon = "", False
        elif kind == "word":
            field = word
        elif kind == "text":
            message = f"line {line}: {word[:40]} stands in no field"
            raise LabelMapError(message)
        elif word in _OPEN:
            yield depth, field, None
            depth, field, has_colon = depth + 1, "", False
        elif word in _CLOSED:
            depth -= 1
        else:
            has_colon = word == ":"
        if depth < 0:
            break
    if depth:
        message = "is cut off, or its brackets do not match"
        raise LabelMapError(message)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    place = 0
    line = 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            message = f"line {line}: {text[place : place + 20]!r} is no label map"
            raise LabelMapError(message)
        if found.lastgroup != "space":
            yield str(found.lastgroup), found[0], line
        line += found[0].count("\n")
        place = found.end()


def _unquoted(token: str) -> str:
    if token[0] not in "\"'":
        return token
    raw = token[1:-1].encode()
    if b"\\" not in raw:
        return raw.decode()
    parts = _ESCAPE.split(token[1:-1])
    content = b"".join(_byte(part) if index % 2 else part.encode() for index, part in enumerate(parts))
    return content.decode("utf-8", errors="replace")


def _byte(escape: str) -> bytes:
    if escape[0] == "x":
        return bytes([int(escape[1:], 16)]) if len(escape) > 1 else b"x"
    if escape[0] in "01234567":
        return bytes([int(escape, 8) & 255])
    return bytes([_ESCAPED[escape]]) if escape in _ESCAPED else escape.encode()


def _quoted(label: str) -> str:
    escaped = label.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + "".join(f"\\{ord(char):03o}" if ord(char) < 32 else char for char in escaped) + "'"
