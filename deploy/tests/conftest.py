"""One server for all tests of this folder that need it: set up, certified and deployed to by `fab`, as an operator does it."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deploy.tests import machine
from deploy.tests.visitor import Visitor
from tests.processes.harness import ROOT, Overheard, wait_until
from tests.requirements import need

PAGE, WWW, API = "stories.test", "www.stories.test", "api.stories.test"
WORDS, RATE = 200, 25
SITE = """
[site]
host = "{page}"
layout = "two-host"
api_host = "{api}"
email = "ops@{page}"
origins = ["https://partner.test"]
[server]
ssh_host = "{address}"
deploy_key = "{key}.pub"
known_hosts = "{known}"
[app]
accounts = "off"
open_to_everybody = true
[app.settings]
engine = "openai"
openai_base_url = "http://{gateway}:{model_port}/v1"
openai_model = "words"
limits = "off"
open_generations = 500
private_servers = "on"
[gateway]
requests_per_s = 100
burst = 200
connections = 200
[tls]
acme_server = "https://{gateway}:{acme_port}/dir"
acme_ca = "{acme_ca}"
"""


class Teller(Overheard):
    """The model server of the site: it says numbered words, and can be kept from saying more of them."""

    def __init__(self, host: str) -> None:
        super().__init__(words=WORDS, rate=RATE, host=host, before_word=self._turn_of)
        self.until = WORDS

    async def _turn_of(self, number: int) -> None:
        while number > self.until:  # noqa: ASYNC110 - what lets it go on is set by another thread
            await asyncio.sleep(0.05)


@dataclass
class Site:
    """A server that an operator looks after from this machine."""

    machine: machine.Machine
    folder: Path
    model: Teller
    visitor: Visitor
    said: dict[str, str] = field(default_factory=dict)

    def fab(self, *words: str, root: Path = ROOT, given: str = "") -> str:
        """What `fab` prints. Raises: AssertionError with that where it fails."""
        found = self.try_fab(*words, root=root, given=given)
        assert found.returncode == 0, f"fab {' '.join(words)}\n{found.stdout}{found.stderr}"
        return found.stdout

    def try_fab(self, *words: str, root: Path = ROOT, given: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
        """The same, also where it fails."""
        program = Path(sys.executable).with_name("fab")
        environment = os.environ | {"STORYBOT_SITE": str(self.folder / "site.toml")} | variables
        return subprocess.run([str(program), *words], cwd=root / "deploy", env=environment, capture_output=True, text=True, input=given)

    def tell(self, prompt: str = "A fox") -> dict[str, Any]:
        """A story that begins to be told, asked for as the page does it."""
        answer = self.visitor.call(f"{API}/stories", "POST", {"prompt": prompt, "language": "en"}, Origin=f"https://{PAGE}")
        assert answer.status in {201, 202}, answer
        story: dict[str, Any] = answer.json
        return story

    def released(self) -> str:
        """The release in use."""
        return self.machine.inside("readlink /srv/storybot/current").rpartition("/")[2]


@pytest.fixture(scope="session")
def acme(server_machine: machine.Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Let's Encrypt's own test server (pebble): its port and the root of its HTTPS."""
    folder = tmp_path_factory.mktemp("acme")
    names = f"subjectAltName=IP:{server_machine.gateway},IP:127.0.0.1,DNS:localhost"
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=pebble -keyout key.pem -out cert.pem -addext"
    subprocess.run([*words.split(), names], cwd=folder, check=True, capture_output=True)
    port = 14000
    pebble = {
        "listenAddress": f"{server_machine.gateway}:{port}",
        "managementListenAddress": f"{server_machine.gateway}:15000",
        "certificate": str(folder / "cert.pem"),
        "privateKey": str(folder / "key.pem"),
        "httpPort": 80,
        "tlsPort": 443,
        "certificateValidityPeriod": 864000,
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": pebble}))
    dns = ["pebble-challtestsrv", "-defaultIPv4", server_machine.address, "-defaultIPv6", "", "-dns01", f"{server_machine.gateway}:8053"]
    dns += ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", f"{server_machine.gateway}:8055"]
    variables = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    with (folder / "log").open("wb") as log:
        running = [
            subprocess.Popen(words, cwd=folder, env=variables, stdout=log, stderr=log)
            for words in (dns, ["pebble", "-config", "pebble.json", "-dnsserver", f"{server_machine.gateway}:8053"])
        ]
        try:
            wait_until(lambda: _curl(f"https://{server_machine.gateway}:{port}/dir"), 15, "the ACME server")
            yield port, folder / "cert.pem"
        finally:
            for one in running:
                one.terminate()
                one.wait(10)


def _curl(url: str) -> bytes:
    return subprocess.run(["curl", "-sk", "-m", "5", url], capture_output=True).stdout


@pytest.fixture(scope="session")
def server_machine() -> Iterator[machine.Machine]:
    """A Debian that boots, as a cloud hands it over."""
    need(os.geteuid() == 0, "root, to boot a server on this machine")
    for program in ("debootstrap", "systemd-nspawn", "ip", "rsync", "pebble", "pebble-challtestsrv", "ssh-keyscan", "curl"):
        need(shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin"), f"{program} (make test-deploy as root installs it)")
    need((ROOT / "web/dist/index.html").is_file(), "the built page (make build)")
    with machine.booted() as running:
        yield running


@pytest.fixture(scope="session")
def site(server_machine: machine.Machine, acme: tuple[int, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole site, made from an empty server by the runbook's steps."""
    folder = tmp_path_factory.mktemp("site")
    with Teller(server_machine.gateway) as model:
        made = Site(server_machine, folder, model, Visitor(server_machine.address, folder / "root.pem"))
        values = {"page": PAGE, "api": API, "address": server_machine.address, "gateway": server_machine.gateway, "key": server_machine.key}
        values |= {"known": folder / "known_hosts", "model_port": model.address.rpartition(":")[2], "acme_port": acme[0], "acme_ca": acme[1]}
        (folder / "site.toml").write_text(SITE.format(**values))
        (folder / "root.pem").write_bytes(_curl(f"https://{server_machine.gateway}:15000/roots/0"))
        fingerprint = subprocess.run(
            ["ssh-keygen", "-lf", str(server_machine.root / "etc/ssh/ssh_host_ed25519_key.pub")], capture_output=True, text=True, check=True
        ).stdout.split()[1]
        made.said["trust"] = made.fab("trust", "--yes", fingerprint)
        for step in ("setup", "tls", "deploy"):
            made.said[step] = made.fab(step)
        yield made
