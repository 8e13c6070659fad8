"""`fab setup`: from an empty Debian 12 or Ubuntu to a server that is ready for a release. Safe to say again."""

import shlex
from pathlib import Path

from fabric import Connection

from deploy.host import layout
from deploy.host.connect import HostError, run, say, write
from deploy.site import Site

PACKAGES = (
    "ca-certificates",
    "certbot",
    "curl",
    "libnginx-mod-http-headers-more-filter",
    "logrotate",
    "nftables",
    "nginx-light",
    "openssl",
    "python3-venv",
    "rsync",
    "sudo",
    "unattended-upgrades",
)
BROTLI = "libnginx-mod-http-brotli-static"
UNITS = tuple(sorted(path.name for path in layout.FILES.glob("storybot-*.*") if path.suffix in {".service", ".socket", ".timer"}))
SCRIPTS = ("note-time", "note-certificate", "reload-gateway")
TIMERS = ("storybot-backup.timer", "storybot-restore-check.timer", "storybot-certificate.timer")


def set_up(connection: Connection, site: Site) -> None:
    """Everything of the server but its certificate and a release. Raises: HostError at the first step that fails."""
    packages(connection, site)
    people(connection, site)
    folders(connection)
    settings(connection, site)
    units(connection, site)
    security(connection, site)
    if site.server.postgresql:
        postgresql(connection)
    gateway(connection, site)
    say("set up: next come `fab tls` and `fab deploy`")


def packages(connection: Connection, site: Site) -> None:
    """Debian's packages; nothing is asked for that is there already."""
    system = run(connection, "sh -c '. /etc/os-release; echo $ID $VERSION_ID'")
    if not system.startswith(("debian 12", "debian 13", "ubuntu 2")):
        raise HostError(f"The server runs {system}: Debian 12 or a newer one, or Ubuntu from 22.04 on, is needed.")
    wanted = [*PACKAGES, *(["postgresql"] if site.server.postgresql else []), *(["python3-boto3"] if site.backup.bucket else [])]
    installed = set(run(connection, "dpkg-query -W -f '${Package} ${db:Status-Status}\\n'").splitlines())
    missing = [name for name in [*wanted, BROTLI] if f"{name} installed" not in installed]
    if missing:
        say(f"packages: {' '.join(missing)}")
        apt = "env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300"
        run(connection, f"{apt} update", sudo=True)
        if BROTLI in missing and not run(connection, f"apt-cache policy {BROTLI}", check=False):
            missing.remove(BROTLI)  # Ubuntu 22.04 has none; gzip does it
        if missing:
            run(connection, f"{apt} install -y --no-install-recommends {' '.join(missing)}", sudo=True)
    run(connection, "python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'")


def people(connection: Connection, site: Site) -> None:
    """The deploy user, whose key is let in and who owns the code; and the service user, who owns none of it."""
    deploy = site.server.deploy_user
    key_file = Path(site.server.deploy_key).expanduser()
    if not key_file.is_file():
        raise HostError(f"There is no {key_file}: make a key with `ssh-keygen -t ed25519`, or name another one as server.deploy_key.")
    script = (
        f"id -u storybot >/dev/null 2>&1 || useradd --system --user-group --home-dir {layout.DATA} --shell /usr/sbin/nologin storybot; "
        f"id -u {deploy} >/dev/null 2>&1 || useradd --create-home --user-group --shell /bin/bash {deploy}; "
        f"usermod -p '*' {deploy}; usermod -a -G systemd-journal {deploy}; chmod 0700 /home/{deploy}; "
        f"install -d -m 0700 -o {deploy} -g {deploy} /home/{deploy}/.ssh"
    )
    run(connection, f"sh -ec {shlex.quote(script)}", sudo=True)
    write(connection, f"/home/{deploy}/.ssh/authorized_keys", key_file.read_text(), mode="0600", owner=f"{deploy}:{deploy}")
    say(f"users: {deploy} (deploys), storybot (runs it)")


def folders(connection: Connection) -> None:
    """The folders with their owners and modes."""
    service = "storybot"
    made = [
        (layout.APP, "0755", "root", "root"),
        (layout.ETC, "0750", "root", service),
        (layout.SECRETS, "0700", "root", "root"),
        (layout.DATA, "0700", service, service),
        (layout.BACKUPS, "0700", service, service),
        (layout.LIBRARY, "0755", "root", "root"),
        (f"{layout.LIBRARY}/pages", "0755", "root", "root"),
        (layout.ACME_ROOT, "0755", "root", "root"),
        ("/var/lib/prometheus/node-exporter", "0755", "root", "root"),
    ]
    script = "; ".join(f"install -d -m {mode} -o {owner} -g {group} {path}" for path, mode, owner, group in made)
    run(connection, f"sh -ec {shlex.quote(script)}", sudo=True)


def settings(connection: Connection, site: Site) -> None:
    """What the app is told, and which secrets it is handed."""
    deploy = site.server.deploy_user
    script = f"for one in {layout.APP} {layout.RELEASES} {layout.VENVS} {layout.STATIC}; do install -d -m 0755 -o {deploy} -g {deploy} $one; done"
    run(connection, f"sh -ec {shlex.quote(script)}", sudo=True)
    write(connection, f"{layout.ETC}/storybot.env", layout.environment(site), mode="0640", owner="root:storybot")
    write(connection, f"{layout.ETC}/site.sh", f"SITE_HOST={site.site.host}\n")
    credentials(connection)


