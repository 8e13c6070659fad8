"""A server that boots: Debian in a folder, started with systemd-nspawn in a network of its own, reached by SSH.

The folder of packages is made once (debootstrap) and kept in the cache folder; each run lays a fresh one over it.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from deploy.host.setup import BROTLI, PACKAGES
from deploy.logs.tasks import RSYSLOG
from deploy.watch.tasks import PACKAGES as WATCHING
from tests.processes.harness import ROOT, wait_until

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "storybot-test-server"
#: What a server of a cloud has besides the packages that `fab setup` asks for.
CLOUD = ("dbus", "iproute2", "libpam-systemd", "openssh-server", "procps", "python3", "systemd", "systemd-sysv", "systemd-timesyncd")
INCLUDED = sorted({*PACKAGES, BROTLI, *WATCHING.split(), *RSYSLOG, "acl"})
SUITE = "bookworm"
BOOT_S = 60
SSH_PORT = 22


def _run(*words: str) -> str:
    found = subprocess.run(words, capture_output=True, text=True)
    assert found.returncode == 0, f"{words[0]} failed: {found.stderr[-1500:] or found.stdout[-1500:]}"
    return found.stdout


def base() -> Path:
    """The folder with all packages; made where it is missing."""
    key = hashlib.sha256("\n".join([SUITE, *CLOUD, *INCLUDED]).encode()).hexdigest()[:12]
    folder = CACHE / f"base-{key}"
    if not (folder / "complete").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=CACHE))
        unfinished.chmod(0o755)
        root = unfinished / "root"
        try:
            _run("debootstrap", "--variant=minbase", f"--include={','.join(CLOUD)}", SUITE, str(root))
            _install(root)
            (unfinished / "complete").touch()
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return folder / "root"


def _install(root: Path) -> None:
    """What debootstrap cannot put in order itself; by this machine's own way to Debian's packages."""
    for name in ("etc/apt/sources.list", "etc/apt/sources.list.d", "etc/apt/apt.conf.d", "etc/resolv.conf"):
        source = Path("/") / name
        if source.is_dir():
            shutil.copytree(source, root / name, dirs_exist_ok=True)
        elif source.is_file():
            shutil.copy(source, root / name)
    silent = root / "usr/sbin/policy-rc.d"
    silent.write_text("#!/bin/sh\nexit 101\n")
    silent.chmod(0o755)
    apt = ("chroot", str(root), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq")
    _run(*apt, "update")
    _run(*apt, "install", "-y", "--no-install-recommends", *INCLUDED)
    _run(*apt, "clean")
    silent.unlink()


def wheels() -> Path:
    """The packages of the lock file, for a server that reaches no registry; kept for as long as the lock file is the same."""
    key = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()[:12]
    folder = CACHE / f"wheels-{key}"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", "-d", str(folder), "-r", str(ROOT / "requirements.lock"))
        (folder / "complete").touch()
    return folder


class Machine:
    """One booted server; `address` is its own, `gateway` that of this machine in the network between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        number = os.getpid() % 200 + 20
        self.name = f"sb{os.getpid()}"
        self.gateway, self.address = f"10.87.{number}.1", f"10.87.{number}.2"
        self.root = folder / "root"
        self.key = folder / "id_ed25519"
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Lay a fresh folder over the packages, with a user `admin` as clouds make one."""
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir()
        _run("mount", "-t", "tmpfs", "-o", "size=3g,mode=0755", "storybot-test", str(self.folder / "upper"))
        for name in ("u", "w"):
            (self.folder / "upper" / name).mkdir()
        layers = f"lowerdir={base()},upperdir={self.folder / 'upper/u'},workdir={self.folder / 'upper/w'}"
        _run("mount", "-t", "overlay", "overlay", "-o", layers, str(self.root))
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key))
        script = """
            rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -A; systemd-machine-id-setup >/dev/null 2>&1
            useradd --create-home --shell /bin/bash admin; usermod -p '*' admin
            install -d -m 0700 -o admin -g admin /home/admin/.ssh
            echo 'admin ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/admin; chmod 0440 /etc/sudoers.d/admin
            systemctl enable -q ssh.service; systemctl disable -q WATCHING rsyslog.service syslog.socket 2>/dev/null
            systemctl mask -q systemd-resolved.service systemd-timesyncd.service getty.target console-getty.service
            echo storybot-test > /etc/hostname
        """
        _run("chroot", str(self.root), "sh", "-ec", script.replace("WATCHING", WATCHING))
        keys = self.root / "home/admin/.ssh/authorized_keys"
        keys.write_text(self.key.with_suffix(".pub").read_text())
        shutil.chown(keys, (self.root / "home/admin").stat().st_uid, (self.root / "home/admin").stat().st_gid)
        (self.root / "etc/pip.conf").write_text("[global]\nno-index = true\nfind-links = /wheels\n")
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost storybot-test\n::1 localhost\n")

    def connect(self) -> None:
        """A network of its own, with a cable to this machine."""
        outside = f"{self.name}v"
        _run("ip", "netns", "add", self.name)
        _run("ip", "link", "add", outside, "type", "veth", "peer", "name", "host0", "netns", self.name)
        _run("ip", "address", "add", f"{self.gateway}/30", "dev", outside)
        _run("ip", "link", "set", outside, "up")
        for words in (("address", "add", f"{self.address}/30", "dev", "host0"), ("link", "set", "host0", "up"), ("link", "set", "lo", "up")):
            _run("ip", "-n", self.name, *words)

    def boot(self) -> None:
        """Start systemd in it and wait until SSH answers."""
        options = [
            "--quiet",
            "--register=no",
            "--keep-unit",
            "--boot",
            "--capability=CAP_NET_ADMIN",
            f"--network-namespace-path=/run/netns/{self.name}",
        ]
        words = ["systemd-nspawn", *options, f"--bind-ro={wheels()}:/wheels", "-D", str(self.root)]
        with (self.folder / "console").open("wb") as console:
            environment = os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=environment)
        wait_until(lambda: self._scan() or self._ended(), BOOT_S, "SSH on the server that boots", every_s=0.2)

    def _ended(self) -> None:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "console").read_text()[-2000:]

    def _scan(self) -> str:
        found = subprocess.run(["ssh-keyscan", "-T", "2", self.address], capture_output=True, text=True)
        return found.stdout

    def trust(self) -> Path:
        """A file with the server's keys; found on its own disk, as its console would show them."""
        known = self.folder / "known_hosts"
        keys = [path.read_text().split()[:2] for path in sorted((self.root / "etc/ssh").glob("ssh_host_*.pub"))]
        known.write_text("".join(f"{self.address} {' '.join(key)}\n" for key in keys))
        return known

    def inside(self, script: str) -> str:
        """What a script prints that runs on the server as root, without SSH."""
        leader = self._leader()
        found = subprocess.run(["nsenter", "-t", leader, "-m", "-u", "-i", "-n", "-p", "sh", "-ec", script], capture_output=True, text=True)
        assert found.returncode == 0, f"{script}\n{found.stdout}{found.stderr}"
        return found.stdout.strip()

    def _leader(self) -> str:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return children[0]

    def shut_down(self) -> None:
        """End it, and take everything away that was made for it."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(15)
            self._process.kill()
            self._process.wait()
        subprocess.run(["ip", "link", "delete", f"{self.name}v"], capture_output=True)
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True)
        for mounted in (self.root, self.folder / "upper"):
            subprocess.run(["umount", "-l", str(mounted)], capture_output=True)


@contextlib.contextmanager
def booted() -> Iterator[Machine]:
    """A server that runs, with an address, and nothing of Storybot on it."""
    folder = Path(tempfile.mkdtemp(prefix="storybot-server-"))
    machine = Machine(folder)
    try:
        machine.prepare()
        machine.connect()
        machine.boot()
        yield machine
    finally:
        machine.shut_down()
        time.sleep(0.2)
        shutil.rmtree(folder, ignore_errors=True)
