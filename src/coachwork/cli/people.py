"""`coachwork people`: accounts of those who work on cases."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.storage.key_store import KeyStore
    from coachwork.storage.people_store import PeopleStore

_ROLES = ("handler", "supervisor", "admin")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("people")
def people_group() -> None:
    """Make, list and disable the accounts of people who work on cases.

    Nobody types a password here: an account comes with a link, which works once and for 24 hours, and lets its owner
    choose one. The link's address begins with --url, else with COACHWORK_PUBLIC_URL, else with where `coachwork serve`
    runs on the same data folder.

    \b
    Examples:
      coachwork people add anna@example.org
      coachwork people add boss@example.org --role supervisor
      coachwork people link anna@example.org
      coachwork people disable anna@example.org
    """  # noqa: D301 - \b is click's


@people_group.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(_ROLES), default="handler", show_default=True, help="What they may do.")
@click.option("--tenant", default="default", show_default=True, help="For whom; tenants see nothing of each other.")
@click.option("--url", default="", help="Address of the service in the link.")
@_JSON
def add_command(login: str, role: str, tenant: str, url: str, *, as_json: bool) -> None:
    """Make an account, and print the link by which its owner chooses a password."""
    from coachwork.cases.people import Role

    people, keys = _stores()
    person, token = people.add(keys.tenant(tenant), login, Role(role))
    _tell_link(person.login, token, url, as_json=as_json)


@people_group.command("list")
@_JSON
def list_command(*, as_json: bool) -> None:
    """List the accounts."""
    import json

    people, _ = _stores()
    found = people.all()
    if as_json:
        told = [
            {
                "login": one.login,
                "role": one.role.value,
                "tenant": one.tenant,
                "made": one.made.isoformat(),
                "disabled": None if one.disabled is None else one.disabled.isoformat(),
                "has_password": one.has_password,
            }
            for one in found
        ]
        click.echo(json.dumps(told, indent=2))
        return
    for one in found:
        state = "good" if one.has_password else "waits for a password"
        state = state if one.disabled is None else f"disabled {one.disabled:%Y-%m-%d %H:%M}"
        click.echo(f"{one.login}  {one.role.value}  {one.made:%Y-%m-%d}  {state}")
    if not found:
        click.echo("there are no accounts yet: coachwork serve prints a link for the first one", err=True)


@people_group.command("disable")
@click.argument("login")
def disable_command(login: str) -> None:
    """End an account: it is signed out everywhere, and its links count no more."""
    people, _ = _stores()
    click.echo(f"{people.disable(login).login} is disabled")


@people_group.command("link")
@click.argument("login")
@click.option("--url", default="", help="Address of the service in the link.")
@_JSON
def link_command(login: str, url: str, *, as_json: bool) -> None:
    """Print a new link to choose a password; it also brings a disabled account back."""
    people, _ = _stores()
    token = people.link(login)
    _tell_link(people.person(login).login, token, url, as_json=as_json)


def _tell_link(login: str, token: str, url: str, *, as_json: bool) -> None:
    import json
    import os

    from coachwork.casework.serving_address import address_in
    from coachwork.settings import read_settings

    settings = read_settings(os.environ)
    base = url.rstrip("/") or settings.public_url or address_in(settings.data_dir) or "http://127.0.0.1:8000"
    link = f"{base}/link/{token}"
    if as_json:
        click.echo(json.dumps({"login": login, "link": link}))
        return
    click.echo(link)
    click.echo(f"the link of {login}: it works once, for 24 hours, and is shown this once", err=True)


def _stores() -> "tuple[PeopleStore, KeyStore]":
    import os

    from coachwork.settings import read_settings
    from coachwork.storage.database import Database
    from coachwork.storage.key_store import KeyStore
    from coachwork.storage.people_store import PeopleStore

    database = Database(read_settings(os.environ).database_url)
    database.migrate()
    return PeopleStore(database), KeyStore(database)
