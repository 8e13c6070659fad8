"""Passkeys (WebAuthn): register one, and sign in with one. They always ask for a finger, a face or a PIN, so that one is
both steps at once.

Which passkeys an address has is never told: the browser itself knows which ones it has for this site. Source: W3C Web
Authentication Level 3.
"""

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from storybot.accounts.attempts import spend
from storybot.accounts.keys import Keys
from storybot.accounts.models import Account, Passkey
from storybot.accounts.problems import PasskeyRefused
from storybot.accounts.sessions import digest
from storybot.clock import now
from storybot.settings import Settings

#: How long a question to the browser holds.
ANSWER_WITHIN = timedelta(minutes=5)
#: How many one account may have.
MOST = 20
TRANSPORTS = frozenset(one.value for one in AuthenticatorTransport)

Json = dict[str, Any]


class Passkeys:
    """Passkeys of this site. The question to the browser goes out as a signed `state`, for this browser's cookie alone."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._site = urlsplit(settings.site).hostname or "localhost"
        self._origins = [settings.site, *settings.page_origins]
        self._states = URLSafeTimedSerializer(keys.of("passkeys"), salt="state")

    def ask_new(self, session: Session, account: Account, visitor: str) -> Json:
        """What the browser needs for a new passkey: `publicKey` and `state`. visitor: the cookie's token."""
        known = session.scalars(select(Passkey).where(Passkey.account_id == account.id))
        options = generate_registration_options(
            rp_id=self._site,
            rp_name="Storybot",
            user_id=account.fs_webauthn_user_handle.encode(),
            user_name=account.email,
            user_display_name=account.email,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
        )
        return self._question("new", options, options.challenge, visitor)

    def add(self, session: Session, account: Account, visitor: str, state: str, credential: Json, name: str) -> Passkey:
        """Keep the passkey that the browser made. Expects a write transaction. Raises: PasskeyRefused."""
        challenge = self._challenge(session, "new", visitor, state)
        try:
            made = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._site,
                expected_origin=self._origins,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
            raise PasskeyRefused("What the browser sent is no passkey for this site.") from error
        others = session.scalars(select(Passkey.credential_id).where(Passkey.account_id == account.id)).all()
        if len(others) >= MOST or session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)) is not None:
            raise PasskeyRefused("This passkey is known already, or there are too many.")
        given = credential.get("response", {}).get("transports") or []
        row = Passkey(
            account_id=account.id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=sorted(TRANSPORTS.intersection(one for one in given if isinstance(one, str))),
            name=name,
        )
        session.add(row)
        session.flush()
        return row

    def ask(self, visitor: str) -> Json:
        """What the browser needs to sign in with a passkey: `publicKey` and `state`."""
        options = generate_authentication_options(rp_id=self._site, user_verification=UserVerificationRequirement.REQUIRED)
        return self._question("sign-in", options, options.challenge, visitor)

    def check(self, session: Session, visitor: str, state: str, credential: Json) -> Account:
        """Whose passkey it is that the browser used. Expects a write transaction. Raises: PasskeyRefused."""
        challenge = self._challenge(session, "sign-in", visitor, state)
        try:
            credential_id = base64url_to_bytes(credential["rawId"])
            row = session.scalar(select(Passkey).where(Passkey.credential_id == credential_id).with_for_update())
            if row is None:
                raise PasskeyRefused("This passkey is not known here (any more).")
            used = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._site,
                expected_origin=self._origins,
                credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
            handle = credential["response"].get("userHandle")
            account = session.get_one(Account, row.account_id)
            if handle and base64url_to_bytes(handle) != account.fs_webauthn_user_handle.encode():
                raise PasskeyRefused("This passkey says that it is somebody else's.")
        except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
            raise PasskeyRefused("The passkey's answer could not be checked.") from error
        row.sign_count, row.last_used_at = used.new_sign_count, now()
        return account

    def _question(self, purpose: str, options: Any, challenge: bytes, visitor: str) -> Json:
        state = self._states.dumps([purpose, bytes_to_base64url(challenge), _short(visitor)])
        return {"publicKey": options_to_json_dict(options), "state": state}

    def _challenge(self, session: Session, purpose: str, visitor: str, state: str) -> bytes:
        try:
            asked, challenge, whom = self._states.loads(state, max_age=int(ANSWER_WITHIN.total_seconds()))
        except (BadData, ValueError, TypeError):
            raise PasskeyRefused("This took too long: try again.") from None
        if asked != purpose or not secrets.compare_digest(whom, _short(visitor)) or not spend(session, f"passkey {challenge}", ANSWER_WITHIN):
            raise PasskeyRefused("This answer was used already, or is not this browser's.")
        return base64url_to_bytes(challenge)


def _short(visitor: str) -> str:
    return digest(visitor)[:32]
