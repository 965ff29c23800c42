"""Breaks annotation files in the ways in which files break: cut, garbled, retyped, exaggerated, nested, recoded."""

import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree as ET

Mutation = Callable[[bytes, random.Random], bytes]
"""Makes another file of a file's bytes."""

NASTY: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 3, 0.5, -0.0, 1e308, -1e308, float("nan"), float("inf"), 1e-320),
    *(2**31, 2**63, 2**64, 10**400, -(10**30), "", " ", "0", "-1", "1e999", "nan", "a", "ü\u202e", "\x00", "a" * 5000),
    *("../../etc/passwd", "C:\\photos\\a.jpg", "s3://bucket/a.jpg", "%s%n", "'; --"),
    *([], {}, [[]], [None], {"a": 1}, [1, 2, 3], ["a"]),
)
"""Values that readers stumble over."""

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_DEEP = 20_000
_MARK = "golden-mark-of-depth"
_BOMB = "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>".replace("&a0;", "&a;") for n in range(1, 9)
) + "]>"  # fmt: skip
_FILE_ENTITY = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def _cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _flip(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 3, 20))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _drop(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    return content[:start] + content[start + rng.randrange(1, 60) :]


def _repeat(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    piece = content[start : start + rng.randrange(1, 200)]
    return content[:start] + piece * rng.choice((2, 50)) + content[start:]


def _garble(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    return content[:start] + rng.randbytes(rng.randrange(1, 40)) + content[start:]


def _recode(content: bytes, rng: random.Random) -> bytes:
    text = content.decode("utf-8", errors="replace")
    return rng.choice(
        (
            b"",
            b"\xef\xbb\xbf" + content,
            text.encode("utf-16"),
            text.encode("utf-32"),
            text.replace("a", "ä").encode("latin-1", errors="replace"),
            content.replace(b"\n", b"\r"),
            content.replace(b"e", b"\x00"),
        )
    )


def _renumber(content: bytes, rng: random.Random) -> bytes:
    """One of a text's numbers, or every one, becomes another."""
    found = list(_NUMBER.finditer(content))
    if not found:
        return _flip(content, rng)
    nasty = rng.choice([value for value in NASTY if isinstance(value, int | float)])
    if rng.random() < 0.1:
        return _NUMBER.sub(str(nasty).encode(), content)
    one = rng.choice(found)
    return content[: one.start()] + str(nasty).encode() + content[one.end() :]


def _shuffle_lines(content: bytes, rng: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join(lines[: rng.randrange(len(lines) + 1)] + lines[: rng.randrange(3)])


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON value with each of its keys."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _json(content: bytes, rng: random.Random) -> bytes:
    """One node of a JSON document, or of one of its lines, replaced, removed, copied or buried."""
    try:
        return _mutated_json(json.loads(content), rng)
    except (ValueError, RecursionError):
        lines = content.splitlines()
    for index in rng.sample(range(len(lines)), len(lines)):
        try:
            lines[index] = _mutated_json(json.loads(lines[index]), rng)
        except (ValueError, RecursionError):
            continue
        return b"\n".join(lines)
    return _renumber(content, rng)


def _mutated_json(document: Any, rng: random.Random) -> bytes:
    places = list(_places(document))
    if not places:
        return json.dumps(rng.choice(NASTY)).encode()
    for _ in range(rng.choice((1, 1, 1, 4))):
        holder, key = rng.choice(places)
        what = rng.randrange(6)
        try:
            if what == 0:
                del holder[key]
            elif what == 1:
                other = rng.choice(places)
                holder[key] = copy.deepcopy(other[0][other[1]])
            elif what == 2 and isinstance(holder, list):
                holder.extend(copy.deepcopy([holder[key]]) * rng.choice((1, 30)))
            elif what == 3:
                holder[key] = [holder[key]] if rng.random() < 0.5 else {"a": holder[key]}
            elif what == 4 and rng.random() < 0.3:
                holder[key] = _MARK
            else:
                holder[key] = copy.deepcopy(rng.choice(NASTY))
        except (KeyError, IndexError):
            continue
    text = json.dumps(document)
    return text.replace(f'"{_MARK}"', "[" * _DEEP + "]" * _DEEP).encode()


def _xml(content: bytes, rng: random.Random) -> bytes:
    """One element or attribute of an XML document replaced, removed, copied or buried, or a hostile document type."""
    try:
        root = ET.fromstring(content)  # noqa: S314 - our own golden
    except (ET.ParseError, ValueError, LookupError):
        return _flip(content, rng)
    parents = [element for element in root.iter() if len(element)]
    what = rng.randrange(8)
    chosen = rng.choice(list(root.iter()))
    if what == 0 and parents:
        parent = rng.choice(parents)
        parent.remove(rng.choice(list(parent)))
    elif what == 1 and parents:
        parent = rng.choice(parents)
        parent.extend([copy.deepcopy(rng.choice(list(parent)))] * rng.choice((1, 30)))
    elif what == 2 and chosen.attrib:
        del chosen.attrib[rng.choice(list(chosen.attrib))]
    elif what == 3:
        chosen.tag = rng.choice([element.tag for element in root.iter()])
    elif what == 4:
        chosen.text = _MARK
    elif what == 5:
        chosen.text = "&a8;" if rng.random() < 0.5 else _text(rng)
    elif chosen.attrib:
        chosen.attrib[rng.choice(list(chosen.attrib))] = _text(rng)
    text = ET.tostring(root, encoding="unicode")
    text = text.replace(_MARK, "<a>" * _DEEP + "</a>" * _DEEP)
    if "&amp;a8;" in text:
        text = rng.choice((_BOMB, _FILE_ENTITY)) + text.replace("&amp;a8;", rng.choice(("&a8;", "&a;")))
    return text.encode("utf-8", errors="replace")


def _text(rng: random.Random) -> str:
    return str(rng.choice(NASTY)).replace("\x00", "")


_ANY: tuple[Mutation, ...] = (_cut, _flip, _drop, _repeat, _garble, _recode, _renumber, _shuffle_lines)
_BY_SUFFIX: dict[str, tuple[Mutation, ...]] = {
    ".json": (_json,) * 12,
    ".jsonl": (_json,) * 12,
    ".manifest": (_json,) * 12,
    ".xml": (_xml,) * 12,
    ".csv": (_renumber,) * 4,
    ".txt": (_renumber,) * 8,
}


def mutated(content: bytes, suffix: str, rng: random.Random) -> bytes:
    """Another file of a file's bytes, by one mutation that fits its suffix, sometimes by two."""
    mutations = _ANY + _BY_SUFFIX.get(suffix.lower(), ())
    for _ in range(1 if rng.random() < 0.8 else 2):
        try:
            content = rng.choice(mutations)(content, rng)
        except RecursionError:  # the first mutation has buried something deeper than the second can look
            content = _flip(content, rng)
    return content
