"""Who is signed in: the first thing that the page asks, in both modes."""

from typing import Any

from apiflask import APIBlueprint
from flask import g

from storybot.api.auth_schemas import SessionOut
from storybot.api.request import db_session, runtime

blueprint = APIBlueprint("session", __name__, url_prefix="/auth")

#: What a server without accounts answers.
NO_ACCOUNTS = {"accounts": "off", "sign_up": "closed", "oidc": [], "mail": False, "account": None, "csrf": ""}


@blueprint.get("/session")
@blueprint.output(SessionOut)
def get_session() -> Any:
    """Who is signed in, how one may sign in here, and the token that requests which change something have to carry."""
    return shown()


def shown() -> Any:
    """The session object, as it is now."""
    accounts = runtime().accounts
    if accounts is None:
        return NO_ACCOUNTS
    from storybot.accounts.answers import session_object  # not where accounts are off

    return session_object(db_session(), accounts.settings, g.get("present"), accounts.gate.csrf())
