"""The page's bill of materials: `npm sbom` of everything on stdin, on stdout only what the page is made of.

npm's own `--omit dev` leaves React out, as packages for developers want it too. Here stays what can be reached from the
page's dependencies in the lock file, by what each package needs to run.
"""

import json
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent.parent / "web" / "package-lock.json"


def delivered(packages: dict[str, Any]) -> set[str]:
    """Keys of the lock file's packages that the page is made of."""
    found: set[str] = set()
    waiting = [("", name) for name in packages[""]["dependencies"]]
    while waiting:
        place, name = waiting.pop()
        # Node's way of looking: beside the package, then further and further out.
        inner = f"{place}/node_modules/{name}".lstrip("/")
        key = next((key for key in (inner, _beside(place, name), f"node_modules/{name}") if key in packages), None)
        if key is None or key in found:
            continue
        found.add(key)
        package = packages[key]
        optional = {peer for peer, how in package.get("peerDependenciesMeta", {}).items() if how.get("optional")}
        waiting += [(key, other) for other in {**package.get("dependencies", {}), **package.get("peerDependencies", {})} if other not in optional]
    return found


def _beside(place: str, name: str) -> str:
    outer = place.rpartition("node_modules/")[0].rstrip("/")
    return f"{outer}/node_modules/{name}".lstrip("/")


def main() -> None:
    """Filter the bill."""
    bill = json.load(sys.stdin)
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    kept = {f"{key.rpartition('node_modules/')[2]}@{packages[key]['version']}" for key in delivered(packages)}
    root = bill["metadata"]["component"]["bom-ref"]
    bill["components"] = [one for one in bill["components"] if f"{one['name']}@{one['version']}" in kept]
    refs = {root, *(one["bom-ref"] for one in bill["components"])}
    bill["dependencies"] = [
        one | {"dependsOn": [ref for ref in one.get("dependsOn", []) if ref in refs]} for one in bill["dependencies"] if one["ref"] in refs
    ]
    json.dump(bill, sys.stdout, indent=1)


main()
