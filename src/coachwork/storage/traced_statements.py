"""A span for each statement within a traced request or step: what is done to which table, without any value."""

import re
from typing import Any

from sqlalchemy import Connection, Engine, event

from coachwork import tracing

_TABLE = re.compile(r'\b(?:from|into|update|join)\s+"?(\w+)', re.IGNORECASE)


def trace_statements(engine: Engine) -> None:
    """Lets the statements of an engine be traced; costs next to nothing where nothing is."""

    @event.listens_for(engine, "before_cursor_execute")
    def _begun(_connection: Connection, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:  # noqa: FBT001
        if not tracing.is_on() or context is None:
            return
        told, table = statement.split(None, 1)[0].upper()[:20], _TABLE.search(statement)
        name = table[1] if table else ""
        more = {"db.system.name": engine.dialect.name, "db.operation.name": told, "db.collection.name": name}
        context._coachwork_span = tracing.begin_within(f"{told} {name}".strip(), more)  # noqa: SLF001

    @event.listens_for(engine, "after_cursor_execute")
    def _ended(_connection: Connection, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:  # noqa: FBT001
        span = getattr(context, "_coachwork_span", None)
        if span is not None:
            span.end()

    @event.listens_for(engine, "handle_error")
    def _failed(failure: Any) -> None:
        span = getattr(failure.execution_context, "_coachwork_span", None)
        if span is not None:
            span.set_attribute("error.type", type(failure.original_exception).__name__)
            span.end()
