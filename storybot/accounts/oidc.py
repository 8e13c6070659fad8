"""OpenID Connect: signing in at a provider that the operator named, found by its discovery document.

Authorization code with PKCE, state and nonce; the ID token's signature, issuer, audience and times are checked. What
has to come back with the browser stands in a signed cookie of its own, for ten minutes. Who somebody is, is the
provider's `sub`; an address never is. Sources: OpenID Connect Core 1.0, Discovery 1.0, RFC 7636, RFC 9700.
"""

import hmac
import logging
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from itsdangerous import BadData, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from storybot.accounts.keys import Keys
from storybot.settings import Settings

log = logging.getLogger(__name__)

WELL_KNOWN = "/.well-known/openid-configuration"
COOKIE = "storybot-oidc"
#: How long somebody may take at the provider, how long its documents count, and how long it may take to answer, in seconds.
WITHIN_S, FRESH_S, TIMEOUT_S = 600, 3600, 10
#: Clocks differ; in seconds.
LEEWAY_S = 60
#: Signatures that only the provider can make; a client secret never signs.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")


class OidcFailed(Exception):
    """It did not work; the reason is for the log."""


class Luggage(NamedTuple):
    """What the browser takes along: where in the page to come back to, an invitation, and the id of the session whose
    account is to be connected, if any."""

    next_path: str = "/"
    invitation: str = ""
    session_id: str = ""


class Departure(NamedTuple):
    """Where the browser goes, and what it has to bring back in a cookie."""

    url: str
    cookie: str


class Arrival(NamedTuple):
    """Who came back, and what the browser left with."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    luggage: "Luggage"


class Provider:
    """The operator's provider."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        assert settings.oidc_discovery_url
        assert settings.oidc_client_id
        url = settings.oidc_discovery_url.rstrip("/")
        self._discovery = url if url.endswith(WELL_KNOWN) else url + WELL_KNOWN
        self._client_id = settings.oidc_client_id
        secret = settings.oidc_client_secret
        self._secret = secret.get_secret_value() if secret else None
        self._redirect = f"{settings.api_site}/auth/oidc/{settings.oidc_name}/callback"
        self._cookies = URLSafeTimedSerializer(keys.of("openid connect"), salt="cookie")
        self._metadata: tuple[float, dict[str, Any]] = (0.0, {})
        self._keys: tuple[float, KeySet | None] = (0.0, None)

    def leave(self, luggage: Luggage) -> Departure:
        """Send the browser to the provider. Raises: OidcFailed."""
        metadata = self._known()
        verifier, nonce = generate_token(64), generate_token(32)
        url, state = self._session().create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
        return Departure(url, self._cookies.dumps([state, nonce, verifier, *luggage]))

    def arrive(self, cookie: str, given: dict[str, str]) -> Arrival:
        """Who came back. given: the callback's query. Raises: OidcFailed."""
        try:
            state, nonce, verifier, *luggage = self._cookies.loads(cookie, max_age=WITHIN_S)
        except (BadData, ValueError, TypeError):
            raise OidcFailed("no cookie, or an old one") from None
        if not hmac.compare_digest(given.get("state", "").encode(), state.encode()):
            raise OidcFailed("another state")
        if "code" not in given:
            raise OidcFailed("no code")
        metadata = self._known()
        if given.get("iss", metadata["issuer"]) != metadata["issuer"]:
            raise OidcFailed("another issuer")  # RFC 9207
        claims = self._claims(given["code"], verifier, nonce)
        verified = claims.get("email_verified") in (True, "true")
        return Arrival(claims["iss"], claims["sub"], claims.get("email"), verified, Luggage(*luggage))

    def _claims(self, code: str, verifier: str, nonce: str) -> dict[str, Any]:
        metadata = self._known()
        try:
            token = self._session().fetch_token(metadata["token_endpoint"], code=code, code_verifier=verifier, timeout=TIMEOUT_S)
            claims = CodeIDToken(
                *self._decoded(token["id_token"]),
                {"iss": {"essential": True, "values": [metadata["issuer"]]}, "aud": {"essential": True, "values": [self._client_id]}},
                {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")},
            )
            claims.validate(leeway=LEEWAY_S)
        except (OAuthError, JoseError, requests.RequestException, KeyError, ValueError, TypeError) as error:
            raise OidcFailed(f"no usable token ({type(error).__name__})") from error
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise OidcFailed("no subject")
        return dict(claims)

    def _decoded(self, id_token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        offered = self._known().get("id_token_signing_alg_values_supported") or ["RS256"]
        registry = JWSRegistry(algorithms=[one for one in offered if one in ALGORITHMS], strict_check_header=False)
        try:
            token = jwt.decode(id_token, self._key_set(), registry=registry)
        except (JoseError, ValueError):
            token = jwt.decode(id_token, self._key_set(anew=True), registry=registry)  # it may have changed its keys
        return dict(token.claims), dict(token.header)

    def _known(self) -> dict[str, Any]:
        at, metadata = self._metadata
        if not metadata or time.monotonic() - at > FRESH_S:
            metadata = self._fetched(self._discovery)
            issuer = metadata.get("issuer")
            if not isinstance(issuer, str) or issuer.rstrip("/") + WELL_KNOWN != self._discovery:
                raise OidcFailed("its discovery document is another issuer's")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                _require_safe(metadata.get(name))
            self._metadata = (time.monotonic(), metadata)
        return metadata

    def _key_set(self, *, anew: bool = False) -> KeySet:
        at, keys = self._keys
        if keys is None or time.monotonic() - at > (10 if anew else FRESH_S):
            keys = KeySet.import_key_set(self._fetched(self._known()["jwks_uri"]))  # type: ignore[arg-type]
            self._keys = (time.monotonic(), keys)
        return keys

    def _fetched(self, url: str) -> dict[str, Any]:
        try:
            response = requests.get(url, timeout=TIMEOUT_S, allow_redirects=False)
            response.raise_for_status()
            content = response.json()
        except (requests.RequestException, ValueError) as error:
            raise OidcFailed(f"{urlsplit(url).hostname} does not answer ({type(error).__name__})") from error
        if response.status_code != 200 or not isinstance(content, dict):
            raise OidcFailed(f"{urlsplit(url).hostname} does not answer as it should")
        return content

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self._client_id,
            self._secret,
            scope="openid email",
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
        )


def _require_safe(url: Any) -> None:
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"})):
        raise OidcFailed("its discovery document names an endpoint without https")
