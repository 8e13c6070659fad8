"""Every setting, typed, read once from the environment (and a `.env` file), frozen.

A secret has no default and may also come from a file that `NAME_FILE` names. A wrong value stops the start with one
sentence that names the variable (`SettingsError`). Nothing else in the package reads the environment.
"""

import errno
import ipaddress
import os
import re
import socket
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "STORYBOT_"
SECRETS = ("openai_api_key", "secret_key", "smtp_password", "oidc_client_secret")
#: Settings whose value is never shown: a URL may hold a password.
HIDDEN = (*SECRETS, "database_url", "openai_base_url")
WORKER_BELL = "workers"
TAIL_BELL = "tails"
DEVELOPMENT_ORIGIN = "http://localhost:3000"
SITE_ORIGINS = (DEVELOPMENT_ORIGIN, "https://example.com", "https://www.example.com")


class SettingsError(Exception):
    """A setting is wrong; the message is one sentence that names the variable and says what to do."""


class Settings(BaseSettings):
    """The settings; each field `x` is the environment variable `STORYBOT_X`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    # Where it listens and keeps things
    host: str = Field("127.0.0.1", description="Address that the web server binds to.")
    port: int = Field(5000, ge=0, le=65535, description="Port of the page and the API; 0 takes a free one.")
    allow_public_bind: bool = Field(
        False, description="Without accounts anybody who reaches the server owns every story: say yes to bind beyond loopback all the same."
    )
    data_dir: Path = Field(Path("data"), description="Folder of the database, the logs and the keys.")
    database_url: str | None = Field(None, description="SQLAlchemy URL of the database; default: SQLite in the data folder.")
    api_prefix: str = Field("/api", description="Prefix under which the page calls the API on its own host; the API answers at the root too.")
    api_url: str | None = Field(
        None, description="Address of the API where the page calls it on another host, such as https://api.example.com; default: the prefix."
    )
    web_dist: Path | None = Field(None, description="Folder of the built page; default: `web/dist` beside the package.")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        SITE_ORIGINS, description="Exact origins, separated by commas, whose pages may call the API."
    )
    cors_at_gateway: bool = Field(False, description="Leave every CORS header to the gateway in front.")
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="More host names, separated by commas, under which it may be reached, besides addresses, localhost and the origins' hosts."
    )
    trusted_proxies: int = Field(0, ge=0, le=5, description="How many proxies of yours stand in front and set X-Forwarded-For and -Proto.")
    hsts: str = Field(
        "max-age=31536000; includeSubDomains",
        description="Strict-Transport-Security of answers that are asked for over https (trusted proxies say so); empty leaves it to the gateway.",
    )
    metrics_port: int = Field(9500, ge=0, le=65535, description="Port of /metrics, on loopback; 0 takes a free one.")
    metrics_host: str = Field(
        "127.0.0.1", pattern=r"^[0-9A-Fa-f.:]+$", description="Address of /metrics; another one only in a network that nobody else is in."
    )
    worker_metrics_port: int = Field(9501, ge=0, le=65535, description="The same for a worker that is started by itself.")
    open_browser: Literal["auto", "on", "off"] = Field("auto", description="Open a browser at the start; auto: where there is a desktop.")

    # Accounts
    accounts: Literal["off", "on"] = Field("off", description="off: one reader, loopback only; on: everybody signs in and has stories of their own.")
    sign_up: Literal["open", "invite", "closed"] = Field("closed", description="Who may sign up: anybody, whoever is invited, or nobody.")
    site_url: str | None = Field(
        None,
        description="The page's own address, such as https://example.com: for mails, passkeys, OpenID Connect; default: localhost.",
    )
    secret_key: SecretStr | None = Field(
        None, min_length=32, description="Key of sessions, links in mails and two-step sign-in; default: made once, in the data folder's secret.key."
    )
    smtp_host: str | None = Field(None, description="Mail server; without one, links of mails are shown in the terminal, on loopback only.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_user: str | None = Field(None, description="User at the mail server, where it wants one.")
    smtp_password: SecretStr | None = Field(None, description="Password of that user.")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="How the connection to the mail server is kept secret.")
    mail_from: str | None = Field(None, description="Sender of mails; default: storybot at the site's host.")
    oidc_discovery_url: str | None = Field(
        None, description="OpenID Connect: the provider's address, such as https://id.example.com/.well-known/openid-configuration."
    )
    oidc_client_id: str | None = Field(None, description="This site's client id at the provider.")
    oidc_client_secret: SecretStr | None = Field(None, description="The secret of that client, where it has one.")
    oidc_name: str = Field("oidc", pattern=r"^[a-z][a-z0-9-]{0,30}$", description="Short name of the provider, for its address: /auth/oidc/NAME.")
    oidc_label: str = Field("OpenID Connect", min_length=1, max_length=60, description="The provider's name on its button.")

    # Engines
    engine: Literal["storyteller", "openai", "local"] = Field("storyteller", description="Engine of stories that choose none.")
    openai_base_url: str | None = Field(None, description="Base URL of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1.")
    openai_api_key: SecretStr | None = Field(None, description="Key of that server, where it wants one.")
    openai_model: str | None = Field(None, description="Model to ask for at that server.")
    models_dir: Path | None = Field(None, description="Folder of the GGUF files of models on this machine; default: `models` in the data folder.")
    local_model: str | None = Field(
        None, max_length=200, description="Model on this machine of stories that choose none: its file's name without .gguf."
    )
    local_slots: int = Field(2, ge=1, le=64, description="Stories that a model on this machine writes at the same time; others wait.")
    local_threads: int = Field(0, ge=0, le=512, description="Threads that such a model computes with; 0: as many as there are cores.")
    local_idle_s: int = Field(900, ge=0, description="Seconds without a story after which such a model leaves the memory; 0: never.")
    private_servers: Literal["auto", "on", "off"] = Field(
        "auto", description="Whether connected servers may stand at addresses that only this network knows; auto: only without accounts."
    )
    member_servers: bool = Field(True, description="With accounts: whether every grown-up may connect servers, or administrators alone.")
    storyteller_pace: float = Field(1.0, ge=0, le=100, description="The storyteller's pauses; 0: none, 1: comfortable to watch, 2: twice that.")
    context_tokens: int = Field(8192, ge=1024, le=1_000_000, description="Context window to fill at the most, in tokens.")

    # Limits
    limits: Literal["on", "off"] = Field("on", description="off: no request and generation limits, for load tests on loopback.")
    prompt_chars: int = Field(4000, ge=1, description="Longest prompt, in characters.")
    text_chars: int = Field(100_000, ge=1, description="Longest text of one passage, in characters.")
    wish_chars: int = Field(1000, ge=1, description="Longest wish, in characters.")
    title_chars: int = Field(200, ge=1, description="Longest title, in characters.")
    body_bytes: int = Field(1_048_576, ge=1024, description="Largest request body, in bytes.")
    import_bytes: int = Field(
        134_217_728,
        ge=1024,
        le=268_435_456,
        description="Largest archive of stories that is taken in, in bytes; the same for what it unpacks to.",
    )
    open_generations: int = Field(8, ge=1, description="Stories that one person may have written at the same time.")
    quota_requests: int = Field(600, ge=0, description="With accounts, for one person: requests a minute.")
    quota_stories: int = Field(60, ge=0, description="With accounts, for one person: stories a day (UTC).")
    quota_running: int = Field(4, ge=0, description="With accounts, for one person: passages that are written at the same time.")
    quota_tokens: int = Field(300_000, ge=0, description="With accounts, for one person: tokens that are written a day.")
    quota_text: int = Field(20_000_000, ge=0, description="With accounts, for one person: characters of stories and ideas that are kept.")
    quota_uploads: int = Field(200_000_000, ge=0, description="With accounts, for one person: bytes that are uploaded a day.")
    requests_per_minute: int = Field(1200, ge=1, description="Requests a minute from one address.")
    worker_generations: int = Field(2000, ge=1, description="Generations that one worker runs at the same time.")

    # Worker and log
    lease_s: float = Field(10.0, ge=0.5, description="Seconds without a sign of life after which a worker counts as dead.")
    engine_attempts: int = Field(3, ge=1, le=10, description="Tries in all when an engine fails in a way that may pass.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least severe level that is logged.")

    @field_validator("cors_origins", "trusted_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _exact(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if "*" in origin or "://" not in origin or origin.count("/") != 2:
                raise ValueError(f"{origin!r} is not an exact origin such as https://example.com")
        return value

    @field_validator("api_prefix")
    @classmethod
    def _prefix(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and (not value.startswith("/") or "//" in value or " " in value):
            raise ValueError("must be empty or a path such as /api")
        return value

    @field_validator("api_url")
    @classmethod
    def _api(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", value):
            raise ValueError("must be an address such as https://api.example.com")
        return value or None

    @field_validator("hsts")
    @classmethod
    def _transport(cls, value: str) -> str:
        if value and not re.fullmatch(r"max-age=\d+(; ?includeSubDomains)?(; ?preload)?", value):
            raise ValueError("must be empty or such as max-age=31536000; includeSubDomains")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        return value or None

    @field_validator("openai_base_url")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value or None

    @field_validator("site_url")
    @classmethod
    def _site(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?/?", value):
            raise ValueError("must be an address without a path, such as https://example.com")
        return value.rstrip("/").lower() if value else None

    @field_validator("oidc_discovery_url")
    @classmethod
    def _discovery(cls, value: str | None) -> str | None:
        if value and not (value.startswith("https://") or re.match(r"http://(localhost|127\.0\.0\.1)[:/]", value)):
            raise ValueError("must start with https://")
        return value or None

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            raise ValueError("must be an address such as stories@example.com")
        return value or None

    @model_validator(mode="after")
    def _loopback(self) -> "Settings":
        try:
            only_here = is_loopback(self.host)
        except (OSError, UnicodeError):
            raise ValueError(f"STORYBOT_HOST is {self.host!r}, which is neither an address nor a name that leads to one") from None
        if self.accounts == "off" and not self.allow_public_bind and not only_here:
            raise ValueError(
                f"STORYBOT_HOST is {self.host!r}, which others can reach, and there are no accounts: set STORYBOT_ACCOUNTS=on, "
                "set it to 127.0.0.1, or set STORYBOT_ALLOW_PUBLIC_BIND=1 if something in front keeps strangers out"
            )
        if self.accounts == "on" and not only_here and not self.site_url:
            raise ValueError("STORYBOT_SITE_URL is missing: with accounts beyond loopback, mails and passkeys need the page's own address")
        if bool(self.oidc_discovery_url) != bool(self.oidc_client_id):
            missing = "STORYBOT_OIDC_CLIENT_ID" if self.oidc_discovery_url else "STORYBOT_OIDC_DISCOVERY_URL"
            raise ValueError(f"{missing} is missing: OpenID Connect needs the provider's address and a client id")
        return self

    @cached_property
    def site(self) -> str:
        """The page's own origin, such as https://example.com."""
        return self.site_url or f"http://localhost:{self.port}"

    @cached_property
    def site_is_local(self) -> bool:
        """Whether only this machine reaches the server, by a name that leads nowhere else."""
        name = urlsplit(self.site).hostname or ""
        return is_loopback(self.host) and (name in {"localhost", "127.0.0.1"} or name.endswith(".localhost"))

    @cached_property
    def api_site(self) -> str:
        """The API's own address, without a slash at the end: for links in mails that lead to it."""
        return (self.api_url or self.site + self.api_prefix).rstrip("/")

    @cached_property
    def page_origins(self) -> tuple[str, ...]:
        """Origins whose pages may call the API. With accounts, the defaults are no origins of this site: only what the operator named."""
        if self.accounts == "off" or "cors_origins" in self.model_fields_set:
            return self.cors_origins
        return (DEVELOPMENT_ORIGIN,) if self.site_is_local else ()

    @property
    def mails(self) -> bool:
        """Whether a mail reaches its reader: by a mail server, or through the terminal of one's own machine."""
        return bool(self.smtp_host) or self.site_is_local

    @cached_property
    def data_path(self) -> Path:
        """The data folder, absolute."""
        return self.data_dir.expanduser().resolve()

    @cached_property
    def models_path(self) -> Path:
        """Where the models on this machine lie, absolute."""
        return (self.models_dir or self.data_path / "models").expanduser().resolve()

    @cached_property
    def run_path(self) -> Path:
        """Where processes of this machine find each other: locks, bells and states."""
        return self.data_path / "run"

    @cached_property
    def bells_path(self) -> Path:
        """Where web processes and workers hang their bells: beside the database, which they share."""
        url = self.sqlalchemy_url
        return (Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite:///") else self.data_path) / "run" / "bells"

    @cached_property
    def sqlalchemy_url(self) -> str:
        """The database's URL for SQLAlchemy; PostgreSQL's through psycopg 3."""
        if not self.database_url:
            return f"sqlite:///{self.data_path / 'storybot.sqlite3'}"
        for plain in ("postgres://", "postgresql://"):
            if self.database_url.startswith(plain):
                return "postgresql+psycopg://" + self.database_url.removeprefix(plain)
        return self.database_url

    @cached_property
    def dist_path(self) -> Path:
        """Where the built page lies."""
        return (self.web_dist or Path(__file__).parent.parent / "web" / "dist").resolve()

    @property
    def limited(self) -> bool:
        """Whether request and generation limits hold."""
        return self.limits == "on"


def _usable(settings: Settings) -> Settings:
    try:
        settings.data_path.mkdir(mode=0o700, parents=True, exist_ok=True)  # others on the machine have no business with stories
        if not os.access(settings.data_path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        name = f"{PREFIX}DATA_DIR"
        raise SettingsError(f"{name} ({str(settings.data_dir)!r}) cannot be used as a folder: {(error.strerror or str(error)).lower()}.") from error
    return settings


def port_taken(variable: str, port: int, error: OSError) -> SettingsError:
    """The refusal when a port cannot be listened on."""
    return SettingsError(f"{variable} ({port}) cannot be used: {(error.strerror or str(error)).lower()}: choose another port, or end what uses it.")


def example() -> str:
    """A commented `.env` file that names every setting with its default."""
    lines = ["# Storybot's settings. Copy this file to .env and change what you need; what is commented out is the default."]
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, tuple):
            default = ",".join(default)
        elif isinstance(default, bool):
            default = int(default)
        lines += ["", f"# {field.description}", f"#{PREFIX}{name.upper()}={'' if default is None else default}"]
    lines += ["", "# A secret can also stand in a file of its own:", *(f"#{PREFIX}{name.upper()}_FILE=" for name in SECRETS)]
    return "\n".join(lines) + "\n"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host` (a name or an address).

    Raises: OSError or UnicodeError where a name leads nowhere.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        if not host:
            return False  # every address that the machine has
        return all(ipaddress.ip_address(found[4][0]).is_loopback for found in socket.getaddrinfo(host, None))


def read_settings(**overrides: Any) -> Settings:
    """The settings from the environment, `.env` and `NAME_FILE` secrets; `overrides` win (tests).

    Raises: SettingsError, with one sentence for the first wrong variable.
    """
    env_file = Settings.model_config.get("env_file")
    variables = (dotenv_values(str(env_file)) if env_file else {}) | os.environ
    for secret in SECRETS:
        name = f"{PREFIX}{secret.upper()}"
        path = variables.get(f"{name}_FILE")
        if path and secret not in overrides and not variables.get(name):
            try:
                overrides[secret] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "it is no text"
                raise SettingsError(f"{name}_FILE names {path!r}, which cannot be read ({why}).") from error
    try:
        return _usable(Settings(**overrides))
    except ValidationError as error:
        first = error.errors()[0]
        reason = str(first["msg"]).removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingsError(f"{reason}.") from error
        name = f"{PREFIX}{str(first['loc'][0]).upper()}"
        shown = "" if str(first["loc"][0]) in HIDDEN else f" ({first['input']!r})"
        raise SettingsError(f"{name}{shown} is wrong: {reason[0].lower()}{reason[1:]}.") from error
