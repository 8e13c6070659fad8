"""Where things lie on the server, and what its programs are told: the same names in every module."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from deploy.site import Site
from storybot.app import ALLOWED_HEADERS, EXPOSED_HEADERS, METHODS

HERE = Path(__file__).parent
FILES = HERE / "files"

APP = "/srv/storybot"
RELEASES = f"{APP}/releases"
VENVS = f"{APP}/venvs"
#: Files with a hash in their name, of all releases that are kept: a page that is open still may ask for older ones.
STATIC = f"{APP}/static"
CURRENT = f"{APP}/current"
ETC = "/etc/storybot"
SECRETS = f"{ETC}/secrets"
DATA = "/var/lib/storybot"
BACKUPS = "/var/backups/storybot"
LIBRARY = "/usr/local/lib/storybot"
ACME_ROOT = "/var/lib/storybot-acme"
CERTIFICATES = "/etc/letsencrypt/live"
BACKEND = "127.0.0.1:5000"
PREFIX = "/api"
METRICS_PORTS = {"web": 9500, "worker": 9501}
#: Releases that stay on the server, the one in use among them.
KEPT = 5
SERVICES = ("storybot-web.service", "storybot-worker.service")

#: Answers of the gateway itself, in the app's own shape: location, status, slug, title, detail.
TROUBLES = (
    ("too_large", 413, "too-large", "The request is too large", "Send less at once."),
    ("too_many", 429, "too-many-requests", "Too many requests", "Wait a few seconds and try again."),
    ("away", 503, "not-ready", "Storybot is not ready", "It is being looked after and will be back shortly; nothing is lost."),
)


def gateway(site: Site, *, certificate: bool, brotli: bool, backend: str = BACKEND) -> str:
    """nginx's configuration of the site; without a `certificate` only what is needed to get one.

    Two answers differ with `brotli`: whether the module that hands out Brotli files is there.
    """
    templates = Environment(  # noqa: S701 - what is made is no markup
        loader=FileSystemLoader(HERE / "templates"), undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=False
    )
    return templates.get_template("nginx.conf.j2").render(
        site=site,
        backend=backend,
        brotli=brotli,
        certificate=f"{CERTIFICATES}/{site.site.host}" if certificate else "",
        acme_root=ACME_ROOT,
        static=STATIC,
        pages=f"{LIBRARY}/pages",
        prefix=PREFIX,
        troubles=TROUBLES,
        problem_base="urn:storybot:problem:",
        methods=", ".join(METHODS),
        allowed=", ".join([*ALLOWED_HEADERS, "X-CSRF-Token"]),
        exposed=", ".join(EXPOSED_HEADERS),
    )


def environment(site: Site) -> str:
    """The app's settings, as systemd reads them (`EnvironmentFile=`); no secret is among them."""
    origin = f"https://{site.site.host}"
    values: dict[str, object] = {
        "STORYBOT_HOST": "127.0.0.1",
        "STORYBOT_PORT": BACKEND.rpartition(":")[2],
        "STORYBOT_DATA_DIR": DATA,
        "STORYBOT_API_PREFIX": PREFIX,
        "STORYBOT_API_URL": f"https://{site.site.api_host}" if site.two_hosts else "",
        "STORYBOT_CORS_ORIGINS": ",".join(site.origins),
        "STORYBOT_CORS_AT_GATEWAY": 1,
        "STORYBOT_TRUSTED_HOSTS": ",".join(site.hosts),
        "STORYBOT_TRUSTED_PROXIES": 1,
        "STORYBOT_HSTS": "",
        "STORYBOT_METRICS_PORT": METRICS_PORTS["web"],
        "STORYBOT_WORKER_METRICS_PORT": METRICS_PORTS["worker"],
        "STORYBOT_OPEN_BROWSER": "off",
        "STORYBOT_ACCOUNTS": site.app.accounts,
        "STORYBOT_SITE_URL": origin if site.app.accounts == "on" else "",
        "STORYBOT_LOCAL_MODEL": site.app.local_model,
        **{f"STORYBOT_{name.upper()}": int(value) if isinstance(value, bool) else value for name, value in site.app.settings.items()},
        "BACKUP_DIR": BACKUPS,
        "BACKUP_KEEP_DAILY": site.backup.keep_daily,
        "BACKUP_KEEP_WEEKLY": site.backup.keep_weekly,
        "BACKUP_KEEP_MONTHLY": site.backup.keep_monthly,
        "BACKUP_BUCKET": site.backup.bucket,
        "BACKUP_PREFIX": site.backup.prefix,
        "AWS_DEFAULT_REGION": site.aws.region if site.backup.bucket else "",
    }
    lines = [f'{name}="{value}"' for name, value in values.items() if value != ""]
    return "\n".join(["# Made by `fab setup` from deploy/site.toml: change it there.", 'STORYBOT_HSTS=""', *lines]) + "\n"


def backup_timer(site: Site) -> str:
    """The timer of the daily backup."""
    return f"""[Unit]
Description=Storybot: a backup every day

[Timer]
OnCalendar=*-*-* {site.backup.at}:00 UTC
RandomizedDelaySec=5min
Persistent=true

[Install]
WantedBy=timers.target
"""


def credentials(names: list[str]) -> str:
    """A drop-in of all of Storybot's services that hands them their secrets, which systemd alone reads from the disk."""
    lines = [f"LoadCredential={name}:{SECRETS}/{name}\nEnvironment=STORYBOT_{name.upper()}_FILE=%d/{name}" for name in sorted(names)]
    return "\n".join(["[Service]", *lines]) + "\n"


def firewall(site: Site) -> str:
    """nftables: the site's ports for all, SSH for some, and whatever the server asks for itself."""
    four = [network for network in site.server.ssh_from if ":" not in network]
    six = [network for network in site.server.ssh_from if ":" in network]
    port = site.server.ssh_port
    ssh = [f"ip saddr {{ {', '.join(four)} }} tcp dport {port} accept"] if four else []
    ssh += [f"ip6 saddr {{ {', '.join(six)} }} tcp dport {port} accept"] if six else []
    rules = "\n        ".join(ssh)
    return f"""#!/usr/sbin/nft -f
# Made by `fab setup` from deploy/site.toml: change it there.
table inet storybot
delete table inet storybot
table inet storybot {{
    chain input {{
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        ct state invalid drop
        iif lo accept
        meta l4proto {{ 1, 58 }} accept comment "ICMP and ICMPv6"
        udp sport 67 udp dport 68 accept
        udp dport 546 ip6 saddr fe80::/10 accept
        tcp dport {{ 80, 443 }} accept
        {rules}
    }}
    chain forward {{
        type filter hook forward priority filter; policy drop;
    }}
}}
"""


def sudoers(site: Site) -> str:
    """What the deploy user may do as root: exactly these commands, each with exactly these words."""
    systemctl = "/usr/bin/systemctl"
    units = " ".join(SERVICES)
    commands = [
        f"{systemctl} start storybot-migrate.service",
        f"{systemctl} start storybot-backup.service",
        f"{systemctl} start storybot-restore-check.service",
        *(f"{systemctl} restart {service}" for service in SERVICES),
        f"{systemctl} restart {units}",
    ]
    aliases = ", \\\n    ".join(commands)
    return f"Cmnd_Alias STORYBOT = {aliases}\n{site.server.deploy_user} ALL=(root) NOPASSWD: STORYBOT\n"
