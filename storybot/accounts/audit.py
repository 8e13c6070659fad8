"""One line in the log for each try to sign in and each change of an account, whether it was let through or refused.

It names the account by its id, where somebody is signed in, and the network that the request came from; never an address,
a password or a code. Source: OWASP ASVS 5.0, 16.3.
"""

import logging

from flask import Flask, Response, g, request

from storybot.accounts.attempts import network

log = logging.getLogger(__name__)

#: Blueprints of which every request that changes something is noted.
NOTED = frozenset({"sign_in", "account", "oidc", "profiles", "admin"})
#: Of those that change nothing by their method: links of mails, and coming back from a provider.
_LINKS = frozenset({"sign_in.confirm", "sign_in.change_address", "oidc.arrive"})


def register(app: Flask) -> None:
    """Note what the app answers."""
    app.after_request(_note)


def _note(response: Response) -> Response:
    changes = request.method not in {"GET", "HEAD", "OPTIONS"} or request.endpoint in _LINKS
    if request.blueprint in NOTED and changes:
        refused = response.status_code >= 400
        log.log(
            logging.WARNING if refused else logging.INFO,
            "account event",
            extra={
                "event.action": request.endpoint,
                "event.outcome": "failure" if refused else "success",
                "http.response.status_code": response.status_code,
                "user.id": g.get("account_id"),
                "source.address": network(request.remote_addr),
            },
        )
    return response
