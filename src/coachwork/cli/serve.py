"""`coachwork serve`: the service, in one process with everything that it needs."""

import contextlib
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from socket import socket

    from uvicorn import Server

_NOT_STARTED = 3
_HELP = """Run the service: API, database, photo store and worker in one process.

Everything is kept in ./coachwork-data, or where COACHWORK_DATA_DIR says: a database of SQLite and a folder of photos.
Other places by COACHWORK_DATABASE_URL (postgresql://...) and COACHWORK_PHOTOS (s3://..., gs://...). A key for programs
is made by `coachwork keys add`. What the API can do stands at /openapi.json.

\b
Examples:
  coachwork serve
  COACHWORK_DATA_DIR=/srv/coachwork coachwork serve --host 0.0.0.0 --port 8080
  coachwork serve --workers 2
  COACHWORK_RATE_CARD=our-card.toml COACHWORK_POLICY=our-cover.toml coachwork serve
"""


@click.command("serve", help=_HELP)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option(
    "--workers",
    default=0,
    show_default=True,
    type=click.IntRange(0, 64),
    help="Workers in processes of their own, started again when they die; 0 works in this one.",
)
def serve_command(host: str, port: int, workers: int) -> None:
    """See `_HELP`."""
    import os
    import signal

    import uvicorn

    from coachwork import __version__, tracing
    from coachwork.api.logs import log_to_stderr
    from coachwork.casework.service import Service
    from coachwork.casework.serving_address import address_of, told_in
    from coachwork.casework.workers import WorkerProcesses
    from coachwork.settings import read_settings
    from coachwork.web.app import create_app

    settings = read_settings(os.environ)
    log_to_stderr(as_json=settings.log == "json")
    if settings.traces:
        tracing.start(__version__)
    service = Service(settings)
    config = uvicorn.Config(
        create_app(service, works=not workers),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=20,
    )
    listening = _bound(host, port)
    address = settings.public_url or address_of(host, listening.getsockname()[1])
    click.echo(f"data in {settings.data_dir}", err=True)
    if not service.keys.all():
        click.echo("there is no key yet: make one with  coachwork keys add NAME", err=True)
    first = service.people.first_link(service.keys.tenant("default"))
    if first is not None:
        click.echo(f"make the first account, an admin's, within 24 hours, once: {address}/first/{first}", err=True)
    for sample in service.prices.samples:
        click.secho(f"{sample} is a sample: no claim gets an offer by it", err=True, fg="yellow")
    if not workers:
        service.assessor()  # a bundle that cannot be used is said here, in a sentence
    signal.signal(signal.SIGTERM, _end)
    processes = WorkerProcesses(workers, environment=os.environ)
    processes.start()
    try:
        with told_in(settings.data_dir, address):
            _serve(uvicorn.Server(config), listening)
    finally:
        processes.stop()
        tracing.stop()


def _bound(host: str, port: int) -> "socket":
    """A socket at which nobody is answered yet.

    Raises:
        SettingError: the address is not this machine's, or is taken.
    """
    import socket

    from coachwork.settings import SettingError

    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as refused:
        found.close()
        why = (refused.strerror or str(refused)).lower()
        message = f"the service cannot listen at {host}, port {port} ({why}): choose others with --host and --port"
        raise SettingError(message) from refused
    return found


def _end(number: int, _frame: object) -> None:
    """Ends what is held in order; uvicorn raises a signal again once it has stopped."""
    raise SystemExit(128 + number)


def _serve(server: "Server", listening: "socket") -> None:
    """Serves until it is told to stop; a service that does not even start ends as uvicorn says."""
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    if not server.started:
        raise SystemExit(_NOT_STARTED)
