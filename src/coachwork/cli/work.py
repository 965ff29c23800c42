"""`coachwork work`: a worker without the API, beside services on the same database."""

import click

_HELP = """Do the queued work of a service, without answering anybody.

Several workers on PostgreSQL share the work; each needs a name of its own in COACHWORK_WORKER, which it keeps when it
starts again, as it then goes on with what it left. `coachwork serve --workers N` starts and watches N of them here.

\b
Examples:
  COACHWORK_WORKER=$(hostname) COACHWORK_DATABASE_URL=postgresql://... COACHWORK_PHOTOS=s3://... coachwork work
"""


@click.command("work", help=_HELP)
@click.option("--tied", is_flag=True, hidden=True, help="End at once when standard input does.")
def work_command(*, tied: bool) -> None:
    """See `_HELP`."""
    import os
    import signal
    import threading

    if tied:
        threading.Thread(target=_end_with_input, daemon=True).start()

    from coachwork import __version__, tracing
    from coachwork.api.logs import log_to_stderr
    from coachwork.casework.service import Service
    from coachwork.settings import read_settings

    settings, told = read_settings(os.environ), threading.Event()
    log_to_stderr(as_json=settings.log == "json")
    if settings.traces:
        tracing.start(__version__)
    service = Service(settings)
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: told.set())
    service.start()
    click.echo(f"worker {service.settings.worker} works", err=True)
    told.wait()
    service.stop()
    tracing.stop()


def _end_with_input() -> None:
    """Ends the process as a kill would: whoever started it was killed, and another worker takes over its name."""
    import os

    while os.read(0, 64):
        pass
    os._exit(1)
