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
    """axe finds nothing."""
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate("tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })", TAGS)
    broken = [f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found["violations"]]
    assert not broken, "\n".join(broken)


def assert_no_sideways_scrolling(page: Page) -> None:
    """Everything fits into the window's width."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def texts(language: str) -> dict[str, Any]:
    """The story page's catalogue."""
    return _catalogue(f"src/features/story/story.{language}.ts")


def page_texts(language: str) -> dict[str, Any]:
    """The catalogue of all other pages."""
    return _catalogue(f"src/lib/i18n/{language}.ts")


@functools.cache
def _catalogue(path: str) -> dict[str, Any]:
    """The default export of a module of the page that needs no other one."""
    script = (
        "const ts = require('typescript'), fs = require('fs'), module_ = { exports: {} };"
        "const code = ts.transpileModule(fs.readFileSync(process.argv[1], 'utf8'), { compilerOptions: { module: 'commonjs' } }).outputText;"
        "new Function('module', 'exports', code)(module_, module_.exports);"
        "console.log(JSON.stringify(module_.exports.default))"
    )
    shown = subprocess.run(["node", "-e", script, path], cwd=ROOT / "web", check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


__all__ = ["assert_accessible", "assert_counted", "assert_no_sideways_scrolling", "await_numbers", "expect", "numbers", "page_texts", "texts"]
