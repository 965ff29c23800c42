"""Traces of OpenTelemetry: off unless `start` is called, and then sent by OTLP/HTTP to where the OTEL_* variables say.

A span tells what was done, how long it took, and ids; never what people wrote, what a case holds, or a secret. Errors
are told by their kind alone, as their words may hold either.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from coachwork.errors import MissingExtra

Value = str | int | float | bool
_TRACEPARENT = "traceparent"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tracing:
    provider: Any
    tracer: Any


_on: _Tracing | None = None


def start(version: str, *, exporter: Any = None) -> None:
    """Begins to trace in this process.

    Args:
        version: of Coachwork, as the traces tell it.
        exporter: of OpenTelemetry; None takes OTLP/HTTP, by ``OTEL_EXPORTER_OTLP_ENDPOINT`` and its like.

    Raises:
        MissingExtra: the extra `telemetry` is not installed.
    """
    global _on  # noqa: PLW0603 (one tracer a process, as there is one set of variables)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="telemetry", package=missing.name or "opentelemetry") from missing
    known = Resource.create({"service.name": "coachwork", "service.version": version})
    told = known.merge(Resource.create()) if "service.name" in _told_by_environment() else known
    provider = TracerProvider(resource=told, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    _on = _Tracing(provider=provider, tracer=provider.get_tracer("coachwork", version))


def stop() -> None:
    """Sends what waits, and traces no more."""
    global _on
    ended, _on = _on, None
    if ended is not None:
        ended.provider.shutdown()


def is_on() -> bool:
    """Whether anything is traced."""
    return _on is not None


@contextmanager
def span(name: str, *, parent: str = "", kind: str = "INTERNAL", **attributes: Value) -> Iterator["Span"]:
    """A span as long as the block lasts; nothing where nothing is traced.

    Args:
        name: few different ones: routes and steps, never ids.
        parent: a W3C traceparent, as `carried` gives it; empty takes the span around this one.
        kind: of OpenTelemetry: SERVER, CLIENT, CONSUMER or INTERNAL.
        **attributes: ids and figures; ``coachwork.`` is put before their names.
    """
    if _on is None:
        yield Span(None)
        return
    from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415

    told = {f"coachwork.{key}": value for key, value in attributes.items()}
    with _on.tracer.start_as_current_span(
        name,
        context=_context(parent),
        kind=SpanKind[kind],
        attributes=told,
        record_exception=False,
        set_status_on_exception=False,
    ) as begun:
        try:
            yield Span(begun)
        except BaseException as problem:
            begun.set_attribute("error.type", type(problem).__name__)
            begun.set_status(Status(StatusCode.ERROR))
            raise


class Span:
    """A span that is under way; does nothing where nothing is traced."""

    def __init__(self, begun: Any) -> None:
        """Stands around a span of OpenTelemetry, or none."""
        self._begun = begun

    def rename(self, name: str) -> None:
        """Gives it the name that was not known at its beginning."""
        if self._begun is not None:
            self._begun.update_name(name)

    def tell(self, attributes: Mapping[str, Value]) -> None:
        """Adds attributes, under their whole names."""
        if self._begun is not None:
            self._begun.set_attributes(dict(attributes))

    def failed(self) -> None:
        """Marks it as one that went wrong."""
        if self._begun is not None:
            from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

            self._begun.set_status(Status(StatusCode.ERROR))


def carried() -> str:
    """The span that is under way, as a W3C traceparent for whoever goes on elsewhere; empty where there is none."""
    if _on is None:
        return ""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    told: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(told)
    return told.get(_TRACEPARENT, "")


def begin_within(name: str, attributes: Mapping[str, Value]) -> Any:
    """A span of a client that somebody else ends, where it lies within another one; None elsewhere."""
    if _on is None:
        return None
    from opentelemetry import trace  # noqa: PLC0415

    if not trace.get_current_span().is_recording():
        return None
    return _on.tracer.start_span(name, kind=trace.SpanKind.CLIENT, attributes=dict(attributes))


def _context(parent: str) -> Any:
    if not parent:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    return TraceContextTextMapPropagator().extract({_TRACEPARENT: parent})


def _told_by_environment() -> set[str]:
    from opentelemetry.sdk.resources import OTELResourceDetector  # noqa: PLC0415

    return set(OTELResourceDetector().detect().attributes)
