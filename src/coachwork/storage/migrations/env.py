"""Runs the migrations within the transaction that `Database.migrate` opened."""

from typing import Any

from alembic import context

from coachwork.storage.all_tables import metadata


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether a table is Coachwork's: the durable work's tables lie in the same database."""
    return kind != "table" or name in metadata.tables


def _run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        include_name=_ours,
        transactional_ddl=False,
        render_as_batch=True,
    )
    context.run_migrations()


if hasattr(context, "config"):  # else somebody only imports this module
    _run()
