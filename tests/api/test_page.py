"""The built page: its index for every address of its own, its files, and nothing else of the disk."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from storybot.settings import Settings
from tests.api.support import refused

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SCRIPT = "/assets/index-abc123.js"


@pytest.mark.parametrize("path", ["/", "/story/0190", "/library", "/library/bin", "/settings", "/help", "/any/deep/link"])
def test_every_address_of_the_page_gives_its_index(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert b'<meta name="storybot-api" content="/api">' in answer.data  # the file says /wrong
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(("prefix", "shown"), [("", ""), ("/v1/api", "/v1/api"), ('/"><script>', "/&#34;&gt;&lt;script&gt;")])
def test_the_index_names_the_prefix_that_is_set(another: Callable[..., FlaskClient], prefix: str, shown: str) -> None:
    content = another(api_prefix=prefix).get("/").get_data(as_text=True)
    assert f'content="{shown}"' in content.replace("&quot;", "&#34;")
    assert "<script>" not in content


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_the_api_answers_under_the_prefix_that_is_set(another: Callable[..., FlaskClient], prefix: str) -> None:
    client = another(api_prefix=prefix)
    made = client.post(f"{prefix}/prompts", json={"content": "x"})
    assert made.headers["Location"].startswith(f"{prefix}/prompts/")
    refused(client.get("/api/prompts"), 404, "not-found")


@pytest.mark.parametrize("accept", ["application/json", "*/*", "", "image/png"])
def test_other_clients_get_a_problem(client: FlaskClient, accept: str) -> None:
    refused(client.get("/story/0190", headers={"Accept": accept}), 404, "not-found")


@pytest.mark.parametrize("path", ["/assets/gone.js", "/assets/index-old.css", "/logo.png", "/robots.txt"])
def test_a_missing_file_is_not_found_even_for_a_browser(client: FlaskClient, path: str) -> None:
    refused(client.get(path, headers=BROWSER), 404, "not-found")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/story/x", "/api/assets/index-abc123.js", "/api/favicon.svg"])
def test_below_the_prefix_there_is_no_page(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers=BROWSER).status_code == 404
    assert client.get(path, headers=BROWSER).mimetype == "application/problem+json"


def test_a_prefix_is_a_whole_part_of_the_path(client: FlaskClient) -> None:
    assert client.get("/apiary", headers=BROWSER).mimetype == "text/html"
    refused(client.get("/apiprompts"), 404, "not-found")


def test_assets_never_change_and_come_compressed_where_wanted(client: FlaskClient) -> None:
    squeezed = client.get(SCRIPT, headers={"Accept-Encoding": "gzip, deflate, br"}, buffered=True)
    assert (squeezed.status_code, squeezed.headers["Content-Encoding"]) == (200, "gzip")
    assert squeezed.data == b"\x1f\x8b squeezed"
    plain = client.get(SCRIPT, headers={"Accept-Encoding": "gzip;q=0, identity"}, buffered=True)
    assert plain.data == b"export {};"
    assert "Content-Encoding" not in plain.headers
    for answer in (squeezed, plain):
        assert answer.mimetype == "text/javascript"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_other_files_are_asked_for_again(client: FlaskClient) -> None:
    first = client.get("/favicon.svg", buffered=True)
    assert (first.status_code, first.mimetype, first.headers["Cache-Control"]) == (200, "image/svg+xml", "no-cache")
    assert "default-src 'none'" in first.headers["Content-Security-Policy"]
    again = client.get("/favicon.svg", headers={"If-None-Match": first.headers["ETag"]}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["/", SCRIPT, "/favicon.svg", "/prompts", "/api/stories", "/docs", "/openapi.json"])
def test_head_says_what_get_would(client: FlaskClient, path: str) -> None:
    got, head = client.get(path, buffered=True), client.head(path, buffered=True)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "Cache-Control", "Content-Security-Policy"):
        assert head.headers.get(name) == got.headers.get(name), name


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/..\\secret.txt",
        "/....//secret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/assets/index-abc123.js%00.png",
        "/link/secret.txt/../../secret.txt",
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_no_path_leads_out_of_the_pages_folder(client: FlaskClient, settings: Settings, path: str, accept: str) -> None:
    (settings.dist_path.parent / "secret.txt").write_text("the secret beside the page")
    answer = client.get(path, headers={"Accept": accept})
    assert b"secret beside" not in answer.data
    assert b"root:" not in answer.data
    assert answer.status_code in {200, 308, 400, 404}
    assert answer.status_code != 200 or b"<title>Storybot</title>" in answer.data


@pytest.mark.parametrize("path", ["/../{}", "/%2e%2e/{}", "/assets/../../{}", "/..%2f{}"])
def test_no_path_tells_which_files_there_are_elsewhere(client: FlaskClient, settings: Settings, path: str) -> None:
    (settings.dist_path.parent / "there").write_text("x")
    found = [client.get(path.format(name), headers=BROWSER) for name in ("there", "nowhere")]
    assert found[0].status_code == found[1].status_code


def test_a_page_that_is_not_built_is_said_to_be(another: Callable[..., FlaskClient], tmp_path: Path) -> None:
    client = another(web_dist=tmp_path / "none")
    answer = client.get("/", headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")
    assert "make build" in answer.text
    assert client.get("/prompts").status_code == 200
