"""An OpenID Connect provider in a thread: discovery, keys, and a token endpoint that checks what a good one checks.

`sign_in` stands for the person at the provider's page: it takes the address that the browser was sent to and gives back
the callback's query. Change `lies` to make the provider answer what it should not.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

CLIENT, SECRET = "storybot-client", "s3cret & more of it"
ALGORITHMS = ["RS256", "ES256", "HS256", "none"]

Json = dict[str, Any]


class Provider:
    """The provider; a block begins and ends it. `person`: who signs in there."""

    def __init__(self) -> None:
        self.person: Json = {"sub": "anna-at-provider", "email": "anna@example.com", "email_verified": True}
        self.lies: Json = {}  # claims that replace the right ones; None leaves one out
        self.metadata: Json = {}  # the same for the discovery document
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.published = [self.key]
        self.signing: tuple[str, Any] = ("RS256", self.key)
        self.asked: list[Json] = []
        self._codes: dict[str, Json] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def settings(self) -> Json:
        """What makes a server use it."""
        return {"oidc_discovery_url": self.url, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET, "oidc_label": "The provider"}

    def change_keys(self) -> None:
        """Sign with another key from now on."""
        self.key = ECKey.generate_key("P-256", {"kid": "two"})
        self.published, self.signing = [self.key], ("ES256", self.key)

    def sign_with_client_secret(self) -> None:
        """Sign with what the client knows too."""
        self.signing = ("HS256", OctKey.import_key(SECRET, {"kid": "one"}))

    def sign_in(self, location: str) -> dict[str, str]:
        """The callback's query for somebody who was sent to `location`."""
        asked = dict(parse_qsl(urlsplit(location).query))
        assert location.startswith(f"{self.url}/authorize?")
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) == {"openid", "email"}
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _discovery(self) -> Json:
        made = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ALGORITHMS,
        }
        return made | self.metadata

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, Json]:
        self.asked.append(form)
        asked = self._codes.pop(form.get("code", ""), None)
        given = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if [unquote(part) for part in given] != [CLIENT, SECRET]:
            return 401, {"error": "invalid_client"}
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]} | self.person | self.lies
        algorithm, key = self.signing
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key, algorithms=[algorithm])
        return 200, {"access_token": "of no use", "token_type": "Bearer", "expires_in": 60, "id_token": token}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/.well-known/openid-configuration":
                    self.answer(200, provider._discovery())
                elif self.path == "/keys":
                    self.answer(200, {"keys": [key.as_dict(private=False) for key in provider.published]})
                else:
                    self.answer(404, {})

            def do_POST(self) -> None:
                form = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
                self.answer(*provider._token(form, self.headers.get("Authorization", "")))

            def answer(self, status: int, content: Json) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_given: Any) -> None:
                """Nothing."""

        return Handler
