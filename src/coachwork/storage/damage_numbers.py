"""The numbers of a case's damages in the database: given within the transaction that makes a damage known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, insert, select

from coachwork.cases.corrections import Correction, CorrectionKind
from coachwork.cases.damage_numbers import ADDED, KnownDamage, added_key, known_damages, number_of, numbered
from coachwork.storage.damage_number_tables import damage_numbers
from coachwork.storage.tables import results


def number_inspection(connection: Connection, case_id: str, inspection: Mapping[str, Any]) -> dict[str, Any]:
    """An inspection of a case with a number in each damage; what has one already keeps it."""
    if not inspection.get("damages"):
        return dict(inspection)
    known = _known(connection, case_id)
    told = numbered(inspection, known)
    seen = {one.key for one in known}
    _keep(connection, case_id, (one for one in known_damages(told) if one.key not in seen))
    return told


def number_added(connection: Connection, case_id: str, inspection: Mapping[str, Any], kept: Correction) -> Correction:
    """A correction with the number of the damage that it adds; any other one as it is.

    Args:
        connection: of the transaction that keeps the correction.
        case_id: of the case.
        inspection: that lay before the person.
        kept: the correction with its own number.
    """
    if kept.kind is not CorrectionKind.ADD:
        return kept
    known = _known(connection, case_id)
    places = (number_of(one, place) for place, one in enumerate(inspection["damages"]))
    number = max((*(one.number for one in known), *places), default=0) + 1
    _keep(connection, case_id, [KnownDamage(key=added_key(kept.number), number=number)])
    return replace(kept, adds=number)


def with_numbers(connection: Connection, case_id: str, kept: Sequence[Correction]) -> list[Correction]:
    """Corrections of a case, those that add a damage with its number."""
    if not any(one.kind is CorrectionKind.ADD for one in kept):
        return list(kept)
    own = (damage_numbers.c.case == case_id) & damage_numbers.c.key.startswith(f"{ADDED}:")
    rows = connection.execute(select(damage_numbers.c.key, damage_numbers.c.number).where(own))
    numbers = {row.key: row.number for row in rows}
    return [replace(one, adds=numbers.get(added_key(one.number))) for one in kept]


def _known(connection: Connection, case_id: str) -> list[KnownDamage]:
    wanted = select(damage_numbers.c.key, damage_numbers.c.number).where(damage_numbers.c.case == case_id)
    known = [KnownDamage(key=row.key, number=row.number) for row in connection.execute(wanted)]
    if all(one.key.startswith(f"{ADDED}:") for one in known):
        known += _seeded(connection, case_id)
    return known


def _seeded(connection: Connection, case_id: str) -> list[KnownDamage]:
    """The damages of the last results of a case from before numbers were kept, which counted them by their places."""
    last = select(func.max(results.c.revision)).where(results.c.case == case_id).scalar_subquery()
    wanted = select(results.c.inspection).where(results.c.case == case_id, results.c.revision == last)
    row = connection.execute(wanted).one_or_none()
    known = {} if row is None else {one.key: one for one in known_damages(row.inspection)}
    _keep(connection, case_id, known.values())
    return list(known.values())


def _keep(connection: Connection, case_id: str, known: Iterable[KnownDamage]) -> None:
    rows = {one.key: {"case": case_id, "key": one.key, "number": one.number} for one in known}
    if rows:
        connection.execute(insert(damage_numbers), list(rows.values()))
