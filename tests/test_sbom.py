"""The bills of materials (`make sbom`): of the backend and of the page, complete, and without what only developers need."""

import json
import re
import tomllib
from typing import Any

import pytest

from tests.processes.harness import ROOT
from tests.requirements import need


def _bill(name: str) -> dict[str, Any]:
    path = ROOT / "sbom" / f"{name}.cdx.json"
    need(path.is_file(), "the bills of materials (make sbom)")
    bill: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    return bill


def _components(name: str) -> dict[str, str]:
    """Versions by name; every component can be looked up by its package URL and its hash."""
    components = _bill(name)["components"]
    for one in components:
        assert one["purl"].startswith("pkg:"), one
        assert one.get("hashes") or any(reference.get("hashes") for reference in one.get("externalReferences", [])), one["name"]
    return {one["name"].casefold(): one["version"] for one in components}


def _plain(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement)[0].casefold()


def test_the_backends_bill_is_its_lock() -> None:
    components = _components("python")
    locked = re.findall(r"^([A-Za-z0-9._-]+)==([^\s\\]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), flags=re.M)
    assert components == {name.casefold(): version for name, version in locked}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {_plain(one) for one in project["dependencies"]} <= set(components)
    assert _bill("python")["metadata"]["component"]["name"] == project["name"]


def test_the_pages_bill_names_what_is_delivered_and_nothing_else() -> None:
    components = _components("page")
    package = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name in package["dependencies"]:
        assert components[name] == lock[f"node_modules/{name}"]["version"]
    assert not {"vite", "vitest", "eslint", "typescript"} & set(components)


@pytest.mark.parametrize("name", ["python", "page"])
def test_every_component_is_named_once(name: str) -> None:
    listed = [(one["name"], one["version"]) for one in _bill(name)["components"]]
    assert len(set(listed)) == len(listed) > 20
