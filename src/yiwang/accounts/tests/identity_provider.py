"""An identity provider for tests: OpenID Connect over real HTTP on this machine, honest or not as told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "yiwang web", "s3cret/+ of the client"


class FakeProvider:
    """A provider with one key and one person; `spoil` changes the claims, `sign` how they are signed.

    Attributes:
        asked: how often each path was asked.
        more: what the discovery document says besides.
    """

    def __init__(self) -> None:
        self.key: RSAKey | ECKey = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.subject = "person-0001"
        self.spoil: Callable[[dict[str, Any]], None] = lambda claims: None
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.told: dict[str, Any] = {}
        self.more: dict[str, Any] = {}
        self.asked: dict[str, int] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.is_broken = False
        provider = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self, b"")

            def do_POST(self) -> None:
                provider.answer(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}/realms/city"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Go away."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def settings(self, **more: str) -> dict[str, str]:
        """How Yiwang is told of it."""
        return {
            "issuer": self.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "label": "我的南京政务版", **more,
        }  # fmt: skip

    def log_in(self, address: str) -> str:
        """A person follows the address, logs in, and is sent back: to this path with its query."""
        answer = httpx.get(address)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    # -- answers ------------------------------------------------------------------------------
    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        """Answer as the path asks."""
        path = urlsplit(request.path).path.removeprefix("/realms/city")
        self.asked[path] = self.asked.get(path, 0) + 1
        status, found = 404, {"error": "not_found"}
        if self.is_broken:
            status, found = 500, {"error": "broken"}
        elif path == "/.well-known/openid-configuration":
            status, found = 200, self._document()
        elif path == "/keys":
            status, found = 200, {"keys": [self.key.as_dict(private=False)]}
        elif path == "/token":
            status, found = self._tokens(request, body)
        elif path == "/userinfo" and request.headers["Authorization"] == "Bearer access":
            status, found = 200, {"sub": self.subject, **self.told}
        elif path == "/authorize":
            status, found = self._authorized(urlsplit(request.path).query)
        text = json.dumps(found).encode()
        request.send_response(status)
        if status == 302:
            request.send_header("Location", found["location"])
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    def _authorized(self, query: str) -> tuple[int, dict[str, Any]]:
        """Everybody who asks as he should is the one person, and sent back with a code."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        known = (asked.get("response_type"), asked.get("client_id"), asked.get("code_challenge_method"))
        if known != ("code", CLIENT_ID, "S256"):
            return 400, {"error": "invalid_request"}
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return 302, {"location": f"{asked['redirect_uri']}?{answer}"}

    def _document(self) -> dict[str, Any]:
        names = {
            "authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys",
            "userinfo_endpoint": "userinfo", "end_session_endpoint": "leave",
        }  # fmt: skip
        return {
            "issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in names.items()},
            **self.more,
        }  # fmt: skip

    def _tokens(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, Any]]:
        given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        kind, _, pair = (request.headers["Authorization"] or "").partition(" ")
        client = [unquote(part) for part in base64.b64decode(pair).decode().split(":")]
        asked = self.codes.pop(given["code"], None)
        if kind != "Basic" or client != [CLIENT_ID, CLIENT_SECRET]:
            return 401, {"error": "invalid_client"}
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        challenge = _plain(digest)
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or given["redirect_uri"] != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": self.subject, "nonce": asked["nonce"],
            "iat": now, "exp": now + 300,
        }  # fmt: skip
        self.spoil(claims)
        return 200, {"access_token": "access", "token_type": "Bearer", "id_token": self.sign(claims)}

    def signed(self, claims: dict[str, Any]) -> str:
        """As an honest provider signs."""
        algorithm = "RS256" if isinstance(self.key, RSAKey) else "ES256"
        return jwt.encode({"alg": algorithm, "kid": self.key.kid}, claims, self.key, algorithms=[algorithm])

    def signed_by_nobody(self, claims: dict[str, Any]) -> str:
        """`alg: none`, as an attacker writes it."""
        parts = [{"alg": "none", "typ": "JWT"}, claims]
        return ".".join([*(_plain(json.dumps(part).encode()) for part in parts), ""])

    def signed_with_the_public_key(self, claims: dict[str, Any]) -> str:
        """HS256 with the public key as the secret: the classic confusion of algorithms."""
        parts = [{"alg": "HS256", "kid": self.key.kid}, claims]
        written = ".".join(_plain(json.dumps(part).encode()) for part in parts)
        mark = hmac.digest(self.key.as_pem(private=False), written.encode(), "sha256")
        return f"{written}.{_plain(mark)}"

    def signed_with_the_secret(self, claims: dict[str, Any]) -> str:
        """HS256 with the client's secret."""
        return jwt.encode(
            {"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET * 2), algorithms=["HS256"]
        )

    def signed_by_a_stranger(self, claims: dict[str, Any]) -> str:
        """By another key under the same name."""
        stranger = RSAKey.generate_key(2048, {"kid": self.key.kid})
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, stranger, algorithms=["RS256"])


def _plain(raw: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
