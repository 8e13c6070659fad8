"""What happens around every request: trace id, host and type checks, metrics, one log line, security headers."""

import ipaddress
import logging
import math
import time
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from storybot import metrics
from storybot.errors import UnknownHost
from storybot.policy import API_POLICY, HEADERS
from storybot.settings import Settings
from storybot.trace import current_trace_id, set_trace_id, trace_id_of, traceparent_of

log = logging.getLogger(__name__)

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
UNMATCHED = "__unmatched__"
#: Endpoints that take something else than JSON, larger than other bodies, and read it themselves.
READ_THEIR_OWN = frozenset({"jobs.begin_import"})


def register_request_hooks(app: Flask, settings: Settings) -> None:
    """Hang the checks and the bookkeeping onto the app."""
    hosts = _named_hosts(settings)

    @app.before_request
    def before_request() -> None:
        g.start_time = time.perf_counter()
        set_trace_id(trace_id_of(request.headers.get("X-Trace-Id", ""), request.headers.get("traceparent", "")))
        if not settings.allow_public_bind and not _is_known(request.host, hosts):
            log.warning("request under an unknown name", extra={"url.domain": request.host[:255]})
            raise UnknownHost("This Storybot is not known by the name that was asked for: whoever runs it can add it to STORYBOT_TRUSTED_HOSTS.")
        if request.method in _WITH_BODY and request.endpoint not in READ_THEIR_OWN and (request.content_length or "chunked" in _encoding()):
            if not request.is_json:
                raise UnsupportedMediaType
            # What has no length is cut off at the limit, and then looks as if it could not be read.
            try:
                length = len(request.get_data())
            except TimeoutError as error:
                raise BadRequest from error
            if not request.content_length and length >= (request.max_content_length or math.inf):
                raise RequestEntityTooLarge
            request.get_json()  # raises BadRequest, also for what the parser of the schemas would stumble over

    @app.after_request
    def after_request(response: Response) -> Response:
        trace_id = current_trace_id() or ""
        response.headers["X-Trace-Id"] = trace_id
        response.headers["traceparent"] = traceparent_of(trace_id)
        response.headers.setdefault("Content-Security-Policy", API_POLICY)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure and settings.hsts:
            response.headers.setdefault("Strict-Transport-Security", settings.hsts)
        if response.mimetype in {"application/json", "application/problem+json"}:
            response.headers.setdefault("Cache-Control", "no-store")
        _account(response)
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        set_trace_id(None)


def _encoding() -> str:
    return request.headers.get("Transfer-Encoding", "").lower()


def _account(response: Response) -> None:
    seconds = time.perf_counter() - g.get("start_time", time.perf_counter())
    method = request.method if request.method in metrics.METHODS else "OTHER"
    endpoint = request.url_rule.rule if request.url_rule else UNMATCHED
    if request.endpoint == "page.page" and response.status_code == 404:
        endpoint = UNMATCHED  # the page's rule takes whatever no other one does
    metrics.REQUEST_COUNT.labels(method, endpoint, str(response.status_code)).inc()
    metrics.REQUEST_LATENCY.labels(method, endpoint).observe(seconds)
    quiet = endpoint in {"/healthz", "/readyz"}
    log.log(
        logging.DEBUG if quiet else logging.INFO,
        "request",
        extra={
            "http.request.method": method,
            "route": endpoint,
            "http.response.status_code": response.status_code,
            "event.duration": int(seconds * 1e9),
        },
    )


def _named_hosts(settings: Settings) -> frozenset[str]:
    known = settings.cors_origins if settings.accounts == "off" else (settings.site, settings.api_site, *settings.page_origins)
    names = {urlsplit(origin).hostname or "" for origin in known}
    return frozenset({"localhost", *settings.trusted_hosts, *names, *(f"api.{name}" for name in names)})


def _is_known(host: str, names: frozenset[str]) -> bool:
    """Whether a request may name this host. A page of a stranger can make its own name lead to 127.0.0.1 (DNS
    rebinding) and would then be of this origin; an address or a known name cannot be made to do that."""
    name = (urlsplit(f"//{host}").hostname or "").lower().rstrip(".")
    if name in names or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
