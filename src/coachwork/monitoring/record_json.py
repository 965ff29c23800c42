"""Records of photos as JSON: one object a line in files, ``coachwork.signals/1``."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.errors import CoachworkError
from coachwork.monitoring.photo_record import EMBEDDING_LENGTH, MEASURES, Channel, PhotoRecord
from coachwork.monitoring.signals import known_verdict
from coachwork.taxonomy import DamageType

SCHEMA = "coachwork.signals/1"


class SignalFileError(CoachworkError):
    """A file of signals cannot be used.

    Attributes:
        file: its path.
        line: from 1; None where the file cannot be read at all.
        why: what is wrong.
    """

    def __init__(self, *, file: Path, line: int | None, why: str) -> None:
        place = str(file) if line is None else f"{file}, line {line}"
        super().__init__(f"{place}: {why}; write such files with  coachwork monitor signals --jsonl FILE")
        self.file, self.line, self.why = file, line, why


def packed_embedding(embedding: NDArray[np.float32] | None) -> bytes | None:
    """An embedding as little-endian half floats, 64 bytes."""
    return None if embedding is None else embedding.astype("<f2").tobytes()


def unpacked_embedding(data: bytes | None) -> NDArray[np.float32] | None:
    """The embedding (32,) float32 of `packed_embedding`.

    Raises:
        ValueError: the bytes are none.
    """
    if data is None:
        return None
    values = np.frombuffer(data, dtype="<f2").astype(np.float32)
    if values.shape != (EMBEDDING_LENGTH,) or not np.isfinite(values).all():
        message = f"{len(data)} bytes are no embedding of {EMBEDDING_LENGTH} finite numbers"
        raise ValueError(message)
    return values


def record_to_json(record: PhotoRecord) -> dict[str, Any]:
    """A record as JSON values."""
    data = packed_embedding(record.embedding)
    return {
        "schema": SCHEMA,
        "at": record.at.isoformat(),
        "channel": record.channel.value,
        "case": record.case,
        "sha256": record.sha256,
        "market": record.market,
        "device": record.device,
        "bundle": record.bundle,
        "bundle_digest": record.bundle_digest,
        "readable": record.readable,
        "usable": record.usable,
        "strange": record.strange,
        "verdict": None if record.verdict is None else record.verdict.value,
        "measures": {name: float(f"{value:.6g}") for name, value in record.measures.items()},
        "counts": {kind.value: count for kind, count in record.counts.items()},
        "embedding": None if data is None else base64.b64encode(data).decode("ascii"),
    }


def record_from_json(value: Mapping[str, Any]) -> PhotoRecord:
    """The record of `record_to_json`; keys that are not known are passed over.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    if value.get("schema") != SCHEMA:
        message = f"has the schema {value.get('schema')!r}, not {SCHEMA!r}"
        raise ValueError(message)
    embedding = value.get("embedding")
    measures = {name: float(number) for name, number in value["measures"].items() if name in MEASURES}
    if not all(np.isfinite(number) for number in measures.values()):
        message = "holds a measure that is not finite"
        raise ValueError(message)
    return PhotoRecord(
        at=datetime.fromisoformat(value["at"]),
        channel=Channel(value["channel"]),
        case=str(value.get("case", "")),
        sha256=str(value.get("sha256", "")),
        market=str(value.get("market", "")),
        device=str(value.get("device", "")),
        bundle=str(value.get("bundle", "")),
        bundle_digest=str(value.get("bundle_digest", "")),
        readable=bool(value.get("readable", True)),
        usable=bool(value.get("usable", True)),
        strange=None if value.get("strange") is None else bool(value["strange"]),
        verdict=known_verdict(str(value.get("verdict"))),
        measures=measures,
        counts={DamageType(kind): int(count) for kind, count in value.get("counts", {}).items()},
        embedding=None if embedding is None else unpacked_embedding(base64.b64decode(embedding, validate=True)),
    )


def read_records(path: Path) -> list[PhotoRecord]:
    """The records of a file, one JSON object a line; empty lines are passed over.

    Raises:
        SignalFileError: it cannot be read, or a line is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as broken:
        why = f"cannot be read ({getattr(broken, 'strerror', None) or 'it is not UTF-8'})"
        raise SignalFileError(file=path, line=None, why=why) from None
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(record_from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as broken:
            why = f"is no record of a photo ({broken})"
            raise SignalFileError(file=path, line=number, why=why) from None
    return found


def write_records(path: Path, records: Iterable[PhotoRecord]) -> None:
    """Writes records, one JSON object a line.

    Raises:
        OSError: the file cannot be written.
    """
    lines = (json.dumps(record_to_json(record), allow_nan=False) for record in records)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
