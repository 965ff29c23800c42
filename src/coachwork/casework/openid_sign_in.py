"""People who sign in by an OpenID provider: from what it says of them to an account here, with its role."""

import logging
from collections.abc import Mapping
from typing import Any

from coachwork.cases.people import AccountRefused, IdentityUnknown, Person, Role, SignInRefused
from coachwork.openid.claimed import claimed_login, claimed_values, first_role
from coachwork.openid.provider import Provider, SignInSecrets
from coachwork.settings import OpenIdSettings
from coachwork.storage.identity_store import IdentityStore
from coachwork.storage.key_store import KeyStore

_log = logging.getLogger("coachwork.people")
_MOST_ANSWER = 4096


class OpenIdSignIn:
    """Signs people in by one provider.

    Attributes:
        settings: which provider, and what its claims mean here.
        provider: itself.
    """

    def __init__(self, settings: OpenIdSettings, identities: IdentityStore, keys: KeyStore) -> None:
        """Takes the settings and the stores; the provider is asked when somebody signs in."""
        self.settings, self._identities, self._keys = settings, identities, keys
        self.provider = Provider(
            issuer=settings.issuer,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=settings.scopes,
        )

    def begin(self, *, wanted: str, back: str, link: str | None = None, browser: str | None = None) -> tuple[str, str]:
        """Begins a sign-in.

        Args:
            wanted: path to go to afterwards.
            back: address of this service to which the provider sends the browser back.
            link: token of a one-time link whose account is to be this person's from now on.
            browser: by which this browser is known from a sign-in that is under way; None where it is not.

        Returns:
            Where the browser is sent, and by what it is known when it comes back.

        Raises:
            ProviderFailed: the provider does not answer.
        """
        own = SignInSecrets.new()
        browser = browser or own.browser
        address = self.provider.sign_in_url(own, back=back)
        self._identities.begin(
            state=own.state, browser=browser, nonce=own.nonce, verifier=own.verifier, wanted=wanted, link=link
        )
        return address, browser

    def finish(self, answer: Mapping[str, str], *, browser: str, back: str) -> tuple[Person, str]:
        """Ends a sign-in with the parameters that the provider sent the browser back with.

        Returns:
            Who signed in, and the path to go to.

        Raises:
            SignInRefused: it did not begin here, in this browser, a moment ago; or the account is disabled.
            OpenIdError: the provider does not answer, signed nobody in, or its token is not good.
            IdentityUnknown: there is no account for whoever signed in, and none is made.
            AccountRefused, LinkRefused: an account cannot be made, or the one-time link is good no more.
        """
        if any(len(value) > _MOST_ANSWER for value in answer.values()):
            raise SignInRefused
        under_way = self._identities.take(state=answer.get("state", ""), browser=browser)
        claims = self.provider.finish(answer, nonce=under_way.nonce, verifier=under_way.verifier, back=back)
        return self._person(claims, under_way.link), under_way.wanted

    def _person(self, claims: Mapping[str, Any], link: str | None) -> Person:
        told, subject = self.settings, str(claims["sub"])
        role, login = self._role(claims), claimed_login(claims, self.settings.login_claim)
        if link is not None:
            person = self._identities.link_by(link, told.issuer, subject, login=login, role=role)
            _log.info("%s is known at the OpenID provider from now on", person.id)
            return person
        if told.role_claim and role is None:
            _log.warning("a sign-in by OpenID is refused: none of the claimed roles is mapped")
            raise IdentityUnknown
        try:
            return self._identities.signed_in(told.issuer, subject, role)
        except IdentityUnknown:
            if not told.create:
                raise
        if not login:
            message = "the OpenID provider tells no login of you: ask whoever looks after it"
            raise AccountRefused(message)
        tenant = self._keys.tenant(told.tenant)
        person = self._identities.make(told.issuer, subject, tenant=tenant, login=login, role=role or Role.HANDLER)
        _log.info("the account %s was made by a sign-in at the OpenID provider", person.id)
        return person

    def _role(self, claims: Mapping[str, Any]) -> Role | None:
        if not self.settings.role_claim:
            return None
        found = first_role(claimed_values(claims, self.settings.role_claim), self.settings.roles)
        return None if found is None else Role(found)
