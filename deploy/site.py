"""The settings of one site, from deploy/site.toml: typed, checked, read once.

A wrong value stops with one sentence that names it (`SiteError`). No secret stands in this file.
"""

import ipaddress
import os
import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

FOLDER = Path(__file__).parent
#: Another file than deploy/site.toml, where this variable of the environment names one.
VARIABLE = "STORYBOT_SITE"
#: Settings of the app that follow from the site's own, or that are secrets.
DERIVED = frozenset(
    {"host", "port", "allow_public_bind", "data_dir", "database_url", "web_dist", "api_prefix", "api_url", "cors_origins", "cors_at_gateway"}
    | {
        "trusted_hosts",
        "trusted_proxies",
        "hsts",
        "metrics_host",
        "metrics_port",
        "worker_metrics_port",
        "open_browser",
        "accounts",
        "site_url",
        "models_dir",
    }
    | {"local_model"}
)
SECRET = frozenset({"openai_api_key", "secret_key", "smtp_password", "oidc_client_secret"})

_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})+")


class SiteError(Exception):
    """A setting of the site is wrong or missing; the message is one sentence that names it and says what to do."""


def _host_name(value: str) -> str:
    if not _NAME.fullmatch(value) or value.replace(".", "").isdigit() or len(value) > 253:
        raise ValueError("must be a host name in small letters, such as example.com")
    return value


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise ValueError("must be a network such as 198.51.100.0/24") from None


def _user(value: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,30}", value) or value == "storybot":
        raise ValueError("must be a user name such as deploy, and not storybot, which is the service's")
    return value


