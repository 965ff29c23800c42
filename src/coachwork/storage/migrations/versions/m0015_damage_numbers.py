"""Numbers by which the damages of a case are called for their whole life."""

from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """See the module; damages that people added before get the numbers that follow those of the models."""
    numbers = op.create_table(
        "damage_numbers",
        sa.Column("case", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_damage_numbers_case")),
        sa.PrimaryKeyConstraint("case", "key", name=op.f("pk_damage_numbers")),
    )
    rows = _added(op.get_bind())
    if rows:
        op.bulk_insert(numbers, rows)


def _added(connection: sa.Connection) -> list[dict[str, object]]:
    corrections = sa.table(
        "corrections", sa.column("number"), sa.column("case"), sa.column("revision"), sa.column("kind")
    )
    results = sa.table("results", sa.column("case"), sa.column("revision"), sa.column("inspection", sa.JSON))
    found = connection.execute(
        sa.select(corrections).where(corrections.c.kind == "add").order_by(corrections.c.number)
    ).all()
    counted = Counter[str]()
    rows: list[dict[str, object]] = []
    for one in found:
        own = (results.c.case == one.case) & (results.c.revision == one.revision)
        inspection = connection.execute(sa.select(results.c.inspection).where(own)).scalar()
        listed = inspection.get("damages") if isinstance(inspection, dict) else None
        counted[one.case] = max(counted[one.case], len(listed or ())) + 1
        rows.append({"case": one.case, "key": f"added:{one.number}", "number": counted[one.case]})
    return rows
