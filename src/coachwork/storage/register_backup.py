"""Registers of photos in a backup: for each tenant a text file, a line a photo, by which it is known again.

Only photos of cases that are in the backup are written: a register may know of later ones by then.
"""

import base64
import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from coachwork.claims.copy_signals import KeptPhoto
from coachwork.photos.point_codes import PointCodes
from coachwork.storage.photo_register import PhotoRegister

FOLDER = "registers"
_AT_ONCE = 500


def write_registers(registers: Path, cases: Mapping[str, Collection[str]], to: Path) -> list[dict[str, str]]:
    """Writes what photos of some cases are known again by.

    Args:
        registers: folder of the registers, one for each tenant; it may be missing.
        cases: tenant -> names of its cases.
        to: the backup's folder.

    Returns:
        The files for the backup's list: tenant and digest.

    Raises:
        RegisterError: a register cannot be read.
        OSError: the backup cannot be written.
    """
    told = []
    for tenant, names in sorted(cases.items()):
        if not (registers / tenant / "photos.sqlite3").is_file():
            continue
        path, digest = to / FOLDER / f"{tenant}.jsonl", hashlib.sha256()
        path.parent.mkdir(exist_ok=True)
        with PhotoRegister(registers / tenant) as register, path.open("wb") as file:
            for name in sorted(names):
                for line in map(_line, register.of_claim(name)):
                    digest.update(line)
                    file.write(line)
            file.flush()
            os.fsync(file.fileno())
        told.append({"tenant": tenant, "sha256": digest.hexdigest()})
    return told


def restore_register(data: bytes, folder: Path) -> int:
    """Adds to a register what `write_registers` wrote; what it knows already stays. Returns how many were added.

    Raises:
        RegisterError: the register cannot be written.
        ValueError: these are other bytes.
    """
    added = 0
    lines = data.splitlines()
    with PhotoRegister(folder, make=True) as register:
        for start in range(0, len(lines), _AT_ONCE):
            added += register.add(_photos(lines[start : start + _AT_ONCE]))
    return added


def _line(one: KeptPhoto) -> bytes:
    values = {"claim": one.claim, "name": one.name, "file": one.file, "sha256": one.sha256}
    codes = base64.b64encode(one.codes.to_bytes()).decode("ascii")
    return (json.dumps(values | {"codes": codes}) + "\n").encode()


def _photos(lines: list[bytes]) -> Iterator[KeptPhoto]:
    for line in lines:
        told: dict[str, Any] = json.loads(line)
        yield KeptPhoto(**told | {"codes": PointCodes.from_bytes(base64.b64decode(told["codes"]))})
