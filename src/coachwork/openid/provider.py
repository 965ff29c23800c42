"""Signing in by an OpenID provider: the authorization code flow with PKCE, state and nonce.

Source: OpenID Connect Core 1.0; RFC 7636 (PKCE); RFC 9207 (the issuer in the answer); RFC 9700 (best practice).
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx2

from coachwork.openid.discovery import Discovery, Metadata, fetch_json
from coachwork.openid.id_token import check_id_token
from coachwork.openid.problems import ProviderFailed, ProviderRefused, TokenRefused

_TIMEOUT_S = 10.0
_NO_CODE = "no code"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSecrets:
    """What one sign-in is known by: made anew for each, and good once.

    Attributes:
        state: ties the provider's answer to what was asked.
        nonce: ties the ID token to it.
        verifier: of PKCE: whoever only overhears the code can do nothing with it.
        browser: ties it to the browser that began it.
    """

    state: str
    nonce: str
    verifier: str
    browser: str

    @classmethod
    def new(cls) -> "SignInSecrets":
        """New ones of 256 random bits each."""
        return cls(**{name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier", "browser")})


class Provider:
    """An OpenID provider, as this service uses it."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str = "",
        scopes: Sequence[str] = ("openid", "profile", "email"),
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Asks nothing yet.

        Args:
            issuer: its name, exactly as it writes it.
            client_id: this service's name there.
            client_secret: empty where PKCE alone proves who asks.
            scopes: of what is asked for.
            clock: the present moment, seconds since 1970.
            ticks: seconds that never go back.
        """
        self.issuer, self._client_id, self._secret = issuer, client_id, client_secret
        self._scopes = tuple(dict.fromkeys(("openid", *scopes)))
        self._clock = clock
        self._http = httpx2.Client(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=True)
        self._discovery = Discovery(issuer, self._http, clock=ticks)

    def sign_in_url(self, own: SignInSecrets, *, back: str) -> str:
        """Where the browser is sent.

        Args:
            own: of this sign-in.
            back: address of this service to which the provider sends the browser back.

        Raises:
            ProviderFailed: the provider does not answer.
        """
        challenge = base64.urlsafe_b64encode(hashlib.sha256(own.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": back,
            "scope": " ".join(self._scopes),
            "state": own.state,
            "nonce": own.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return _with(self._discovery.metadata().authorization, asked)

    def finish(self, answer: Mapping[str, str], *, nonce: str, verifier: str, back: str) -> Mapping[str, Any]:
        """What the ID token says of whoever signed in.

        Args:
            answer: the parameters with which the provider sent the browser back; their state is checked before.
            nonce: of this sign-in.
            verifier: of this sign-in.
            back: the same address as at its beginning.

        Raises:
            ProviderRefused: the provider signed nobody in, or does not take the code.
            TokenRefused: the answer or the ID token is not the provider's for this sign-in.
            ProviderFailed: the provider does not answer.
        """
        metadata = self._discovery.metadata()
        told = answer.get("iss")
        if (told is not None or metadata.tells_issuer) and told != self.issuer:
            message = "the answer is of another issuer than the one that was asked"
            raise TokenRefused(message)
        if "error" in answer:
            raise ProviderRefused(answer["error"])
        if not answer.get("code"):
            raise ProviderRefused(_NO_CODE)
        tokens = self._exchange(metadata, answer["code"], verifier, back)
        token = tokens.get("id_token")
        if not isinstance(token, str):
            message = "the OpenID provider gave no ID token: is the scope openid allowed for this client?"
            raise ProviderFailed(message)
        claims = check_id_token(
            token,
            keys=self._discovery.keys,
            issuer=self.issuer,
            client_id=self._client_id,
            nonce=nonce,
            clock=self._clock,
        )
        _check_access_token(claims, tokens.get("access_token"))
        return claims

    def sign_out_url(self, *, back: str) -> str | None:
        """Where the browser is sent to sign out at the provider as well; None where it offers none, or is away."""
        try:
            end = self._discovery.metadata().end_session
        except ProviderFailed:
            return None
        if end is None:
            return None
        return _with(end, {"client_id": self._client_id, "post_logout_redirect_uri": back})

    def close(self) -> None:
        """Lets go of connections."""
        self._http.close()

    def _exchange(self, metadata: Metadata, code: str, verifier: str, back: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
            "client_id": self._client_id,
        }
        more: dict[str, Any] = {}
        if self._secret and "client_secret_basic" in metadata.token_methods:
            more["auth"] = (quote(self._client_id, safe=""), quote(self._secret, safe=""))  # RFC 6749, 2.3.1
        elif self._secret:
            form["client_secret"] = self._secret
        tokens = fetch_json(self._http, metadata.token, data=form, **more)
        if "error" in tokens:
            raise ProviderRefused(str(tokens["error"]))
        return tokens


def _check_access_token(claims: Mapping[str, Any], access_token: object) -> None:
    """Where the ID token tells the access token's digest, it must be that of the one beside it."""
    told = claims.get("at_hash")
    if told is None or not isinstance(access_token, str):
        return
    halves = []
    for name in ("sha256", "sha384", "sha512"):
        digest = hashlib.new(name, access_token.encode()).digest()
        halves.append(base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode())
    if not any(hmac.compare_digest(str(told).encode(), half.encode()) for half in halves):
        message = "the provider's ID token is refused: it belongs to another access token"
        raise TokenRefused(message)


def _with(address: str, more: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(more)}"
