"""OpenID Connect: to the provider, and back. Every outcome is a way back to the page, as a browser comes here by itself."""

import logging
import re
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import g, redirect, request
from werkzeug import Response

from storybot.accounts import connections, oidc
from storybot.accounts.connections import Refused
from storybot.accounts.gate import OWN_SITES, present
from storybot.accounts.oidc import Arrival, Luggage, OidcFailed, Provider
from storybot.accounts.sign_in import require_usable
from storybot.api.auth_schemas import ArrivalQuery, DepartureQuery
from storybot.api.request import accounts, db_session, require_grown_up, spoken_language
from storybot.api.sign_in import enter
from storybot.errors import NotFound, StorybotError

log = logging.getLogger(__name__)
blueprint = APIBlueprint("oidc", __name__, url_prefix="/auth/oidc")

#: A path of our own page: no host can be hidden in it.
_OWN_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9_~!$&'()*+,;=:@%/?.-]*")


@blueprint.before_request
def refuse_children() -> None:
    """A provider may let somebody in without asking anything, and a child would be the grown-up."""
    if g.get("reader"):
        require_grown_up()


@blueprint.get("/<name>")
@blueprint.input(DepartureQuery, location="query")
@blueprint.doc(responses={302: "To the provider; back at the page's /sign-in?oidc=failed where it does not answer."})
def leave(name: str, query_data: dict[str, Any]) -> Response:
    """Sign in at the provider; with `connect`, connect it to the account that is signed in."""
    path = query_data["next"] if _OWN_PATH.fullmatch(query_data["next"]) else "/"
    session_id = ""
    if query_data["connect"]:
        # Somebody else's page must not be able to connect their name at the provider to this account.
        if not present().is_fresh or request.headers.get("Sec-Fetch-Site") not in OWN_SITES:
            return _to_page("/account", oidc="needs-verification")
        session_id = present().id
    try:
        departure = _provider(name).leave(Luggage(path, query_data["invitation"], session_id))
    except OidcFailed as error:
        log.warning("openid connect failed", extra={"error.message": str(error)})
        return _to_page("/sign-in", oidc="failed")
    response = redirect(departure.url)
    _set_cookie(response, departure.cookie, oidc.WITHIN_S)
    return response


@blueprint.get("/<name>/callback")
@blueprint.input(ArrivalQuery, location="query")
@blueprint.doc(responses={302: "Back to the page; /sign-in?oidc=… where it was refused."})
def arrive(name: str, query_data: dict[str, Any]) -> Response:
    """Come back from the provider."""
    provider = _provider(name)
    try:
        arrival = provider.arrive(request.cookies.get(oidc.COOKIE, ""), query_data)
        response = _let_in(arrival)
    except OidcFailed as error:
        log.warning("openid connect failed", extra={"error.message": str(error)})
        response = _to_page("/sign-in", oidc="failed")
    except Refused as refusal:
        response = _to_page(refusal.path, oidc=refusal.why)
    except StorybotError as error:
        response = _to_page("/sign-in", oidc=error.slug)
    _set_cookie(response, "", 0)
    return response


def _let_in(arrival: Arrival) -> Response:
    session, luggage = db_session(), arrival.luggage
    if luggage.session_id:
        if present().id != luggage.session_id:
            raise OidcFailed("another session")
        connections.connect(accounts(), session, present().account_id, arrival)
        return _to_page("/account", oidc="linked")
    account = connections.account_of(accounts(), session, arrival, spoken_language())
    require_usable(account)
    enter(account, remember=False, second_step=True)
    if g.present.awaits:
        return _to_page("/sign-in", second_factor="1", next=luggage.next_path)
    return redirect(accounts().settings.site + luggage.next_path)


def _provider(name: str) -> Provider:
    found = accounts().provider
    if found is None or name != accounts().settings.oidc_name:
        raise NotFound("There is no such provider.")
    return found


def _to_page(path: str, **query: str) -> Response:
    return redirect(f"{accounts().settings.site}{path}?{urlencode(query)}")


def _set_cookie(response: Response, value: str, age_s: int) -> None:
    secure = accounts().settings.site.startswith("https://")
    path = f"{request.script_root}/auth/oidc"
    response.set_cookie(oidc.COOKIE, value, max_age=age_s, secure=secure, httponly=True, samesite="Lax", path=path)
