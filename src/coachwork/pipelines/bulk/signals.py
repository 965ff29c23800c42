"""Rows of a bulk run as records for watching; what bulk runs do not measure stays unknown."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from coachwork.monitoring.photo_record import Channel, PhotoRecord
from coachwork.monitoring.signals import known_verdict, unreadable
from coachwork.pipelines.bulk.plan import BulkError
from coachwork.taxonomy import DamageType

_QUALITY = {"brightness": "highlights", "contrast": "contrast", "sharpness": "sharpness", "glare": "glare"}
"""Column -> signal: what bulk runs call brightness is the level of the brightest tenth."""


def bulk_records(folder: Path) -> list[PhotoRecord]:
    """The records of a finished run's folder, each as old as the part that it stands in.

    Args:
        folder: what `coachwork bulk ... --to` named, on this machine.

    Raises:
        BulkError: there is no such run, or a part cannot be read.
    """
    parts = sorted(folder.glob("photos/*.parquet"))
    if not parts:
        message = f"{folder} holds no photos of a bulk run: name what  coachwork bulk assess ... --to  named"
        raise BulkError(message)
    found: list[PhotoRecord] = []
    for part in parts:
        moment = datetime.fromtimestamp(part.stat().st_mtime, tz=UTC)
        try:
            rows = pq.read_table(part).to_pylist()
        except (OSError, pa.ArrowException) as broken:
            message = f"{part} cannot be read ({broken}): run  coachwork bulk  again, which makes it anew"
            raise BulkError(message) from broken
        found += [_record(row, moment) for row in rows]
    for letters in sorted(folder.glob("failures/*.jsonl")):
        moment = datetime.fromtimestamp(letters.stat().st_mtime, tz=UTC)
        count = len(letters.read_bytes().splitlines())
        found += [unreadable(at=moment, channel=Channel.BULK) for _ in range(count)]
    return sorted(found, key=lambda one: one.at)


def _record(row: Mapping[str, Any], moment: datetime) -> PhotoRecord:
    damages = row.get("damages") or []
    measures = {signal: float(row[column]) for column, signal in _QUALITY.items()}
    measures["short_side_px"] = float(min(row["width"], row["height"]))
    if "verdict" in row:
        area = row["width"] * row["height"]
        measures |= {
            "damages": float(len(damages)),
            "best_score": max((float(one["score"]) for one in damages), default=0.0),
            "damage_probability": float(row["damage_probability"]),
            "coverage": min(sum(one["area_px"] for one in damages) / area, 1.0),
        }
    kinds = [DamageType(one["type"]) for one in damages]
    return PhotoRecord(
        at=moment,
        channel=Channel.BULK,
        sha256=row["sha256"],
        bundle=row.get("model") or "",
        bundle_digest=row.get("model_digest") or "",
        usable=row["usable"],
        strange=row.get("strange"),
        verdict=known_verdict(row.get("verdict") or ""),
        measures=measures,
        counts={kind: kinds.count(kind) for kind in set(kinds)},
    )
