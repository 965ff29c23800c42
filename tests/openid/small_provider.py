"""A small OpenID provider on loopback: it checks what clients send as a real one does, and lies where a test wants."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
CLIENT, SECRET = "coachwork", "a secret with /+: in it"


@dataclass
class SmallProvider:
    """What it knows, and how it lies.

    Attributes:
        user: claims of whoever is signed in there.
        keys: the first one signs; all of them are told.
        sign: makes an ID token of claims.
        change: changes the claims of an ID token.
        document: what its discovery document tells beside the truth.
        asked: paths of requests that came.
    """

    issuer: str = ""
    user: dict[str, Any] = field(default_factory=lambda: {"sub": "248", "preferred_username": "anna"})
    keys: list[RSAKey] = field(default_factory=lambda: [_KEY])
    sign: Callable[[dict[str, Any]], str] | None = None
    change: Callable[[dict[str, Any]], dict[str, Any]] = dict
    document: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken: bool = False

    def rotate(self, kid: str) -> None:
        """A new key signs; the old one is told no more."""
        self.keys = [RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})]

    def authorize(self, address: str) -> str:
        """What a browser does at the address where people sign in: the address to which it is sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def tokens(self, form: dict[str, str], client: tuple[str, str] | None) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if client != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        good = asked and asked["redirect_uri"] == form["redirect_uri"] and asked["code_challenge"] == challenge
        if asked is None or not good:
            return 400, {"error": "invalid_grant"}
        moment = int(time.time())
        claims = self.user | {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": moment,
            "exp": moment + 300,
            "nonce": asked["nonce"],
        }
        return 200, {
            "access_token": "a",
            "token_type": "Bearer",
            "id_token": (self.sign or self.signed)(self.change(claims)),
        }

    def signed(self, claims: dict[str, Any]) -> str:
        """An ID token as it should be."""
        return jwt.encode({"alg": "RS256", "kid": self.keys[0].kid}, claims, self.keys[0])

    def answer(self, path: str) -> dict[str, Any] | None:
        """What a GET is answered with."""
        if path == "/.well-known/openid-configuration":
            told = {name: f"{self.issuer}/{name}" for name in ("authorize", "token", "jwks", "logout")}
            return {
                "issuer": self.issuer,
                "authorization_endpoint": told["authorize"],
                "token_endpoint": told["token"],
                "jwks_uri": told["jwks"],
                "end_session_endpoint": told["logout"],
                "authorization_response_iss_parameter_supported": True,
            } | self.document
        return {"keys": [key.as_dict(private=False) for key in self.keys]} if path == "/jwks" else None


@contextmanager
def small_provider() -> Iterator[SmallProvider]:
    """A provider that listens as long as the block lasts."""
    provider = SmallProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            if self.path.startswith("/authorize?"):
                self.lead(provider.authorize(provider.issuer + self.path))
                return
            if self.path.startswith("/logout?"):
                self.lead(parse_qs(urlsplit(self.path).query)["post_logout_redirect_uri"][0])
                return
            told = provider.answer(self.path)
            self.tell(404 if told is None else 200, told or {"error": "not found"})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            text = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(text).items()}
            told = self.headers.get("authorization", "")
            client = None
            if told.startswith("Basic "):
                name, _, secret = base64.b64decode(told.removeprefix("Basic ")).decode().partition(":")
                client = (unquote(name), unquote(secret))
            self.tell(*provider.tokens(form, client))

        def lead(self, address: str) -> None:
            self.send_response(303)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def tell(self, status: int, told: dict[str, Any]) -> None:
            body = b"<html>" if provider.broken else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