def credentials(connection: Connection) -> list[str]:
    """Name the secrets that lie on the server to the units; returns their names."""
    names = run(connection, f"ls {layout.SECRETS}", sudo=True).split()
    folder = "/etc/systemd/system/storybot-.service.d"
    run(connection, f"install -d -m 0755 {folder}", sudo=True)
    if write(connection, f"{folder}/secrets.conf", layout.credentials(names)):
        run(connection, "systemctl daemon-reload", sudo=True)
    return names


def units(connection: Connection, site: Site) -> None:
    """systemd's units, and the scripts that they call; what is to run at every start is enabled."""
    for name in SCRIPTS:
        write(connection, f"{layout.LIBRARY}/{name}", (layout.FILES / name).read_bytes(), mode="0755")
    write(connection, f"{layout.LIBRARY}/backup.py", (layout.HERE / "backup.py").read_bytes(), mode="0755")
    write(connection, f"{layout.LIBRARY}/pages/unavailable.html", (layout.FILES / "unavailable.html").read_bytes())
    contents = {name: (layout.FILES / name).read_text() for name in UNITS} | {"storybot-backup.timer": layout.backup_timer(site)}
    changed = [name for name, content in contents.items() if write(connection, f"/etc/systemd/system/{name}", content)]
    if changed:
        run(connection, "systemctl daemon-reload", sudo=True)
    wanted = ["storybot-web.socket", *layout.SERVICES]
    if site.app.local_model:
        wanted.append(f"storybot-model@{site.app.local_model}.service")
    run(connection, f"systemctl enable --quiet {' '.join(wanted)}", sudo=True)
    run(connection, f"systemctl enable --quiet --now {' '.join(TIMERS)}", sudo=True)
    # Debian's own timer would renew without a second try and without the gateway's reload.
    run(connection, "systemctl disable --quiet --now certbot.timer", check=False, sudo=True)
    run(connection, "systemctl start storybot-web.socket", sudo=True)
    say(f"systemd: {len(contents)} units, {len(changed)} of them new or changed")


def security(connection: Connection, site: Site) -> None:
    """Firewall, security updates by themselves, SSH with keys only, and what the deploy user may do."""
    check = f"{layout.ETC}/sudoers.new"
    write(connection, check, layout.sudoers(site), mode="0440")
    run(connection, f"visudo -cqf {check}", sudo=True)
    run(connection, f"mv {check} /etc/sudoers.d/storybot", sudo=True)
    write(connection, "/etc/apt/apt.conf.d/52storybot", (layout.FILES / "unattended-upgrades.conf").read_text())
    write(connection, "/etc/logrotate.d/storybot", (layout.FILES / "logrotate").read_text())
    if write(connection, "/etc/ssh/sshd_config.d/50-storybot.conf", (layout.FILES / "sshd.conf").read_text()):
        run(connection, "sshd -t", sudo=True)
        run(connection, "systemctl reload ssh.service", sudo=True, check=False)
    write(connection, "/etc/nftables.d-storybot.nft", layout.firewall(site), mode="0600")
    run(connection, "nft -c -f /etc/nftables.d-storybot.nft", sudo=True)
    rules = '#!/usr/sbin/nft -f\nflush ruleset\ninclude "/etc/nftables.d-storybot.nft"\n'
    write(connection, "/etc/nftables.conf", rules, mode="0755")
    run(connection, "systemctl enable --quiet nftables.service", sudo=True)
    run(connection, "systemctl restart nftables.service", sudo=True)
    say("firewall: 80 and 443 for all, SSH for " + ", ".join(site.server.ssh_from))


def postgresql(connection: Connection) -> None:
    """A database of PostgreSQL that the service user may use without a password, on this machine only."""
    # It refuses to make what is there already, which is just as well.
    script = (
        "systemctl enable --quiet --now postgresql.service; cd /; for make in 'createuser storybot' 'createdb -O storybot storybot'; do "
        "runuser -u postgres -- $make 2>&1 | grep -v 'already exists' || true; done; "
        "runuser -u storybot -- psql -qAtc 'SELECT 1' storybot"
    )
    run(connection, f"sh -ec {shlex.quote(script)}", sudo=True)
    say("PostgreSQL: database storybot, ready for when it is wanted")


def gateway(connection: Connection, site: Site) -> None:
    """nginx with the site; a configuration that nginx refuses changes nothing. Raises: HostError with nginx's words."""
    live = f"{layout.CERTIFICATES}/{site.site.host}/fullchain.pem"
    has_certificate = bool(run(connection, f"sh -c 'test -e {live} && echo yes'", sudo=True, check=False))
    has_brotli = bool(run(connection, "sh -c 'ls /etc/nginx/modules-enabled | grep brotli-static'", check=False))
    run(connection, "rm -f /etc/nginx/sites-enabled/default", sudo=True)
    path = "/etc/nginx/conf.d/storybot.conf"
    run(connection, f"sh -c 'test ! -e {path} || cp -p {path} {path}.before'", sudo=True)
    write(connection, path, layout.gateway(site, certificate=has_certificate, brotli=has_brotli))
    try:
        run(connection, "nginx -t -q", sudo=True)
    except HostError:
        run(connection, f"sh -c 'if test -e {path}.before; then mv {path}.before {path}; else rm {path}; fi'", sudo=True)
        raise
    run(connection, f"rm -f {path}.before", sudo=True)
    run(connection, "systemctl enable --quiet nginx.service", sudo=True)
    run(connection, "systemctl reload-or-restart nginx.service", sudo=True)
    say("gateway: " + (", ".join(site.hosts) if has_certificate else "waiting for a certificate (`fab tls`)"))
