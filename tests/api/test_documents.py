"""The OpenAPI document and the page that makes it readable."""

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from storybot.api import documents

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
METHODS = {"get", "post", "put", "patch", "delete"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, by_method in document["paths"].items():
        for method, operation in by_method.items():
            if method in METHODS:
                yield path, method, operation


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    shown: dict[str, Any] = client.get("/openapi.json").json
    return shown


def test_the_committed_document_is_the_apps(another_app: Callable[..., APIFlask]) -> None:
    app = another_app(requests_per_minute=1200, accounts="on")
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    committed.pop("servers", None)
    with app.app_context():
        assert json.loads(json.dumps(documents.openapi(app))) == committed, "run `make openapi`"


@pytest.mark.parametrize(("prefix", "server"), [("", "/"), ("/api", "/api")])
def test_its_server_is_the_prefix_under_which_it_was_asked_for(client: FlaskClient, prefix: str, server: str) -> None:
    document = client.get(f"{prefix}/openapi.json").json
    assert document["servers"] == [{"url": server}]
    assert document["paths"] == client.get("/openapi.json").json["paths"]


def test_every_operation_has_a_name_a_summary_and_its_refusals(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _path, _method, operation in operations(document)]
    assert len(ids) == len(set(ids)) >= 20
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert {"400", "429", "500", "503"} <= set(operation["responses"]), where
        assert ("404" in operation["responses"]) or "{" not in path, where
        for status, response in operation["responses"].items():
            assert response["description"], where
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], where


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert names
    assert names <= set(document["components"]["schemas"])


def test_lengths_follow_the_settings(another: Callable[..., FlaskClient]) -> None:
    schemas = another(prompt_chars=17, text_chars=18, wish_chars=19, title_chars=20).get("/openapi.json").json["components"]["schemas"]
    assert schemas["PromptIn"]["properties"]["content"]["maxLength"] == 17
    assert schemas["StoryIn"]["properties"]["prompt"]["maxLength"] == 17
    assert schemas["PassageIn"]["properties"]["text"]["maxLength"] == 18
    assert schemas["PassageIn"]["properties"]["wish"]["maxLength"] == 19
    assert schemas["StoryPatch"]["properties"]["title"]["maxLength"] == 20


class Seen(HTMLParser):
    """What is in a page."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        self.handlers += [name for name, _value in attrs if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_the_page_shows_every_operation_and_every_shape_without_a_script(client: FlaskClient, document: dict[str, Any], prefix: str) -> None:
    answer = client.get(f"{prefix}/docs")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    seen = Seen(answer.text)
    for path, method, operation in operations(document):
        assert operation["operationId"] in seen.ids, path
        assert f'<b class="{method}">{method.upper()}</b> <code>{path}</code>' in answer.text
        assert operation["summary"].split("`")[0][:40] in answer.text.replace("&#39;", "'")
    assert set(document["components"]["schemas"]) <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))
    assert not {"script", "iframe", "object", "form", "style"} & set(seen.tags)
    assert not seen.handlers
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    inner = [link.removeprefix("#") for link in seen.links if link.startswith("#")]
    assert set(inner) <= set(seen.ids)
    outer = [link for link in seen.links if not link.startswith("#")]
    assert sorted(outer) == [f"{prefix}/docs/style.css", f"{prefix}/openapi.json"]
    for link in outer:
        assert client.get(link).status_code == 200
    assert client.get(f"{prefix}/docs/style.css").mimetype == "text/css"
