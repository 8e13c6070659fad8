"""A wire in the page that a text trips when it becomes more than text: it runs, asks for something, or turns into markup."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Request

#: Set before any script of the page: what a text that runs would call, and what the browser refuses, is noted.
WIRE = """(() => {
  const noted = [];
  Object.defineProperty(window, '__noted', { value: noted });
  for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = (...given) => void noted.push(`${name}(${given})`);
  addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) =>
    noted.push(`refused ${effectiveDirective} ${blockedURI} ${sample}`), true);
})()"""

#: The elements that the page is made of. What else stands in it came out of a text.
_HTML = """a article b body button div em footer form h1 h2 h3 head header hr html input kbd label legend fieldset li link main meta nav
ol option output p q script search section select small span strong table caption thead
tbody tr th td textarea time title ul dl dt dd"""
_SVG = "svg g path circle ellipse rect line polygon polyline defs linearGradient radialGradient stop clipPath mask"
ELEMENTS = [*_HTML.split(), *_SVG.split()]

#: Gives what should not be there: foreign elements, handlers in attributes, and addresses that are none of the page's.
STRANGE = """known => {
  const found = [];
  const own = value => /^(\\/(?!\\/)|#|[\\w-]+$)/.test(value) || value.startsWith(location.origin + '/');
  const names = new Set(known);
  const never = ['srcdoc', 'formaction', 'ping', 'background', 'contenteditable', 'srcset', 'poster'];
  const walk = root => {
    for (const one of root.querySelectorAll('*')) {
      const says = `<${one.localName}> ${one.outerHTML.slice(0, 120)}`;
      if (!names.has(one.localName)) found.push(`element ${says}`);
      if (one.localName === 'script' && !/^\\/(assets\\/|theme\\.js$)/.test(one.getAttribute('src') ?? '')) found.push(`script ${says}`);
      if (one.localName === 'meta' && one.hasAttribute('http-equiv')) found.push(`meta ${says}`);
      for (const { name, value } of one.attributes) {
        if (/^on/i.test(name) || never.includes(name)) found.push(`${name} ${says}`);
        if (['href', 'src', 'action', 'xlink:href', 'data'].includes(name) && !own(value)) found.push(`${name}=${value} ${says}`);
        if (name === 'style' && /url\\((?!['"]?#)/i.test(value)) found.push(`style=${value} ${says}`);
      }
      if (one.shadowRoot) walk(one.shadowRoot);
    }
  };
  walk(document);
  return found;
}"""

#: What the page itself asks for, by the kind of request.
_ASKED = {
    "document": "/",
    "script": ("/assets/", "/theme.js"),
    "stylesheet": "/assets/",
    "font": "/assets/",
    "image": "/favicon.svg",
    "other": "/favicon.svg",
    "fetch": "/api/",
    "eventsource": "/api/",
}


class Tripwire:
    """Watches every page of a context; `asked` are the requests that are none of the page's own."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self._origin = origin
        self.asked: list[str] = []
        context.add_init_script(WIRE)
        context.on("request", self._on_request)

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        is_own = f"{parts.scheme}://{parts.netloc}" == self._origin
        path = _ASKED.get(request.resource_type, "nothing else")
        if not (is_own and parts.path.startswith(path)):
            self.asked.append(f"asked for {request.resource_type} {request.url}")

    def tripped(self, page: Page) -> list[str]:
        """What was asked for so far, and what ran, was refused, or stands in the page without belonging there."""
        noted: list[Any] = page.evaluate("window.__noted")
        return [*self.asked, *noted, *page.evaluate(STRANGE, ELEMENTS)]
