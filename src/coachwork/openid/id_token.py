"""Is an ID token what the provider made for this service, this browser and this moment?

Source: OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725 (which algorithms to take is decided here, not by the token).
"""

import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, KeySet

from coachwork.openid.problems import TokenRefused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures by a key pair alone: with HS256 the public key would do to forge a token, with none nothing."""

SKEW_S = 60
"""How far the clocks of provider and service may be apart."""

_OLDEST_S = 3600
_MOST_LETTERS = 64 * 1024
_MOST_SUBJECT = 255

Keys = Callable[[str | None], KeySet]
"""Id of a key, as a token names it -> the keys."""


def check_id_token(
    token: str, *, keys: Keys, issuer: str, client_id: str, nonce: str, clock: Callable[[], float] = time.time
) -> Mapping[str, Any]:
    """What an ID token says, once all of it is checked.

    Args:
        token: as the provider sent it.
        keys: the provider's.
        issuer: the provider's name.
        client_id: this service's name at the provider.
        nonce: that this sign-in began with.
        clock: the present moment, seconds since 1970.

    Raises:
        TokenRefused: anything about it is not as it must be.
        ProviderFailed: the keys cannot be fetched.
    """
    if len(token) > _MOST_LETTERS:
        raise _refused("it is too long")
    try:
        decoded = jwt.decode(token, lambda one: _key(one, keys), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, KeyError) as wrong:
        reason = f"its signature is not good ({type(wrong).__name__})"
        raise _refused(reason) from None
    if "crit" in decoded.header:
        raise _refused("it asks for extensions")
    claims = decoded.claims
    if not isinstance(claims, dict):
        raise _refused("it holds no claims")
    _check_parties(claims, issuer, client_id)
    _check_times(claims, clock())
    told = claims.get("nonce")
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), nonce.encode()):
        raise _refused("its nonce is another one")
    return claims


def _key(one: GuestProtocol, keys: Keys) -> KeySet:
    """The keys by which a token may be signed; one that names no key is tried by the only one there is."""
    name = one.headers().get("kid")
    known = keys(name if isinstance(name, str) else None)
    found = [key for key in known.keys if name is None or key.kid == name]
    if len(found) != 1:
        raise _refused("its key is not one of the provider's")
    return KeySet(found)


def _check_parties(claims: Mapping[str, Any], issuer: str, client_id: str) -> None:
    if claims.get("iss") != issuer:
        raise _refused("its issuer is another one")
    audience = claims.get("aud")
    told = [audience] if isinstance(audience, str) else audience
    if not isinstance(told, list) or client_id not in told:
        raise _refused("it was made for somebody else")
    authorized = claims.get("azp")
    if (authorized is not None and authorized != client_id) or (len(told) > 1 and authorized is None):
        raise _refused("it was asked for by somebody else")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _MOST_SUBJECT:
        raise _refused("it names nobody")


def _check_times(claims: Mapping[str, Any], moment: float) -> None:
    ends, made, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    for one in (ends, made, begins):
        if isinstance(one, bool) or not isinstance(one, int | float):
            raise _refused("its times are none")
    if moment >= ends + SKEW_S:
        raise _refused("it has expired")
    if made > moment + SKEW_S or begins > moment + SKEW_S:
        raise _refused("it is not good yet")
    if moment - made > _OLDEST_S:
        raise _refused("it is too old")


def _refused(why: str) -> TokenRefused:
    return TokenRefused(f"the provider's ID token is refused: {why}")
