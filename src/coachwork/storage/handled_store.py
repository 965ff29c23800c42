"""What people made of the model's damages, case by case, for watching whether they disagree more than before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from coachwork.cases.case import CaseState
from coachwork.cases.corrections import Correction, CorrectionKind, StandingDamage, standing_damages
from coachwork.cases.damage_numbers import number_of
from coachwork.monitoring.overrides import HandledCase
from coachwork.reports.car.damage_contents import LIKELY_FROM
from coachwork.storage.correction_store import corrections_of
from coachwork.storage.correction_tables import corrections
from coachwork.storage.database import Database
from coachwork.storage.tables import cases, results, tenants


def handled_cases(
    database: Database, *, tenant: str | None = None, since: datetime | None = None, most: int = 2000
) -> list[HandledCase]:
    """Cases that a person decided or corrected, in the order of time.

    Counted are damages that the model found likely, as reports do; what is only possible was never claimed.

    Args:
        database: whose tables are up to date.
        tenant: whose; None for all.
        since: that were changed from that moment on.
        most: at most so many, the latest ones.
    """
    corrected = select(corrections.c.case).where(corrections.c.case == cases.c.id).exists()
    wanted = (
        select(cases.c.id, cases.c.changed, tenants.c.name.label("owner"), results.c.inspection)
        .join(tenants, tenants.c.id == cases.c.tenant)
        .join(results, (results.c.case == cases.c.id) & (results.c.revision == cases.c.revision))
        .where((cases.c.state == CaseState.DECIDED.value) | corrected)
        .order_by(cases.c.changed.desc())
        .limit(most)
    )
    if tenant is not None:
        wanted = wanted.where(cases.c.tenant == tenant)
    if since is not None:
        wanted = wanted.where(cases.c.changed >= since)
    with database.reading() as connection:
        return [_handled(connection, row) for row in connection.execute(wanted).mappings().all()][::-1]


def _handled(connection: Connection, row: RowMapping) -> HandledCase:
    said = corrections_of(connection, row["id"])
    standing = standing_damages(row["inspection"], said)
    changes = {one.number for one in said if one.kind is CorrectionKind.CHANGE}
    likely = {
        number_of(one, place)
        for place, one in enumerate(row["inspection"]["damages"])
        if one["probability"] is None or one["probability"] >= LIKELY_FROM
    }
    shown = [one for one in standing.damages if one.number in likely]
    deleted = sum(one.deleted for one in shown)
    changed = sum(not one.deleted and bool(changes & set(one.corrections)) for one in shown)
    return HandledCase(
        at=row["changed"],
        market=row["owner"],
        shown=len(shown),
        deleted=deleted,
        changed=changed,
        added=_added(standing.damages, said),
    )


def _added(damages: Sequence[StandingDamage], said: Sequence[Correction]) -> int:
    """Damages that a person drew and that still stand."""
    drawn = {one.number for one in said if one.kind is CorrectionKind.ADD}
    return sum(not one.deleted and bool(drawn & set(one.corrections)) for one in damages)
