"""A software authenticator: it makes passkeys and answers questions as a browser with a fingerprint reader would.

Sources: W3C Web Authentication Level 3, 6.1 (authenticator data), 5.8.1 (client data); RFC 9053 (COSE, ES256).
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, HAS_CREDENTIAL = 0x01, 0x04, 0x40

Json = dict[str, Any]


@dataclass
class Authenticator:
    """One passkey, and the browser around it. Change a field to make it lie."""

    origin: str = "http://localhost:5000"
    site: str = "localhost"
    flags: int = PRESENT | VERIFIED
    sign_count: int = 0
    user_handle: str = ""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, question: Json) -> Json:
        """The answer to `publicKey` of a question for a new passkey."""
        self.user_handle = question["user"]["id"]
        point = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(HAS_CREDENTIAL) + attested}
        response = {"clientDataJSON": self._client("webauthn.create", question), "attestationObject": _text(cbor2.dumps(statement))}
        return self._credential(response | {"transports": ["internal", "hybrid", "nonsense"]})

    def sign(self, question: Json) -> Json:
        """The answer to `publicKey` of a question to sign in."""
        self.sign_count += 1
        data, client = self._data(), self._client("webauthn.get", question)
        signed = data + hashlib.sha256(base64url_to_bytes(client)).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": client, "authenticatorData": _text(data), "signature": _text(signature), "userHandle": self.user_handle}
        return self._credential(response)

    def _data(self, more: int = 0) -> bytes:
        return hashlib.sha256(self.site.encode()).digest() + bytes([self.flags | more]) + self.sign_count.to_bytes(4, "big")

    def _client(self, kind: str, question: Json) -> str:
        content = {"type": kind, "challenge": question["challenge"], "origin": self.origin, "crossOrigin": False}
        return _text(json.dumps(content).encode())

    def _credential(self, response: Json) -> Json:
        id_ = _text(self.credential_id)
        return {"id": id_, "rawId": id_, "type": "public-key", "response": response, "clientExtensionResults": {}}


def _text(content: bytes) -> str:
    return bytes_to_base64url(content)
