"""The gate before every request: who is signed in, and whether the request comes from this site's own page.

One cookie. Its value is a random token; where a session holds it, the browser is signed in, otherwise it is only a
visitor's. The page gets a second token for that value (`csrf`) from GET /auth/session and sends it back in a header,
which a page of somebody else can neither read nor send. Signing in always gives another cookie.
"""

import hmac
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from storybot.accounts import sessions
from storybot.accounts.keys import Keys
from storybot.accounts.problems import CsrfRefused, NeedsVerification
from storybot.accounts.sessions import Present
from storybot.db import db, writing
from storybot.errors import SignedOut
from storybot.models import ReaderProfile
from storybot.reader import Reader, everybody
from storybot.settings import Settings

#: Blueprints that answer whoever asks: whether it lives, the page's own files, and what signing in takes.
OPEN = frozenset({"health", "page", "session", "sign_in", "oidc"})
#: Of these, those that do not care who asks.
BLIND = frozenset({"health", "page"})
CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES = frozenset({"same-origin", "same-site"})
_CHILD = select(ReaderProfile.needs_approval, ReaderProfile.age_band, ReaderProfile.engines).where(ReaderProfile.id == bindparam("b_id"))


class Gate:
    """What stands before every request of an app with accounts."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._keys = keys
        self._secure = settings.site.startswith("https://")
        #: The prefix makes browsers refuse it from another host, even a sibling, and for part of the paths.
        self._cookie = "__Host-storybot" if self._secure else "storybot"
        self._origins = frozenset({settings.site, _origin(settings.api_site), *settings.page_origins})

    def register(self, app: Flask) -> None:
        """Stand before the app."""
        app.before_request(self.admit)
        app.after_request(self.hand_out)

    def admit(self) -> None:
        """Find out who asks. Raises: SignedOut, CsrfRefused."""
        g._login_user = None  # Flask-Login is never to look into a session of its own
        if request.method == "OPTIONS" or request.blueprint in BLIND or request.endpoint is None:
            return
        token = request.cookies.get(self._cookie, "")
        g.token = token if sessions.is_token(token) else ""
        if g.token:
            self.recognise(db.session(), sessions.find(db.session(), g.token))
        if request.blueprint not in OPEN and g.get("reader") is None:
            raise SignedOut("Sign in first: this session is missing or has ended.")
        if request.method not in _SAFE:
            self._check_site()

    def recognise(self, session: Session, present: Present | None) -> None:
        """From here on the request is this session's."""
        g.present = present
        g.reader = None
        if present is None:
            return
        g.account_id = present.account_id
        if present.wants_touch:
            with writing(session):
                sessions.touch(session, present.id, present.account_id)
            if present.remember:
                g.cookie = (g.token, True)
        if present.awaits is None:
            g.reader = _reader(session, present)

    def _check_site(self) -> None:
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        own = f"{request.scheme}://{request.host}"
        if origin is not None and origin not in self._origins and origin != own:
            raise CsrfRefused("The request comes from a page of another site.")
        if site is not None and site not in OWN_SITES:
            raise CsrfRefused("The request comes from a page of another site.")
        if not g.token or not _same(request.headers.get(CSRF_HEADER, ""), self.csrf()):
            raise CsrfRefused(f"The header {CSRF_HEADER} is missing or old: take `csrf` of GET /auth/session.")

    def csrf(self) -> str:
        """What the page has to send back, for this browser's cookie; makes the cookie where there is none yet."""
        if not g.get("token"):
            g.token = sessions.new_token()
            g.cookie = (g.token, False)
        return self._keys.sign("csrf", g.token)

    def take(self, session: Session, token: str) -> None:
        """The session of this new token is now this browser's."""
        g.token = token
        present = sessions.find(session, token)
        self.recognise(session, present)
        g.cookie = (token, present is not None and present.remember)

    def let_go(self) -> None:
        """This browser is nobody's any more, and gets a cookie that never was anybody's."""
        g.token, g.present, g.reader = "", None, None
        self.csrf()

    def hand_out(self, response: Response) -> Response:
        """Set the cookie, where there is a new one."""
        if cookie := g.get("cookie"):
            token, remember = cookie
            age = int(sessions.IDLE_REMEMBERED.total_seconds()) if remember else None
            response.set_cookie(self._cookie, token, max_age=age, secure=self._secure, httponly=True, samesite="Lax", path="/")
        return response


def present() -> Present:
    """The request's session, whole. Raises: SignedOut."""
    found: Present | None = g.get("present")
    if found is None or found.awaits:
        raise SignedOut("Sign in first: this session is missing or has ended.")
    return found


def require_fresh() -> Present:
    """The request's session, whose holder has just proved who they are. Raises: NeedsVerification, SignedOut."""
    found = present()
    if not found.is_fresh:
        raise NeedsVerification("Verify that it is you first: POST /auth/verify.")
    return found


def _reader(session: Session, found: Present) -> Reader | None:
    if found.profile_id is None:
        return Reader(found.owner_id, found.account_id, None, found.role)
    with everybody(session):
        child = session.execute(_CHILD, {"b_id": found.profile_id}).one_or_none()
    if child is None:
        return None  # its profile has just been deleted, and this session with it
    engines = tuple(child.engines) if child.engines is not None else None
    return Reader(found.owner_id, found.account_id, found.profile_id, "member", child.needs_approval, child.age_band, engines)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
