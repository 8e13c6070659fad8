"""`fab logging`: log lines go to Elasticsearch, by Logstash on the server itself or by rsyslog to one elsewhere."""

import getpass
import re
import shlex
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fabric import Connection, task

from deploy.host import layout
from deploy.host.connect import HostError, host, run, say, stop, write
from deploy.logs import elastic, files, kibana
from deploy.site import Site, SiteError, read_site

#: Of Elasticsearch, Logstash and Kibana; containers use the same (deploy/versions.env).
VERSION = next(
    line.partition("=")[2] for line in (Path(__file__).parents[1] / "versions.env").read_text().splitlines() if line.startswith("ELASTIC_VERSION=")
)
ELASTIC = ("elasticsearch", "logstash", "kibana")
REPOSITORY = "https://artifacts.elastic.co"
#: Source: Elastic, "Install Elasticsearch with Debian Package".
KEY_FINGERPRINT = "46095ACC8548582C1A2699A9D27D666CD88E42B4"
KEYRING = "/usr/share/keyrings/elastic.asc"
#: Memory, in GiB, below which the three programs would take it from Storybot; a machine of 4 shows a little less.
MEMORY_GIB = 3.5
HEAP = {"elasticsearch": "-Xms1g\n-Xmx1g\n", "logstash": "-Xms512m -Xmx512m"}
START_S = 300
RSYSLOG = ("rsyslog", "rsyslog-elasticsearch")
SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt"
APT = "env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300"


@task(name="logging")
def logging_(_c: Connection) -> None:
    """Ship the log lines as site.toml's [logs] says. Safe to say again; keys are made anew."""
    try:
        site = read_site()
        if site.logs.shipper == "none":
            raise HostError('logs.shipper is "none": name logstash or rsyslog in site.toml.')
        with host(site) as connection:
            (by_logstash if site.logs.shipper == "logstash" else by_rsyslog)(connection, site)
    except (SiteError, HostError, elastic.ElasticError) as error:
        raise stop(error) from error


@task(name="logging-password")
def logging_password(_c: Connection) -> None:
    """Put the password that rsyslog shows to Elasticsearch; asked for here, or through a pipe."""
    try:
        site = read_site()
        value = _asked("password: ")
        with host(site) as connection:
            put_password(connection, site, value)
    except (SiteError, HostError) as error:
        raise stop(error) from error


@task(name="logging-user")
def logging_user(_c: Connection, name: str, ships: bool = False) -> None:
    """Let somebody look at the logs in Kibana, or (--ships) another server ship its lines here; asks for a new password."""
    try:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", name):
            raise HostError(f"{name} is no name of a user: letters, digits, dots, hyphens and underscores.")
        value = _asked(f"password for {name}: ")
        with host(read_site()) as connection, _elasticsearch(connection) as one:
            elastic.put_user(one, name, value, elastic.INGEST if ships else elastic.READER)
        say(f"{name} may {'ship log lines' if ships else 'look at the logs'}")
    except (SiteError, HostError, elastic.ElasticError) as error:
        raise stop(error) from error


