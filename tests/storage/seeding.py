"""Rows for every table of a database, as its own structure asks for them, whatever version of Coachwork made it."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    insert,
    inspect,
    select,
)
from sqlalchemy.sql.schema import Column
from sqlalchemy.types import JSON

ROWS = 2
_MOMENT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
_OTHERS = re.compile(r"^(alembic_version|sqlite_.*)$")


def tables_of(connection: Connection) -> dict[str, Table]:
    """The tables that are there, what others hang on first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return {table.name: table for table in metadata.sorted_tables if not _OTHERS.match(table.name)}


def seed(connection: Connection) -> None:
    """Puts rows into every table: in the first no column is empty, in the second every one that may be."""
    allowed = {name: _allowed(connection, name) for name in tables_of(connection)}
    for table in tables_of(connection).values():
        for number in range(ROWS):
            values = {
                column.name: _value(connection, column, number, allowed[table.name].get(column.name))
                for column in table.columns
            }
            connection.execute(insert(table).values(values))


def rows_of(connection: Connection, table: Table, columns: list[str]) -> list[str]:
    """The rows of a table, of these columns alone, in an order that does not depend on where they lie."""
    found = connection.execute(select(*(table.c[name] for name in columns)))
    return sorted(repr(tuple(_plain(one) for one in row)) for row in found)


def _allowed(connection: Connection, table: str) -> dict[str, str]:
    """Column -> the first of the values that a check lets it have."""
    found = {}
    for check in inspect(connection).get_check_constraints(table):
        text = check["sqltext"]
        name, value = re.match(r"\W*(\w+)", text), re.search(r"'([^']*)'", text)
        if name is not None and value is not None:
            found[name[1]] = value[1]
    return found


def _value(connection: Connection, column: Column[Any], number: int, allowed: str | None) -> Any:
    empty = number == 1 and column.nullable and not column.primary_key
    for key in column.foreign_keys:
        above = key.column
        if above.table is column.table:
            return None
        known = sorted(connection.execute(select(above)).scalars())
        return None if empty else known[number % len(known)]
    if empty:
        return None
    return _made_up(column, number) if allowed is None else allowed


def _made_up(column: Column[Any], number: int) -> Any:
    by_kind: dict[type[Any], Any] = {
        Boolean: number == 0,
        Integer: number + 1,
        Numeric: number + 0.5,
        Float: number + 0.25,
        DateTime: _MOMENT,
        Date: _MOMENT.date(),
        LargeBinary: bytes([0, 255, number]),
        JSON: {"Straße": [number, None, 1.25, "\u2028"], "rows": {}},
    }
    found = [value for kind, value in by_kind.items() if isinstance(column.type, kind)]
    text = f"{number}ß '\"%{column.table.name}.{column.name}"
    return found[0] if found else text[: getattr(column.type, "length", None) or 60]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return bytes(value) if isinstance(value, memoryview) else value
