"""`fab watch`: Prometheus, Alertmanager and node exporter on the server, on loopback."""

import getpass
import sys
from pathlib import Path

from fabric import Connection, task

from deploy.host.connect import HostError, host, run, say, stop, write
from deploy.site import Site, SiteError, read_site
from deploy.watch import configuration

PACKAGES = "prometheus prometheus-alertmanager prometheus-node-exporter"
RULES = Path(__file__).parent / "rules"
FOLDER = "/etc/prometheus"
#: Where `note-time` leaves what node exporter then shows.
TEXTFILES = "/var/lib/prometheus/node-exporter"
#: Everything listens on loopback; whoever wants to look comes through SSH. Debian's units read these files.
DEFAULTS = {
    "prometheus": f"--web.listen-address={configuration.PROMETHEUS} --storage.tsdb.retention.time=90d",
    "prometheus-alertmanager": f"--web.listen-address={configuration.ALERTMANAGER} --cluster.listen-address=",
    "prometheus-node-exporter": f"--web.listen-address={configuration.NODE_EXPORTER} --collector.textfile.directory={TEXTFILES}",
}


@task
def watch(_c: Connection) -> None:
    """Watch the server: metrics, objectives and alerts, by Prometheus and Alertmanager. Safe to say again."""
    try:
        site = read_site()
        with host(site) as connection:
            install(connection, site)
    except (SiteError, HostError) as error:
        raise stop(error) from error


@task(name="watch-password")
def watch_password(_c: Connection) -> None:
    """Put the password of the mail server that alerts go out by; asked for here, or through a pipe."""
    value = getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline()
    try:
        with host(read_site()) as connection:
            write(connection, configuration.SMTP_PASSWORD, value.strip(), mode="0640", owner="root:prometheus")
            run(connection, "systemctl try-reload-or-restart prometheus-alertmanager.service", sudo=True)
    except (SiteError, HostError) as error:
        raise stop(error) from error


def install(connection: Connection, site: Site) -> None:
    """Put the programs and their files onto the server; files that do not pass their programs' check change nothing.

    Raises: HostError.
    """
    # Before the packages, whose programs start at once: none of them ever listens elsewhere than on loopback.
    for name, words in DEFAULTS.items():
        write(connection, f"/etc/default/{name}", f'ARGS="{words}"\n')
    installed = run(connection, f"dpkg-query -W -f '${{db:Status-Status}} ' {PACKAGES}", check=False).split()
    if installed != ["installed"] * len(PACKAGES.split()):
        say(f"packages: {PACKAGES}")
        apt = "env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300"
        run(connection, f"{apt} update", sudo=True)
        run(connection, f"{apt} -o Dpkg::Options::=--force-confold install -y --no-install-recommends {PACKAGES}", sudo=True)
    waiting = f"{FOLDER}/storybot.new"
    run(connection, f"install -d -m 0755 {FOLDER}/storybot {waiting}", sudo=True)
    for name in ("recording.yml", "alerts.yml"):
        write(connection, f"{waiting}/{name}", (RULES / name).read_bytes())
    write(connection, f"{waiting}/prometheus.yml", configuration.prometheus(rules=f"{waiting}/*s.yml"))
    write(connection, f"{waiting}/alertmanager.yml", configuration.alertmanager(site))
    run(connection, f"promtool check rules {waiting}/recording.yml {waiting}/alerts.yml", sudo=True)
    run(connection, f"amtool check-config {waiting}/alertmanager.yml", sudo=True)
    run(connection, f"cp {waiting}/recording.yml {waiting}/alerts.yml {FOLDER}/storybot/", sudo=True)
    run(connection, f"cp {waiting}/alertmanager.yml {FOLDER}/alertmanager.yml", sudo=True)
    write(connection, f"{FOLDER}/prometheus.yml", configuration.prometheus())
    run(connection, f"rm -r {waiting}", sudo=True)
    run(connection, f"promtool check config {FOLDER}/prometheus.yml", sudo=True)
    units = " ".join(f"{name}.service" for name in DEFAULTS)
    run(connection, f"systemctl enable --quiet {units}", sudo=True)
    run(connection, f"systemctl restart {units}", sudo=True)
    if not site.watch.smtp_host and not site.watch.alert_webhook:
        say("alerts reach nobody yet: set watch.smtp_host or watch.alert_webhook in site.toml")
    say(f"watching: ssh -L 9090:{configuration.PROMETHEUS} {site.server.ssh_host}, then http://127.0.0.1:9090")
