"""`coachwork keys`: keys for programs that use the API."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.storage.key_store import KeyStore

_SCOPES = (
    "assess",
    "cases:read",
    "cases:write",
    "cases:decide",
    "cases:correct",
    "webhooks",
    "cases:erase",
    "photos:original",
)


@click.group("keys")
def keys_group() -> None:
    """Make, list and revoke the keys of programs that use the API.

    Keys lie in the database that COACHWORK_DATA_DIR or COACHWORK_DATABASE_URL names, as those of `coachwork serve` do.

    \b
    Examples:
      coachwork keys add "claims system"
      coachwork keys add kiosk --scope assess
      coachwork keys revoke cwk_01kavy3qz8r5t2m4n6p8q0s1v3
    """  # noqa: D301 - \b is click's


@keys_group.command("add")
@click.argument("name")
@click.option("--tenant", default="default", show_default=True, help="Whose; tenants see nothing of each other.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(_SCOPES),
    help="What it allows, may be given several times  [all but cases:erase and photos:original].",
)
def add_command(name: str, tenant: str, scopes: tuple[str, ...]) -> None:
    """Make a key; it is shown once."""
    import os

    from coachwork.cases.access import scopes_of
    from coachwork.casework.serving_address import address_in
    from coachwork.settings import read_settings

    store, settings = _key_store(), read_settings(os.environ)
    _, text = store.make(store.tenant(tenant), name, scopes_of(scopes or _SCOPES[:-2]))
    click.echo(text)
    address = settings.public_url or address_in(settings.data_dir)
    if address is not None:
        click.echo(f"the API is at {address}/v1", err=True)
    click.echo("keep it: it is shown this once. Programs send it as  Authorization: Bearer KEY", err=True)


@keys_group.command("list")
def list_command() -> None:
    """List the keys, without their secrets."""
    for key in _key_store().all():
        state = "good" if key.revoked is None else f"revoked {key.revoked:%Y-%m-%d %H:%M}"
        scopes = " ".join(sorted(scope.value for scope in key.scopes))
        click.echo(f"{key.id}  {key.made:%Y-%m-%d}  {state}  {key.name}  ({scopes})")


@keys_group.command("revoke")
@click.argument("key_id", metavar="ID")
def revoke_command(key_id: str) -> None:
    """Make a key useless from now on; ID is the part before the point."""
    _key_store().revoke(key_id.partition(".")[0])
    click.echo(f"{key_id.partition('.')[0]} is revoked")


def _key_store() -> "KeyStore":
    import os

    from coachwork.settings import read_settings
    from coachwork.storage.database import Database
    from coachwork.storage.key_store import KeyStore

    database = Database(read_settings(os.environ).database_url)
    database.migrate()
    return KeyStore(database)
