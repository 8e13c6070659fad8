"""Signing in in two steps: codes from an app (TOTP), and recovery codes for the day on which the phone is gone.

The app's secret is kept encrypted, recovery codes as digests; no code counts twice. Everything here that changes
something expects a write transaction. Source: RFC 6238.
"""

import hmac
import re
from typing import Any

import qrcode
import qrcode.image.svg
from flask_security import Security

from storybot.accounts.keys import Keys
from storybot.accounts.models import Account
from storybot.accounts.problems import WrongCode

METHOD = "authenticator"
RECOVERY_CODES = 10
#: How far a phone's clock may be wrong, in seconds: one code before and one after.
SKEW_S = 30

_DIGITS = re.compile(r"\d{6}")
_RECOVERY = re.compile(r"[0-9a-f]{12}")


class TwoStep:
    """Two-step sign-in, by Flask-Security's codes."""

    def __init__(self, security: Security, keys: Keys) -> None:
        self._codes = security.totp_factory
        self._keys = keys

    def set_up(self, account: Account) -> dict[str, str]:
        """Give the account a new secret, which counts once a code of it has been shown: `secret` to type, `uri`, and `qr_svg`."""
        account.tf_totp_secret, account.tf_last_counter = self._codes.generate_totp_secret(), None
        uri = self._codes.get_totp_uri(account.email, account.tf_totp_secret)
        picture = qrcode.make(uri, image_factory=qrcode.image.svg.SvgPathImage, border=2)
        return {"secret": self._codes.get_totp_pretty_key(account.tf_totp_secret), "uri": uri, "qr_svg": picture.to_string(encoding="unicode")}

    def enable(self, account: Account, code: str) -> list[str]:
        """From now on signing in takes a code; returns recovery codes. Raises: WrongCode."""
        if account.has_totp or not self._is_code(account, code):
            raise WrongCode
        account.tf_primary_method = METHOD
        return self.new_recovery_codes(account)

    def disable(self, account: Account) -> None:
        """One step is enough again."""
        account.tf_primary_method = account.tf_totp_secret = account.tf_last_counter = account.mf_recovery_codes = None

    def new_recovery_codes(self, account: Account) -> list[str]:
        """Other recovery codes; the old ones hold no more."""
        codes: list[str] = self._codes.generate_recovery_codes(RECOVERY_CODES)
        account.mf_recovery_codes = [self._digest(account, one) for one in codes]
        return codes

    def check(self, account: Account, code: str) -> None:
        """Take a code of the app, or use up a recovery code. Raises: WrongCode."""
        if not account.has_totp or not (self._is_code(account, code) or self._use_recovery(account, code)):
            raise WrongCode

    def _is_code(self, account: Account, code: str) -> bool:
        digits = re.sub(r"[\s-]", "", code)
        if account.tf_totp_secret is None or not _DIGITS.fullmatch(digits):
            return False
        whose: Any = account
        return self._codes.verify_totp(digits, account.tf_totp_secret, whose, window=SKEW_S)

    def _use_recovery(self, account: Account, code: str) -> bool:
        given, kept = self._digest(account, code), account.mf_recovery_codes or []
        left = [one for one in kept if not hmac.compare_digest(one, given)]
        if len(left) == len(kept):
            return False
        account.mf_recovery_codes = left
        return True

    def _digest(self, account: Account, code: str) -> str:
        plain = re.sub(r"[\s-]", "", code).lower()
        return self._keys.sign("recovery codes", f"{account.id} {plain}" if _RECOVERY.fullmatch(plain) else "")
