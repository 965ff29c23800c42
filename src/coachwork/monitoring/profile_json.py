"""The reference as a file, ``profile.json`` beside a bundle's model, with the schema ``coachwork.profile/1``.

The records stand in columns, numbers with four digits and embeddings as packed bytes: a thousand photos take about
100 kB.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.errors import CoachworkError
from coachwork.monitoring.photo_record import EMBEDDING_LENGTH, MEASURES, Channel, PhotoRecord
from coachwork.monitoring.profile import Profile
from coachwork.monitoring.signals import known_verdict
from coachwork.taxonomy import DamageType

PROFILE_FILE = "profile.json"
SCHEMA = "coachwork.profile/1"
_MEND = "make one with  coachwork monitor profile BUNDLE DATASET"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXTS = ("case", "market", "device", "verdict")
_FLAGS = ("readable", "usable", "strange")


class ProfileError(CoachworkError):
    """A bundle's reference cannot be used.

    Attributes:
        file: its path.
        why: what is wrong.
    """

    def __init__(self, *, file: Path, why: str) -> None:
        super().__init__(f"the reference {file} cannot be used: {why}; {_MEND}")
        self.file, self.why = file, why


def write_profile(folder: Path, profile: Profile) -> Path:
    """Writes the reference into a bundle's folder, whole or not at all.

    Raises:
        ProfileError: it cannot be written there.
    """
    file = folder / PROFILE_FILE
    fresh = file.with_name(f".{PROFILE_FILE}.fresh")
    try:
        fresh.write_text(profile_text(profile), encoding="utf-8")
        fresh.replace(file)
    except OSError as refused:
        raise ProfileError(file=file, why=f"it cannot be written ({refused.strerror})") from refused
    return file


def read_profile(folder: Path, *, digests: Sequence[str] = ()) -> Profile:
    """Reads the reference of a bundle.

    Args:
        folder: of the bundle, or the file itself.
        digests: of the bundle's model and its variants; a reference of another one is refused. None refuses none.

    Raises:
        ProfileError: it is missing, broken, or of another model.
    """
    file = folder / PROFILE_FILE if folder.is_dir() else folder
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except OSError as missing:
        raise ProfileError(file=file, why=f"it cannot be read ({missing.strerror})") from None
    except ValueError as broken:
        raise ProfileError(file=file, why=f"it is not valid JSON ({broken})") from None
    try:
        profile = profile_from_json(value)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as broken:
        raise ProfileError(file=file, why=f"it is no reference ({broken})") from None
    if digests and profile.bundle_digest not in digests:
        why = f"it was made with the model {profile.bundle_digest[:12]}, the bundle's is {digests[0][:12]}"
        raise ProfileError(file=file, why=why)
    return profile


def profile_text(profile: Profile) -> str:
    """The file's text: each column on one line."""
    text = json.dumps(profile_to_json(profile), ensure_ascii=False, allow_nan=False, indent=1)
    return re.sub(r"\[\n[^][{}]*\]", lambda row: re.sub(r"\n\s*", " ", row[0]), text) + "\n"


def profile_to_json(profile: Profile) -> dict[str, Any]:
    """The reference as JSON values; `profile_from_json` is the inverse up to four digits."""
    records = profile.records
    return {
        "schema": SCHEMA,
        "bundle": profile.bundle,
        "bundle_digest": profile.bundle_digest,
        "how": profile.how,
        "made": profile.made,
        "photos": profile.photos,
        "duplicates": profile.duplicates,
        "none_usable": profile.none_usable,
        "sample": {
            **{name: _column([_text(one, name) for one in records]) for name in _TEXTS},
            **{name: [_flag(getattr(one, name)) for one in records] for name in _FLAGS},
            "measures": {
                name: _numbers(records, name) for name in MEASURES if any(name in r.measures for r in records)
            },
            "counts": {
                kind.value: [one.counts.get(kind, 0) for one in records]
                for kind in DamageType
                if any(kind in one.counts for one in records)
            },
            "embeddings": _embeddings(records),
        },
    }


def profile_from_json(value: Mapping[str, Any]) -> Profile:
    """The reference of `profile_to_json`.

    Raises:
        ValueError, KeyError, TypeError, AttributeError, IndexError: it is none.
    """
    if value.get("schema") != SCHEMA:
        message = f"it has the schema {value.get('schema')!r}, this version reads {SCHEMA!r}"
        raise ValueError(message)
    sample = value["sample"]
    count = len(sample["usable"])
    texts = {name: _texts(sample[name], count) for name in _TEXTS}
    columns = [*sample["measures"].values(), *sample["counts"].values(), *(sample[name] for name in _FLAGS)]
    if any(len(column) != count for column in columns):
        message = "its columns differ in length"
        raise ValueError(message)
    measures = {name: column for name, column in sample["measures"].items() if name in MEASURES}
    embeddings = _rows(sample["embeddings"], count)
    return Profile(
        bundle=str(value["bundle"]),
        bundle_digest=str(value["bundle_digest"]),
        how=str(value["how"]),
        made=str(value["made"]),
        photos=int(value["photos"]),
        duplicates=float(value["duplicates"]),
        none_usable=float(value["none_usable"]),
        records=tuple(
            PhotoRecord(
                at=_EPOCH,
                channel=Channel.FOLDER,
                case=texts["case"][place],
                market=texts["market"][place],
                device=texts["device"][place],
                bundle=str(value["bundle"]),
                bundle_digest=str(value["bundle_digest"]),
                readable=bool(sample["readable"][place]),
                usable=bool(sample["usable"][place]),
                strange=None if sample["strange"][place] is None else bool(sample["strange"][place]),
                verdict=known_verdict(texts["verdict"][place]),
                measures={name: float(column[place]) for name, column in measures.items() if column[place] is not None},
                counts={
                    DamageType(kind): int(column[place]) for kind, column in sample["counts"].items() if column[place]
                },
                embedding=embeddings[place],
            )
            for place in range(count)
        ),
    )


def _text(record: PhotoRecord, name: str) -> str:
    value = getattr(record, name)
    return "" if value is None else str(value)


def _flag(value: bool | None) -> int | None:  # noqa: FBT001  a column's entry
    return None if value is None else int(value)


def _column(texts: Sequence[str]) -> dict[str, Any]:
    """Texts by their place in a list of those that occur."""
    names = sorted(set(texts))
    places = {name: place for place, name in enumerate(names)}
    return {"names": names, "of": [places[text] for text in texts]}


def _texts(column: Mapping[str, Any], count: int) -> list[str]:
    found = [str(column["names"][place]) for place in column["of"]]
    if len(found) != count:
        message = "its columns differ in length"
        raise ValueError(message)
    return found


def _numbers(records: Sequence[PhotoRecord], name: str) -> list[float | None]:
    return [float(f"{one.measures[name]:.4g}") if name in one.measures else None for one in records]


def _embeddings(records: Sequence[PhotoRecord]) -> str:
    """Half floats of all records in base64; zeros stand for none."""
    nothing = np.zeros(EMBEDDING_LENGTH, dtype=np.float32)
    rows = [nothing if one.embedding is None else one.embedding for one in records]
    return base64.b64encode(np.stack(rows).astype("<f2").tobytes()).decode("ascii")


def _rows(text: str, count: int) -> list[Any]:
    table = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f2").astype(np.float32)
    rows = table.reshape(count, EMBEDDING_LENGTH)
    if not np.isfinite(rows).all():
        message = "its embeddings are not finite"
        raise ValueError(message)
    return [row if row.any() else None for row in rows]