def _mail(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", value):
        raise ValueError("must be an address such as ops@example.com")
    return value


def _https(value: str) -> str:
    if value and not re.fullmatch(r"https://[^\s\"'<>;{}]+", value):
        raise ValueError("must start with https://")
    return value


def _address(version: int) -> Any:
    def check(value: str) -> str:
        if value:
            try:
                return str(ipaddress.IPv4Address(value) if version == 4 else ipaddress.IPv6Address(value))
            except ValueError:
                raise ValueError(f"must be an IPv{version} address") from None
        return value

    return AfterValidator(check)


HostName = Annotated[str, AfterValidator(_host_name)]
Network = Annotated[str, AfterValidator(_network)]
User = Annotated[str, AfterValidator(_user)]
Mail = Annotated[str, AfterValidator(_mail)]
Https = Annotated[str, AfterValidator(_https)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Names(_Part):
    """[site]: under which names it is reached."""

    host: HostName
    www: bool = True
    layout: Literal["one-host", "two-host"] = "two-host"
    api_host: str = ""
    email: Mail
    origins: list[str] = []

    @field_validator("origins")
    @classmethod
    def _exact(cls, value: list[str]) -> list[str]:
        for origin in value:
            if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", origin):
                raise ValueError(f"{origin!r} is not an exact origin such as https://stories.example.net")
        return value

    @model_validator(mode="after")
    def _two(self) -> "Names":
        if self.layout == "two-host":
            if not self.api_host:
                raise ValueError("site.api_host is missing: with the layout two-host the API has a name of its own")
            _host_name(self.api_host)
            if self.api_host in (self.host, f"www.{self.host}"):
                raise ValueError("site.api_host must be another name than the page's")
        return self


class Server(_Part):
    """[server]: the machine, and who goes there by SSH."""

    ssh_host: str = Field(pattern=r"^[A-Za-z0-9.:-]+$")
    ssh_port: int = Field(default=22, ge=1, le=65535)
    admin_user: User = "admin"
    deploy_user: User = "deploy"
    deploy_key: str = Field(default="~/.ssh/id_ed25519.pub", pattern=r"^.+\.pub$")
    known_hosts: str = "~/.ssh/known_hosts"
    ssh_from: list[Network] = ["0.0.0.0/0", "::/0"]
    postgresql: bool = False


class App(_Part):
    """[app]: Storybot itself."""

    accounts: Literal["on", "off"] = "on"
    open_to_everybody: bool = False
    local_model: str = Field(default="", pattern=r"^[A-Za-z0-9._-]*$", max_length=200)
    settings: dict[str, str | int | float | bool] = {}

    @model_validator(mode="after")
    def _owned(self) -> "App":
        if self.accounts == "off" and not self.open_to_everybody:
            raise ValueError("app.accounts is off, so whoever finds the site owns every story: switch them on, or set app.open_to_everybody = true")
        for name, value in self.settings.items():
            if name in SECRET:
                raise ValueError(f"app.settings.{name} is a secret: take it out and say `fab secrets-put {name}`")
            if name in DERIVED:
                raise ValueError(f"app.settings.{name} follows from the rest of this file: take it out")
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"app.settings.{name} is no setting's name")
            if isinstance(value, str) and not re.fullmatch(r"[^\x00-\x1f\"'`$\\]*", value):
                raise ValueError(f"app.settings.{name} may hold no quotes, backslashes, dollar signs and line ends")
        return self


class Gateway(_Part):
    """[gateway]: limits of nginx."""

    requests_per_s: int = Field(default=20, ge=1, le=100_000)
    burst: int = Field(default=80, ge=1, le=100_000)
    connections: int = Field(default=100, ge=1, le=100_000)
    body_mib: int = Field(default=2, ge=1, le=256)


class Tls(_Part):
    """[tls]: who issues the certificate."""

    acme_server: Https = "https://acme-v02.api.letsencrypt.org/directory"
    acme_ca: str = ""


class Backup(_Part):
    """[backup]: when, where to, and how many are kept."""

    at: str = Field(default="03:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    keep_daily: int = Field(default=7, ge=1, le=365)
    keep_weekly: int = Field(default=4, ge=0, le=520)
    keep_monthly: int = Field(default=6, ge=0, le=240)
    bucket: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$")
    prefix: str = Field(default="storybot", pattern=r"^[A-Za-z0-9._/-]*$")


class Dns(_Part):
    """[dns]: who holds the zone."""

    provider: Literal["cloudflare", "godaddy"] = "cloudflare"
    zone: str = ""
    ipv4: Annotated[str, _address(4)] = ""
    ipv6: Annotated[str, _address(6)] = ""
    caa: list[HostName] = ["letsencrypt.org"]


class Aws(_Part):
    """[aws]: the machine in Amazon's cloud, where it is one."""

    region: str = Field(default="eu-central-1", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    stack: str = Field(default="storybot", pattern=r"^[A-Za-z][A-Za-z0-9-]{0,127}$")
    instance_type: str = Field(default="t3.small", pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")
    disk_gib: int = Field(default=30, ge=8, le=16384)
    ssh_from: Network = "198.51.100.0/24"
    daily_snapshots: bool = False


class Watch(_Part):
    """[watch]: whom alerts go to."""

    alert_emails: list[Mail] = []
    alert_webhook: Https = ""
    smtp_host: str = Field(default="", pattern=r"^([A-Za-z0-9.-]+:\d{1,5})?$")
    smtp_from: str = Field(default="", pattern=r"^([^@\s]+@[^@\s]+)?$")


class Logs(_Part):
    """[logs]: how log lines are shipped, where to, and how long they are kept there."""

    shipper: Literal["none", "logstash", "rsyslog"] = "none"
    elasticsearch: Https = ""
    user: str = Field(default="storybot-ingest", pattern=r"^[A-Za-z0-9._-]{1,100}$")
    ca: str = ""
    keep_days: int = Field(default=30, ge=1, le=3650)

    @model_validator(mode="after")
    def _one_way(self) -> "Logs":
        if self.shipper == "rsyslog" and not self.elasticsearch:
            raise ValueError("logs.elasticsearch is missing: rsyslog ships to an Elasticsearch that runs elsewhere")
        if self.shipper != "rsyslog" and self.elasticsearch:
            raise ValueError("logs.elasticsearch is for the shipper rsyslog: with logstash it runs on the server itself")
        return self


class Site(_Part):
    """Everything about one site; the parts are the tables of site.toml."""

    site: Names
    server: Server
    app: App = App()
    gateway: Gateway = Gateway()
    tls: Tls = Tls()
    backup: Backup = Backup()
    dns: Dns = Dns()
    aws: Aws = Aws()
    watch: Watch = Watch()
    logs: Logs = Logs()

    @cached_property
    def page_hosts(self) -> list[str]:
        """The page's host, and its www. where that is wanted."""
        return [self.site.host, *([f"www.{self.site.host}"] if self.site.www else [])]

    @cached_property
    def hosts(self) -> list[str]:
        """Every name that the certificate is for, the page's own first."""
        return [*self.page_hosts, *([self.site.api_host] if self.two_hosts else [])]

    @property
    def two_hosts(self) -> bool:
        """Whether the API has a host of its own."""
        return self.site.layout == "two-host"

    @cached_property
    def origins(self) -> list[str]:
        """Exact origins whose pages may call the API."""
        return [*(f"https://{host}" for host in self.page_hosts), *self.site.origins]

    @property
    def zone(self) -> str:
        """The DNS zone, which is the page's host where nothing else is said."""
        return self.dns.zone or self.site.host

    @property
    def alert_emails(self) -> list[str]:
        """Whom alerts are mailed to."""
        return self.watch.alert_emails or [self.site.email]


def read_site(path: Path | None = None) -> Site:
    """The site's settings from `path`, the file that STORYBOT_SITE names, or deploy/site.toml.

    Raises: SiteError, with one sentence for the first wrong value.
    """
    file = path or Path(os.environ.get(VARIABLE) or FOLDER / "site.toml")
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SiteError(f"There is no {file}: copy {FOLDER / 'site.example.toml'} there and fill it in.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SiteError(f"{file} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise SiteError(f"{file} is no TOML: {error}.") from error
    try:
        return Site(**given)
    except ValidationError as error:
        raise SiteError(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"{name} is missing: deploy/site.example.toml shows it."
    if first["type"] == "extra_forbidden":
        return f"{name} is no setting of a site: deploy/site.example.toml has all that there are."
    reason = str(first["msg"]).removeprefix("Value error, ")
    if first["loc"] and len(first["loc"]) > 1:
        return f"{name} ({first['input']!r}) is wrong: {reason[0].lower()}{reason[1:]}."
    return f"{reason}."
