"""What a browser is told: the headers of every answer, and the page's Content-Security-Policy."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from storybot.settings import SettingsError, read_settings

BROWSER = {"Accept": "text/html"}
SECURE = {"X-Forwarded-Proto": "https"}
#: One answer of each kind: the page, its files, the documentation, the API, a refusal, a preflight, an error.
ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/assets/index-abc123.js", 200),
    ("GET", "/favicon.svg", 200),
    ("GET", "/docs", 200),
    ("GET", "/docs/style.css", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/healthz", 200),
    ("GET", "/prompts", 200),
    ("GET", "/api/stories", 200),
    ("GET", "/nowhere", 404),
    ("PUT", "/prompts", 405),
    ("POST", "/prompts", 422),
    ("OPTIONS", "/prompts", 200),
]
KINDS = pytest.mark.parametrize(("method", "path", "status"), ANSWERS)


def _directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split(";")]
    assert len({part[0] for part in parts}) == len(parts), "a directive that stands twice counts once"
    return {name: sources for name, *sources in parts}


def _page(client: FlaskClient) -> dict[str, list[str]]:
    return _directives(client.get("/", headers=BROWSER).headers["Content-Security-Policy"])


@KINDS
def test_every_answer_says_what_a_browser_may_do_with_it(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method, json={} if method == "POST" else None, buffered=True)
    assert answer.status_code == status
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    policy = _directives(headers["Content-Security-Policy"])
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    for name, _value in headers:
        assert len(headers.getlist(name)) == 1 or name == "Vary", name


@KINDS
def test_no_answer_says_what_it_was_made_with(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method, json={} if method == "POST" else None, buffered=True)
    assert answer.status_code == status
    assert not {"Server", "X-Powered-By", "X-AspNet-Version", "Via"} & {name for name, _value in answer.headers}


@pytest.mark.parametrize("path", ["/prompts", "/api/stories", "/configuration", "/engines", "/nowhere"])
def test_no_answer_of_the_api_is_kept_by_a_cache(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.mimetype in {"application/json", "application/problem+json"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/assets/index-abc123.js", "text/javascript; charset=utf-8"),
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/style.css", "text/css; charset=utf-8"),
        ("/prompts", "application/json"),
    ],
)
def test_every_answer_says_what_it_is_and_how_it_is_encoded(client: FlaskClient, path: str, kind: str) -> None:
    assert client.get(path, buffered=True).headers["Content-Type"] == kind


def test_the_page_takes_everything_from_its_own_origin(client: FlaskClient) -> None:
    policy = _page(client)
    assert policy["script-src"] == policy["style-src"] == policy["font-src"] == policy["connect-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert set(policy["img-src"]) == {"'self'", "data:", "blob:"}


def test_the_page_may_not_make_markup_or_code_of_a_text(client: FlaskClient) -> None:
    policy = _page(client)
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert policy["trusted-types"] == ["'none'"]


@pytest.mark.parametrize(
    ("url", "origin"),
    [("https://api.example.com", "https://api.example.com"), ("https://api.example.com:8443/v1/", "https://api.example.com:8443")],
)
def test_the_page_may_call_an_api_on_another_origin(another: Callable[..., FlaskClient], url: str, origin: str) -> None:
    client = another(api_url=url)
    assert _page(client)["connect-src"] == ["'self'", origin]
    assert f'<meta name="storybot-api" content="{url}">' in client.get("/", headers=BROWSER).text


@pytest.mark.parametrize("url", ["api.example.com", "ftp://example.com", "https://a.example; script-src *", "https://a.example/ *", 'https://"'])
def test_an_address_that_would_widen_the_policy_stops_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="STORYBOT_API_URL"):
        read_settings(api_url=url)


@pytest.mark.parametrize("path", ["/prompts", "/nowhere", "/openapi.json"])
def test_an_answer_of_the_api_that_is_opened_as_a_document_can_do_nothing(client: FlaskClient, path: str) -> None:
    policy = _directives(client.get(path).headers["Content-Security-Policy"])
    assert policy == {name: ["'none'"] for name in ("default-src", "base-uri", "form-action", "frame-ancestors")} | {"sandbox": []}


def test_no_device_of_the_reader_may_be_used(client: FlaskClient) -> None:
    features = dict(part.split("=") for part in client.get("/").headers["Permissions-Policy"].split(", "))
    for name in ("camera", "microphone", "geolocation", "usb", "serial", "hid", "midi", "payment", "display-capture", "local-fonts"):
        assert features[name] == "()"
    assert set(features.values()) == {"()", "(self)"}
    assert features["publickey-credentials-get"] == "(self)"


@KINDS
def test_https_is_asked_for_where_a_trusted_proxy_says_that_it_is_there(
    another: Callable[..., FlaskClient], method: str, path: str, status: int
) -> None:
    client = another(trusted_proxies=1)
    asked = {"method": method, "json": {} if method == "POST" else None, "buffered": True}
    secured = client.open(path, headers=SECURE, **asked)
    assert secured.status_code == status
    assert secured.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Strict-Transport-Security" not in client.open(path, **asked).headers


def test_https_is_not_asked_for_on_a_strangers_word(client: FlaskClient, another: Callable[..., FlaskClient]) -> None:
    assert "Strict-Transport-Security" not in client.get("/", headers=SECURE).headers
    assert "Strict-Transport-Security" not in another(trusted_proxies=1, hsts="").get("/", headers=SECURE).headers


@pytest.mark.parametrize("wrong", ["yes", "max-age=", "max-age=1; script", "max-age=1\r\nX-Evil: 1"])
def test_a_wrong_hsts_stops_the_start(wrong: str) -> None:
    with pytest.raises(SettingsError, match="STORYBOT_HSTS"):
        read_settings(hsts=wrong)