def _asked(prompt: str) -> str:
    value = (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if not value:
        raise HostError("The password is empty.")
    return value


# rsyslog, to an Elasticsearch that runs elsewhere


def put_password(connection: Connection, site: Site, value: str) -> None:
    """Write rsyslog's password to where it and the timer find it. Raises: HostError for one that it could not read."""
    if any(character in value for character in '"\\`\n'):
        raise HostError("The password may hold no quotes, backslashes and backticks.")
    write(connection, files.PASSWORD, value, mode="0600")
    write(connection, f"{layout.ETC}/ingest-login", f"{site.logs.user}:{value}\n", mode="0600")
    run(connection, "systemctl try-restart rsyslog.service", sudo=True)
    say("password: put")


def by_rsyslog(connection: Connection, site: Site) -> None:
    """rsyslog, its part of the configuration, and the timer that sends again. Raises: HostError; then nothing is in use."""
    if not run(connection, f"sh -c 'test -s {files.PASSWORD} && echo yes'", sudo=True, check=False):
        raise HostError("rsyslog has no password yet: `fab logging-password`.")
    _packages(connection, [*RSYSLOG, "ca-certificates"])
    _log_folder(connection)
    own = Path(site.logs.ca).expanduser() if site.logs.ca else None
    if own and not own.is_file():
        raise HostError(f"There is no {own}, which logs.ca names.")
    if own:
        write(connection, files.SHIPPER_CA, own.read_bytes())
    else:
        run(connection, f"cp {SYSTEM_ROOTS} {files.SHIPPER_CA}", sudo=True)
    path = "/etc/rsyslog.d/30-storybot.conf"
    write(connection, "/etc/rsyslog.d/00-storybot-size.conf", 'global(maxMessageSize="256k")\n')
    write(connection, path, files.rsyslog(site.logs.elasticsearch, site.logs.user), mode="0600")
    try:
        run(connection, "rsyslogd -N1", sudo=True)
    except HostError:
        run(connection, f"rm {path}", sudo=True)
        raise
    write(connection, f"{layout.LIBRARY}/ship_again.py", Path(__file__).with_name("ship_again.py").read_bytes(), mode="0755")
    for unit in ("storybot-ship-again.service", "storybot-ship-again.timer"):
        write(connection, f"/etc/systemd/system/{unit}", (files.FILES / unit).read_bytes())
    run(connection, "systemctl daemon-reload", sudo=True)
    run(connection, "systemctl enable --quiet --now storybot-ship-again.timer", sudo=True)
    run(connection, "systemctl enable --quiet rsyslog.service", sudo=True)
    run(connection, "systemctl restart rsyslog.service", sudo=True)
    say(f"log lines go to {site.logs.elasticsearch} by rsyslog, as {site.logs.user}")


def _packages(connection: Connection, wanted: list[str]) -> None:
    names = [one.partition("=")[0] for one in wanted]
    query = "dpkg-query -W -f '${Package} ${db:Status-Status} ${Version}\\n' " + " ".join(names)
    rows = [line.split() for line in run(connection, query, check=False).splitlines()]
    there = {f"{row[0]}={row[2]}" for row in rows if row[1:2] == ["installed"]}
    there |= {one.partition("=")[0] for one in there}
    missing = [one for one in wanted if one not in there]
    if missing:
        say(f"packages: {' '.join(missing)}")
        run(connection, f"{APT} update", sudo=True)
        run(connection, f"{APT} -o Dpkg::Options::=--force-confold install -y --no-install-recommends {' '.join(missing)}", sudo=True)


def _log_folder(connection: Connection) -> None:
    run(connection, f"install -d -m 0700 -o storybot -g storybot {files.APP_LOGS}", sudo=True)


# Elasticsearch, Logstash and Kibana on the server itself


def by_logstash(connection: Connection, site: Site) -> None:
    """Elastic's own packages, everything on loopback. Raises: HostError, ElasticError."""
    memory = int(run(connection, "awk '/MemTotal/ {print $2}' /proc/meminfo")) / 1024**2
    if memory < MEMORY_GIB:
        raise HostError(f"The server has {memory:.1f} GiB of memory, and the three programs need 4: take a larger one, or the shipper rsyslog.")
    _repository(connection)
    _packages(connection, ["acl", *(f"{name}={VERSION}{'-1' if name == 'logstash' else ''}" for name in ELASTIC)])
    _configure(connection)
    run(connection, "systemctl daemon-reload", sudo=True)
    run(connection, "systemctl enable --quiet elasticsearch.service", sudo=True)
    run(connection, "systemctl restart elasticsearch.service", sudo=True, timeout=START_S)
    with _elasticsearch(connection) as one:
        elastic.prepare(one, site.logs.keep_days)
        key_id, key = elastic.new_ingest_key(one)
        _keep(connection, "logstash", "STORYBOT_INGEST_KEY", key)
        _keep(connection, "kibana", "elasticsearch.serviceAccountToken", elastic.new_kibana_token(one))
        run(connection, "systemctl enable --quiet logstash.service kibana.service", sudo=True)
        run(connection, "systemctl restart logstash.service kibana.service", sudo=True, timeout=START_S)
        elastic.only_key(one, key_id)
        with _forwarded(connection, 5601) as port, elastic.Elastic(f"http://{files.LOOPBACK}:{port}", one.password) as pages:
            _wait_for(pages)
            elastic.put_pages(pages, kibana.ndjson())
    say(f"log lines are kept for {site.logs.keep_days} days; `fab logging-user NAME` lets somebody look at them:")
    say(f"ssh -L 5601:{files.LOOPBACK}:5601 {site.server.ssh_host}, then http://127.0.0.1:5601")


def _repository(connection: Connection) -> None:
    """Elastic's packages, signed by the one key that is known here."""
    _packages(connection, ["gnupg", "curl", "ca-certificates"])
    run(connection, f"curl -fsS -o {KEYRING}.new {REPOSITORY}/GPG-KEY-elasticsearch", sudo=True)
    shown = run(connection, f"gpg --show-keys --with-colons {KEYRING}.new", sudo=True)
    prints = [line.split(":")[9] for line in shown.splitlines() if line.startswith("fpr:")]
    if KEY_FINGERPRINT not in prints[:1]:
        raise HostError(f"{REPOSITORY} shows another signing key than the known one ({', '.join(prints) or 'none'}): nothing was installed.")
    run(connection, f"mv {KEYRING}.new {KEYRING}", sudo=True)
    major = VERSION.partition(".")[0]
    write(connection, "/etc/apt/sources.list.d/elastic.list", f"deb [signed-by={KEYRING}] {REPOSITORY}/packages/{major}.x/apt stable main\n")


def _configure(connection: Connection) -> None:
    write(connection, f"{layout.LIBRARY}/make-certificates", (files.FILES / "make-certificates").read_bytes(), mode="0755")
    certificates = "/etc/elasticsearch/certs"
    keystore = "/etc/elasticsearch/elasticsearch.keystore"
    script = (
        f"{layout.LIBRARY}/make-certificates {certificates} IP:{files.LOOPBACK},DNS:localhost; "
        f"chown -R root:elasticsearch {certificates}; chmod 0750 {certificates}; chmod 0640 {certificates}/*; "
        f"install -d -m 0755 {files.ELASTIC_ETC}; install -m 0644 {certificates}/ca.crt {files.CA}; "
        f"install -m 0644 {certificates}/ca.crt /etc/kibana/ca.crt; "
        # What the package's own way of switching security on has left there does not go with these certificates.
        f"if test -e {keystore} && /usr/share/elasticsearch/bin/elasticsearch-keystore list | grep -q ssl; then rm {keystore}; fi; "
        f"test -e {keystore} || /usr/share/elasticsearch/bin/elasticsearch-keystore create"
    )
    write(connection, "/etc/elasticsearch/elasticsearch.yml", files.elasticsearch(), mode="0640", owner="root:elasticsearch")
    write(connection, "/etc/elasticsearch/jvm.options.d/storybot.options", HEAP["elasticsearch"], mode="0640", owner="root:elasticsearch")
    run(connection, f"sh -ec {shlex.quote(script)}", sudo=True)
    write(connection, "/etc/logstash/logstash.yml", files.logstash_settings())
    write(connection, "/etc/logstash/pipelines.yml", files.pipelines())
    write(connection, "/etc/logstash/conf.d/storybot.conf", files.logstash_pipeline())
    write(connection, "/etc/default/logstash", f'LS_JAVA_OPTS="{HEAP["logstash"]}"\n')
    write(connection, "/etc/kibana/kibana.yml", files.kibana(), mode="0640", owner="root:kibana")
    let_read(connection, "logstash")


def let_read(connection: Connection, user: str) -> None:
    """Let a service's user read the app's log, now and after it was turned over, and nothing else of the app."""
    _log_folder(connection)
    script = (
        f"setfacl -m u:{user}:rx,d:u:{user}:r {files.APP_LOGS}; "
        f"find {files.APP_LOGS} -maxdepth 1 -type f -name 'app.log*' -exec setfacl -m u:{user}:r {{}} +"
    )
    run(connection, f"sh -ec {shlex.quote(script)}", sudo=True)
    run(connection, "install -d -m 0755 /etc/systemd/system/logstash.service.d", sudo=True)
    write(connection, "/etc/systemd/system/logstash.service.d/storybot.conf", (files.FILES / "logstash.service.conf").read_bytes())


def _keep(connection: Connection, program: str, name: str, secret: str) -> None:
    """Put a secret into a program's own keystore; it is typed in, and on no command line."""
    keystore = f"/usr/share/{program}/bin/{program}-keystore" + (" --path.settings /etc/logstash" if program == "logstash" else "")
    file = f"/etc/{program}/{program}.keystore"
    script = (
        f"test -e {file} || echo y | {keystore} create >/dev/null; {keystore} remove {name} </dev/null >/dev/null 2>&1 || true; "
        f"{keystore} add {name} --stdin; chown root:{program} {file}; chmod 0660 {file}"
    )
    run(connection, f"sh -ec {shlex.quote(script)}", sudo=True, given=secret + "\n")


@contextmanager
def _elasticsearch(connection: Connection) -> Iterator[elastic.Elastic]:
    """Elasticsearch on the server as its administrator, whose password is made for this once and kept nowhere."""
    reset = f"/usr/share/elasticsearch/bin/elasticsearch-reset-password --username elastic --auto --silent --batch --url {files.ELASTICSEARCH}"
    password = run(connection, reset, sudo=True, timeout=START_S).splitlines()[-1].strip()
    with tempfile.TemporaryDirectory() as folder, _forwarded(connection, 9200) as port:
        ca = Path(folder) / "ca.crt"
        ca.write_text(run(connection, f"cat {files.CA}", sudo=True) + "\n")
        with elastic.Elastic(f"https://{files.LOOPBACK}:{port}", password, ca) as one:
            yield one


@contextmanager
def _forwarded(connection: Connection, port: int) -> Iterator[int]:
    """A port here that leads to `port` on the server's loopback."""
    with socket.socket() as free:
        free.bind((files.LOOPBACK, 0))
        here = int(free.getsockname()[1])
    with connection.forward_local(here, remote_port=port, remote_host=files.LOOPBACK):
        yield here


def _wait_for(pages: elastic.Elastic, seconds: float = START_S) -> None:
    """Until Kibana can work. Raises: ElasticError with its last word."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if pages.ask("GET", "/api/status")["status"]["overall"]["level"] == "available":
                return
            raise elastic.ElasticError("Kibana is not available yet; its log: journalctl -u kibana.")
        except elastic.ElasticError:
            if time.monotonic() > deadline:
                raise
            time.sleep(2)
