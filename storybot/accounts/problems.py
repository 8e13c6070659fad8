"""What can be wrong with signing in, as the caller is told. None of it says whether an address has an account."""

from storybot.errors import StorybotError


class CsrfRefused(StorybotError):
    slug, status, title = "csrf", 403, "This request does not come from this site's page"


class WrongCredentials(StorybotError):
    slug, status, title = "wrong-credentials", 401, "Address or password is wrong"


class WrongCode(StorybotError):
    slug, status, title = "wrong-code", 401, "This code is wrong or was used already"


class NotConfirmed(StorybotError):
    slug, status, title = "not-confirmed", 403, "The address is not confirmed yet"


class AccountDisabled(StorybotError):
    slug, status, title = "account-disabled", 403, "This account is disabled"


class NeedsVerification(StorybotError):
    slug, status, title = "needs-verification", 403, "Show once more that it is you"


class SignUpClosed(StorybotError):
    slug, status, title = "sign-up-closed", 403, "Nobody can sign up here"


class InvitationInvalid(StorybotError):
    slug, status, title = "invitation-invalid", 422, "This invitation does not hold"


class LinkInvalid(StorybotError):
    slug, status, title = "link-invalid", 422, "This link does not hold any more"


class PasskeyRefused(StorybotError):
    slug, status, title = "passkey-refused", 422, "This passkey could not be checked"


class LastWayIn(StorybotError):
    slug, status, title = "last-way-in", 409, "This is the only way into the account"


class TooManyAttempts(StorybotError):
    """`retry_after_s`: when it may be tried again."""

    slug, status, title = "too-many-attempts", 429, "That was tried too often"


class NoMail(StorybotError):
    slug, status, title = "no-mail", 503, "This server sends no mail"


class PasswordWeak(StorybotError):
    """`reason`: short, common or own-address."""

    slug, status, title = "password-weak", 422, "This password is too weak"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail, reason=reason, errors=[{"pointer": "/password", "detail": detail}])
