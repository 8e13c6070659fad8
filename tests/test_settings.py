"""The settings: a wrong one stops the start with a sentence that names the variable, and no secret is ever shown."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from storybot.settings import HIDDEN, SECRETS, Settings, SettingsError, example, is_loopback, port_taken, read_settings


@pytest.fixture
def variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Set variables by their short names, in lower case; the data folder is an empty one."""
    monkeypatch.setenv("STORYBOT_DATA_DIR", str(tmp_path))

    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"STORYBOT_{name.upper()}", value)

    return put


def _refusal(**overrides: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(**overrides)
    return str(caught.value)


def test_without_a_single_variable_it_is_safe(variable: Any, tmp_path: Path) -> None:
    made = read_settings()
    assert (made.host, made.port, made.engine, made.limits) == ("127.0.0.1", 5000, "storyteller", "on")
    assert made.limited
    assert made.openai_api_key is None
    assert made.trusted_proxies == 0
    assert made.sqlalchemy_url == f"sqlite:///{tmp_path}/storybot.sqlite3"
    assert made.bells_path == tmp_path / "run" / "bells"


def test_each_variable_is_read(variable: Any, tmp_path: Path) -> None:
    variable(port="8080", engine="openai", cors_origins="https://a.example, https://b.example/", limits="off", trusted_hosts="Box,", api_prefix="/x/")
    made = read_settings()
    assert (made.port, made.engine, made.limited, made.api_prefix) == (8080, "openai", False, "/x")
    assert made.cors_origins == ("https://a.example", "https://b.example")
    assert made.trusted_hosts == ("Box",)


WRONG = {
    "host": "0.0.0.0",
    "port": "70000",
    "allow_public_bind": "perhaps",
    "database_url": "mysql://x",
    "api_prefix": "api",
    "cors_origins": "https://*.example.com",
    "cors_at_gateway": "2",
    "trusted_proxies": "-1",
    "api_url": "api.example.com",
    "hsts": "always",
    "metrics_host": "everywhere",
    "metrics_port": "-1",
    "worker_metrics_port": "x",
    "open_browser": "yes",
    "accounts": "yes",
    "sign_up": "everybody",
    "site_url": "example.com/path",
    "secret_key": "too short",
    "smtp_port": "0",
    "smtp_security": "ssl",
    "mail_from": "nobody",
    "oidc_discovery_url": "http://id.example.com",
    "oidc_name": "My Provider",
    "oidc_label": "",
    "engine": "llama",
    "local_model": "x" * 201,
    "local_slots": "0",
    "local_threads": "-1",
    "local_idle_s": "-1",
    "openai_base_url": "127.0.0.1:8080",
    "storyteller_pace": "-0.1",
    "context_tokens": "1000",
    "limits": "0",
    "prompt_chars": "0",
    "text_chars": "0",
    "wish_chars": "0",
    "title_chars": "0",
    "body_bytes": "1",
    "import_bytes": "9999999999",
    "open_generations": "0",
    "quota_requests": "-1",
    "quota_stories": "-1",
    "quota_running": "-1",
    "quota_tokens": "many",
    "quota_text": "-1",
    "quota_uploads": "-1",
    "requests_per_minute": "0",
    "private_servers": "some",
    "member_servers": "perhaps",
    "worker_generations": "0",
    "lease_s": "0.1",
    "engine_attempts": "0",
    "log_level": "TRACE",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_names_its_variable_in_one_sentence(variable: Any, name: str) -> None:
    variable(**{name: WRONG[name]})
    sentence = _refusal()
    assert f"STORYBOT_{name.upper()}" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert (WRONG[name] in sentence) == (name not in HIDDEN)


def test_every_setting_that_can_be_wrong_is_tried() -> None:
    anything_goes = {
        "data_dir",
        "models_dir",
        "web_dist",
        "trusted_hosts",
        "openai_api_key",
        "openai_model",
        "smtp_host",
        "smtp_user",
        "smtp_password",
    }
    anything_goes |= {"oidc_client_id", "oidc_client_secret"}
    assert set(WRONG) | anything_goes == set(Settings.model_fields)


@pytest.mark.parametrize(
    "origins", ["*", "https://*", "example.com", "https://example.com/path", "https://", "null", "https://good.example,bad", "http:/x.example"]
)
def test_origins_are_exact(variable: Any, origins: str) -> None:
    variable(cors_origins=origins)
    assert "STORYBOT_CORS_ORIGINS" in _refusal()


def test_no_origin_at_all_is_a_choice(variable: Any) -> None:
    variable(cors_origins="")
    assert read_settings().cors_origins == ()


@pytest.mark.parametrize("prefix", ["api", "/a//b", "/a b", "http://x"])
def test_a_prefix_is_a_path(variable: Any, prefix: str) -> None:
    variable(api_prefix=prefix)
    assert "STORYBOT_API_PREFIX" in _refusal()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", ""])
def test_a_public_address_is_refused_unless_asked_for(variable: Any, host: str) -> None:
    variable(host=host)
    sentence = _refusal()
    assert "STORYBOT_HOST" in sentence
    assert "STORYBOT_ALLOW_PUBLIC_BIND=1" in sentence
    assert "STORYBOT_ACCOUNTS=on" in sentence
    variable(allow_public_bind="1")
    assert read_settings().host == host


def test_accounts_take_a_public_address_with_the_pages_own(variable: Any) -> None:
    variable(host="0.0.0.0", accounts="on")
    assert "STORYBOT_SITE_URL" in _refusal()
    variable(site_url="https://Stories.example/")
    made = read_settings()
    assert (made.site, made.api_site) == ("https://stories.example", "https://stories.example/api")
    assert not made.mails
    assert made.page_origins == ()
    variable(smtp_host="mail.example", api_url="https://api.stories.example", cors_origins="https://stories.example")
    made = read_settings()
    assert (made.api_site, made.page_origins, made.mails) == ("https://api.stories.example", ("https://stories.example",), True)


def test_accounts_on_ones_own_machine_need_no_mail_server(variable: Any) -> None:
    variable(accounts="on", port="8080")
    made = read_settings()
    assert (made.site, made.mails, made.page_origins) == ("http://localhost:8080", True, ("http://localhost:3000",))
    variable(site_url="https://stories.example")  # something in front of loopback: its terminal is not the reader's
    assert not read_settings().mails


@pytest.mark.parametrize(("given", "missing"), [("oidc_client_id", "OIDC_DISCOVERY_URL"), ("oidc_discovery_url", "OIDC_CLIENT_ID")])
def test_openid_connect_needs_both(variable: Any, given: str, missing: str) -> None:
    variable(**{given: "https://id.example.com/"})
    assert f"STORYBOT_{missing}" in _refusal()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_loopback(host: str) -> None:
    assert is_loopback(host)


def test_a_secret_also_comes_from_a_file(variable: Any, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-the-file\n")
    variable(openai_api_key_file=str(tmp_path / "key"))
    key = read_settings().openai_api_key
    assert key is not None
    assert key.get_secret_value() == "from-the-file"
    variable(openai_api_key="from-the-variable")
    key = read_settings().openai_api_key
    assert key is not None
    assert key.get_secret_value() == "from-the-variable"


def test_a_secret_file_that_cannot_be_read_is_named(variable: Any, tmp_path: Path) -> None:
    variable(openai_api_key_file=str(tmp_path / "nowhere"))
    sentence = _refusal()
    assert "STORYBOT_OPENAI_API_KEY_FILE" in sentence
    assert str(tmp_path / "nowhere") in sentence


def test_no_secret_is_ever_shown(variable: Any) -> None:
    variable(openai_api_key="sk-very-secret", openai_base_url="https://me:pass-word@host.example/v1", database_url="sqlite:///x")
    made = read_settings()
    for shown in (repr(made), str(made), made.model_dump_json()):
        assert "sk-very-secret" not in shown
    variable(port="x")
    assert "secret" not in _refusal()
    for name, value in {"database_url": "mysql://me:pass-word@host/x", "openai_base_url": "ftp://me:pass-word@host"}.items():
        assert "pass-word" not in _refusal(**{name: value, "port": 1})
    assert "pass-word" not in _refusal(openai_api_key=["pass-word"], port=1)


def test_they_are_frozen(variable: Any) -> None:
    with pytest.raises(ValidationError):
        read_settings().port = 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://h/d", "postgresql+psycopg://h/d"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("sqlite:////srv/x.sqlite3", "sqlite:////srv/x.sqlite3"),
    ],
)
def test_database_urls(variable: Any, url: str, expected: str) -> None:
    variable(database_url=url)
    assert read_settings().sqlalchemy_url == expected


def test_bells_hang_beside_the_database_that_is_shared(variable: Any, tmp_path: Path) -> None:
    variable(database_url="sqlite:////srv/stories/x.sqlite3")
    assert read_settings().bells_path == Path("/srv/stories/run/bells")
    variable(database_url="postgresql://h/d")
    assert read_settings().bells_path == tmp_path / "run" / "bells"


def test_a_data_folder_that_is_none_is_named(variable: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    variable(data_dir=str(tmp_path / "file"))
    assert "STORYBOT_DATA_DIR" in _refusal()


def test_the_data_folder_is_made(variable: Any, tmp_path: Path) -> None:
    variable(data_dir=str(tmp_path / "deep" / "data"))
    assert read_settings().data_path == tmp_path / "deep" / "data"
    assert (tmp_path / "deep" / "data").stat().st_mode & 0o777 == 0o700


def test_a_taken_port_is_named() -> None:
    assert str(port_taken("STORYBOT_PORT", 5000, OSError(98, "Address already in use"))).startswith("STORYBOT_PORT (5000) cannot be used: address")


def test_the_example_names_every_setting_and_says_nothing_by_itself(variable: Any, tmp_path: Path) -> None:
    lines = example().splitlines()
    for name in Settings.model_fields:
        assert sum(line.startswith(f"#STORYBOT_{name.upper()}=") for line in lines) == 1
    for name in SECRETS:
        assert f"#STORYBOT_{name.upper()}=" in lines
        assert f"#STORYBOT_{name.upper()}_FILE=" in lines
    assert all(not line or line.startswith("#") for line in lines)


def test_the_example_with_its_comments_taken_off_means_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = [line[1:] for line in example().splitlines() if line.startswith("#STORYBOT_") and not line.endswith(("=", "_FILE="))]
    (tmp_path / ".env").write_text("\n".join(settings))
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    assert read_settings() == Settings(_env_file=None)  # type: ignore[call-arg]


def test_a_secret_file_may_be_named_in_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key").write_text("from-the-file\n")
    (tmp_path / ".env").write_text(f"STORYBOT_OPENAI_API_KEY_FILE={tmp_path / 'key'}\n")
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    key = read_settings().openai_api_key
    assert key is not None
    assert key.get_secret_value() == "from-the-file"


def test_a_secret_file_that_is_no_text_is_named(variable: Any, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe\x00")
    variable(openai_api_key_file=str(tmp_path / "key"))
    assert "STORYBOT_OPENAI_API_KEY_FILE" in _refusal()


def test_a_host_that_cannot_be_a_name_is_named(variable: Any) -> None:
    variable(host="a" * 70)
    assert "STORYBOT_HOST" in _refusal()
