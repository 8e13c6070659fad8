"""What a person sees on the page."""

import functools
import json
import re
import subprocess
from typing import Any

from playwright.sync_api import Page, expect

from tests.processes.harness import ROOT, wait_until

#: WCAG 2.2 AA, as axe names its parts.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


#: The passages of a story, and not what is said to screen readers besides.
PASSAGES = "main section[id^=passage-]"


def numbers(page: Page) -> list[int]:
    """The numbered words that stand in the story, in the order in which they are read."""
    return [int(word) for text in page.locator(PASSAGES).all_inner_texts() for word in re.findall(r"\bw(\d+)\b", text)]


def await_numbers(page: Page, at_least: int, timeout_s: float = 40) -> list[int]:
    """The numbered words, once there are `at_least` of them."""
    return wait_until(lambda: len(found := numbers(page)) >= at_least and found, timeout_s, f"{at_least} words on the page")


def assert_counted(found: list[int], until: int | None = None) -> None:
    """No word is missing and none stands twice."""
    assert found == list(range(1, (until or len(found)) + 1))


def assert_accessible(page: Page, axe: str) -> None:
    """axe finds nothing, everything standing still meanwhile."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    found: list[dict[str, Any]] = page.evaluate(_VIOLATIONS, TAGS)
    broken = [f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]
    assert not broken, "\n".join(broken)


#: Half-faded text has no contrast of its own, so nothing fades while axe looks; a message's clock rests, so that it stays.
_VIOLATIONS = """async tags => {
  const still = new CSSStyleSheet();
  still.replaceSync(`
    *:not(.Toastify__progress-bar--animated), ::before, ::after { animation: none !important; transition: none !important; }
    .Toastify__progress-bar--animated { animation-play-state: paused !important; }`);
  document.adoptedStyleSheets.push(still);
  try {
    const { violations } = await axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
    return violations;
  } finally {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter(one => one !== still);
  }
}"""


def assert_no_sideways_scrolling(page: Page) -> None:
    """Everything fits into the window's width."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def texts(language: str) -> dict[str, Any]:
    """The story page's catalogue."""
    return _catalogue(f"src/features/story/story.{language}.ts")


def page_texts(language: str) -> dict[str, Any]:
    """The catalogue of all other pages."""
    own = {name: _catalogue(f"src/features/{name}/{name}.{language}.ts") for name in ("help", "settings", "storytellers")}
    return _catalogue(f"src/lib/i18n/{language}.ts") | own


def account_texts(language: str) -> dict[str, Any]:
    """The catalogue of everything about accounts."""
    return _catalogue(f"src/features/account/account.{language}.ts")


def data_texts(language: str) -> dict[str, Any]:
    """The catalogue of the settings' section "Your data"."""
    return _catalogue(f"src/features/settings/yours.{language}.ts")


def problem_texts(language: str) -> dict[str, Any]:
    """The sentences for what goes wrong, by slug."""
    return _catalogue(f"src/api/problem.{language}.ts")


def filled(template: str, **values: object) -> str:
    """A text of a catalogue with its gaps filled in."""
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", str(value))
    assert "{{" not in template, template
    return template


def choose(page: Page, group: str, label: str) -> None:
    """Press one of a few that stand side by side."""
    page.get_by_role("group", name=group, exact=True).locator("label", has_text=label).click()


def assert_speaks(page: Page, language: str) -> None:
    """Every text that a catalogue of the page has is on the page in this language and in no other, and nowhere stands a key."""
    other = "en" if language == "de" else "de"
    own, foreign = _leaves(language), _leaves(other)
    shown = {text.strip() for text in page.evaluate(_SHOWN) if text.strip()}
    assert len(shown & set(own.values())) >= 8, f"too little to judge by: {shown}"
    strange = [_pattern(text) for text in set(foreign.values()) - set(own.values())]
    wrong = {text for text in shown if any(one.fullmatch(text) for one in strange)} - set(own.values())
    assert not {text for text in wrong if not any(_pattern(one).fullmatch(text) for one in own.values())}, wrong
    assert not shown & (set(own) | set(foreign))


#: What is read, also by the ear; not what says of itself that it is in another language.
_SHOWN = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
  for (let one = walker.currentNode; one; one = walker.nextNode()) {
    if (one.closest('[lang]:not(html), script, style')) continue;
    found.push(...['aria-label', 'placeholder', 'title'].map(name => one.getAttribute(name) ?? ''));
    found.push(...[...one.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data));
  }
  return found;
}"""


@functools.cache
def _leaves(language: str) -> dict[str, str]:
    """All texts of the page by their dotted keys."""
    found: dict[str, str] = {}

    def walk(value: Any, key: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, f"{key}.{name}" if key else name)
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                walk(inner, f"{key}.{index}")
        elif sum(letter.isalpha() for letter in re.sub(r"{{.*?}}", "", value)) > 2:
            found[key] = value

    for catalogue in (texts(language), page_texts(language), problem_texts(language), account_texts(language)):
        walk(catalogue, "")
    return found


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in re.split(r"{{.*?}}", text)))


@functools.cache
def _catalogues() -> dict[str, Any]:
    """By path under `web`: what each module of texts exports. One process of Node reads them all, as it is slow to start.

    A module that imports another one only puts together what these hold: it is left out.
    """
    script = (
        "const ts = require('typescript'), fs = require('fs'), found = {};"
        "for (const path of process.argv.slice(1)) {"
        "  const code = ts.transpileModule(fs.readFileSync(path, 'utf8'), { compilerOptions: { module: 'commonjs' } }).outputText;"
        "  if (code.includes('require(')) continue;"
        "  const module_ = { exports: {} };"
        "  new Function('module', 'exports', code)(module_, module_.exports);"
        "  found[path] = module_.exports.default"
        "}"
        "console.log(JSON.stringify(found))"
    )
    web = ROOT / "web"
    paths = sorted(
        str(path.relative_to(web)) for pattern in ("*.de.ts", "*.en.ts", "i18n/de.ts", "i18n/en.ts") for path in web.glob(f"src/**/{pattern}")
    )
    shown = subprocess.run(["node", "-e", script, *paths], cwd=web, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


def _catalogue(path: str) -> dict[str, Any]:
    """The default export of a module of the page that needs no other one."""
    found: dict[str, Any] = _catalogues()[path]
    return found


__all__ = [
    "PASSAGES",
    "account_texts",
    "assert_accessible",
    "assert_counted",
    "assert_no_sideways_scrolling",
    "assert_speaks",
    "await_numbers",
    "choose",
    "expect",
    "filled",
    "numbers",
    "page_texts",
    "problem_texts",
    "texts",
]
