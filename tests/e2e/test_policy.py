"""The security headers hold in a real browser: what it forbids does not happen, and the page needs none of it."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect

from tests.e2e.conftest import PATIENCE_MS, Opening
from tests.e2e.seen import page_texts, texts
from tests.processes.harness import ROOT, Server, call, free_port

pytestmark = pytest.mark.e2e

#: What a text would have to do to run; each is an attempt in the page's own name.
FORBIDDEN = {
    "markup": "document.body.innerHTML = '<b>x</b>'",
    "markup beside": "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
    "a document": "document.write('<b>x</b>')",
    "a parsed document": "new DOMParser().parseFromString('<b>x</b>', 'text/html')",
    "a frame's document": "document.createElement('iframe').srcdoc = '<b>x</b>'",
    "a script's address": "document.createElement('script').src = '/theme.js'",
    "a script's text": "document.createElement('script').text = 'window.ran = true'",
    "an object's address": "document.createElement('object').data = 'https://evil.invalid/'",
    "an attribute that runs": "document.body.setAttribute('onclick', 'window.ran = true')",
    "a policy of one's own": "trustedTypes.createPolicy('default', { createHTML: text => text })",
}
#: What may be begun, but does not happen.
REFUSED = {
    "img-src": "new Image().src = 'https://evil.invalid/x.png'",
    "connect-src": "fetch('https://evil.invalid/x').catch(() => 0)",
    "style-src": "document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: 'https://evil.invalid/x.css' }))",
    "style-src-elem": "document.head.append(Object.assign(document.createElement('style'), { textContent: '* { color: red }' }))",
    "frame-src": "document.body.append(Object.assign(document.createElement('iframe'), { src: 'https://evil.invalid/' }))",
    "base-uri": "document.head.append(Object.assign(document.createElement('base'), { href: 'https://evil.invalid/' }))",
    "media-src": "new Audio('https://evil.invalid/x.mp3').load()",
    "font-src": "new FontFace('x', 'url(https://evil.invalid/x.woff2)').load().catch(() => 0)",
    "form-action": """{ const form = document.createElement('form'); form.action = 'https://evil.invalid/'; form.method = 'post';
        document.body.append(form); form.submit() }""",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_text_becomes_markup_or_code(opening: Opening, what: str) -> None:
    page = opening("/help", allowed="")
    with pytest.raises(Error, match="TypeError"):
        page.evaluate(f"() => {{ {FORBIDDEN[what]} }}")
    assert page.evaluate("window.ran === undefined")


@pytest.mark.parametrize("directive", REFUSED)
def test_nothing_is_fetched_from_elsewhere(opening: Opening, directive: str) -> None:
    page = opening("/help", allowed="")
    asked: list[str] = []
    page.on("response", lambda response: asked.append(response.url))
    refused = page.evaluate(
        f"""() => new Promise(resolve => {{
            addEventListener('securitypolicyviolation', event => resolve([event.effectiveDirective, event.disposition]), {{ once: true }});
            {REFUSED[directive]}
        }})"""
    )
    assert refused[0].startswith(directive)
    assert refused[1] == "enforce"
    assert not [url for url in asked if "evil.invalid" in url]


def test_an_answer_of_the_api_does_not_run_when_it_is_opened(opening: Opening, server: Server) -> None:
    kept = call(f"{server.url}/prompts", "POST", {"content": "<script>alert(1)</script>"}).json
    page = opening("/prompts", allowed="")
    assert page.evaluate("origin") == "null"
    assert page.locator("script").count() == 0
    assert call(f"{server.url}/prompts/{kept['id']}", "DELETE").status == 204


def test_the_browser_grants_no_device(opening: Opening) -> None:
    page = opening("/help")
    allowed = page.evaluate("document.featurePolicy.allowedFeatures()")
    assert "fullscreen" in allowed
    devices = "camera microphone geolocation usb serial hid bluetooth midi payment display-capture idle-detection local-fonts accelerometer gyroscope"
    assert not {*devices.split(), "clipboard-read", "storage-access", "window-management", "xr-spatial-tracking"} & set(allowed)


def test_the_page_works_with_an_api_on_another_origin(browser: Browser, tmp_path: Path, page_dist: Path) -> None:
    """As on example.com and api.example.com: every request goes there, a story streams, and the console stays silent."""
    expect.set_options(timeout=PATIENCE_MS)
    pages_port = free_port()
    origin = f"http://127.0.0.1:{pages_port}"
    with (
        Server(tmp_path / "api" / "data", CORS_ORIGINS=origin, STORYTELLER_PACE="0", LIMITS="off", WEB_DIST=page_dist) as api,
        Server(tmp_path / "page" / "data", port=pages_port, API_URL=api.url, WEB_DIST=page_dist) as pages,
        browser.new_context(base_url=pages.url, locale="en-GB") as context,
    ):
        page = context.new_page()
        said: list[str] = []
        asked: set[str] = set()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: asked.add(request.url) if request.resource_type == "fetch" else None)
        page.goto("/")
        page.get_by_role("textbox", name=page_texts("en")["home"]["question"]).fill("A fox on another shore")
        page.get_by_role("button", name=page_texts("en")["home"]["tell"], exact=True).click()
        expect(page.get_by_role("button", name=texts("en")["end"]["go"], exact=True)).to_be_visible()
        assert any("/events" in url for url in asked)
        assert all(url.startswith(api.url) for url in asked), asked
        assert not said


def test_the_page_does_not_tell_the_versions_of_its_parts(server: Server) -> None:
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    versions = {one["version"] for name, one in packages.items() if name}
    index = call(f"{server.url}/", headers={"Accept": "text/html"}).body.decode()
    assert 'name="generator"' not in index
    waiting, seen = set(re.findall(r'"(/assets/[^"]+\.js)"', index)), set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        code = call(f"{server.url}{path}").body.decode()
        assert not {found for found in re.findall(r"[\"'`](\d+\.\d+\.\d+[\w.+-]*)[\"'`]", code) if found in versions}, path
        assert not re.search(r"@license|\bv\d+\.\d+\.\d+\b", code), path
        waiting |= {f"/assets/{name}" for name in re.findall(r"[\"'`](?:\./|assets/)([\w.-]+\.js)[\"'`]", code)} - seen
    assert len(seen) > 5
