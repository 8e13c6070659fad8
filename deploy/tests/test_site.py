"""The settings of a site: what is wrong is named in one sentence; what follows from them is exact."""

from pathlib import Path
from typing import Any

import pytest

from deploy.host import layout
from deploy.site import Site, SiteError, read_site

EXAMPLE = Path(__file__).parents[1] / "site.example.toml"


def _with(tmp_path: Path, old: str, new: str) -> Path:
    text = EXAMPLE.read_text()
    assert old in text
    file = tmp_path / "site.toml"
    file.write_text(text.replace(old, new, 1))
    return file


@pytest.fixture
def site() -> Site:
    return read_site(EXAMPLE)


def test_the_example_is_a_site(site: Site) -> None:
    assert site.hosts == ["example.com", "www.example.com", "api.example.com"]
    assert site.origins == ["https://example.com", "https://www.example.com"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('host = "example.com"', 'host = "Example.com"', "must be a host name in small letters"),
        ('host = "example.com"', 'hots = "example.com"', "site.host is missing"),
        ('host = "example.com"', 'host = "example.com"\ncolour = "red"', "site.colour is no setting"),
        ('api_host = "api.example.com"', 'api_host = "example.com"', "another name than the page's"),
        ("origins = []", 'origins = ["https://*.example.net"]', "not an exact origin"),
        ('accounts = "on"', 'accounts = "off"', "owns every story"),
        ("[app.settings]", '[app.settings]\nopenai_api_key = "x"', "is a secret"),
        ("[app.settings]", "[app.settings]\nport = 80", "follows from the rest"),
        ("[app.settings]", '[app.settings]\nengine = "a\\"b"', "may hold no quotes"),
        ('at = "03:30"', 'at = "25:00"', "backup.at"),
        ('deploy_user = "deploy"', 'deploy_user = "storybot"', "which is the service's"),
        ('ssh_from = ["0.0.0.0/0", "::/0"]', 'ssh_from = ["everywhere"]', "must be a network"),
        ("[site]", "[site", "is no TOML"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(SiteError) as found:
        read_site(_with(tmp_path, old, new))
    assert said in str(found.value)
    assert "\n" not in str(found.value)
    assert str(found.value).endswith(".")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"site\.example\.toml"):
        read_site(tmp_path / "none.toml")


def test_the_gateway_knows_exact_origins_only(site: Site) -> None:
    made = layout.gateway(site, certificate=True, brotli=True)
    assert '    "https://example.com" "https://example.com";\n' in made
    assert "brotli_static on;" in made
    assert "brotli" not in layout.gateway(site, certificate=True, brotli=False)
    first = layout.gateway(site, certificate=False, brotli=False)
    assert "ssl_certificate" not in first
    assert "/.well-known/acme-challenge/" in first


def test_one_host_has_no_other(tmp_path: Path) -> None:
    site = read_site(_with(tmp_path, 'layout = "two-host"', 'layout = "one-host"'))
    assert site.hosts == ["example.com", "www.example.com"]
    assert "api.example.com" not in layout.gateway(site, certificate=True, brotli=False)
    assert "STORYBOT_API_URL" not in layout.environment(site)


def test_the_apps_settings_can_be_read_by_the_app(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from storybot.settings import read_settings

    for line in layout.environment(site).splitlines():
        if line.startswith("STORYBOT_"):
            name, _, value = line.partition("=")
            monkeypatch.setenv(name, value.strip('"'))
    monkeypatch.setenv("STORYBOT_DATA_DIR", str(tmp_path))
    settings = read_settings()
    assert (settings.host, settings.port, settings.accounts, settings.cors_at_gateway) == ("127.0.0.1", 5000, "on", True)
    assert settings.hsts == ""


def test_the_deploy_user_may_say_nothing_that_holds_a_pattern(site: Site) -> None:
    rules = layout.sudoers(site)
    assert "*" not in rules
    assert "journalctl" not in rules


def test_the_firewall_has_each_network_in_its_own_family(site: Site) -> None:
    rules = layout.firewall(site)
    assert "ip saddr { 0.0.0.0/0 } tcp dport 22 accept" in rules
    assert "ip6 saddr { ::/0 } tcp dport 22 accept" in rules
    assert "policy drop" in rules


def test_secrets_are_named_to_systemd_and_shown_to_nobody() -> None:
    made = layout.credentials(["openai_api_key"]).splitlines()
    assert made[1:] == [
        "LoadCredential=openai_api_key:/etc/storybot/secrets/openai_api_key",
        "Environment=STORYBOT_OPENAI_API_KEY_FILE=%d/openai_api_key",
    ]


def test_units_name_every_setting_once() -> None:
    for path in sorted(layout.FILES.glob("*.service")):
        lines = [line.partition("=")[0] for line in path.read_text().splitlines() if "=" in line and not line.startswith("#")]
        repeated: dict[str, Any] = {name: lines.count(name) for name in lines if lines.count(name) > 1}
        assert set(repeated) <= {"SystemCallFilter"}, path.name
