"""`fab dns` against both providers' APIs and a name server, all on loopback."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import dns.resolver as public
import pytest
from fabric import Connection

from deploy.cloud import dns, resolvers, tasks
from deploy.cloud.dns import DnsError, Record, Step
from deploy.site import FOLDER, VARIABLE, Site, read_site
from deploy.tests.fakes_dns import Cloudflare, Fake, GoDaddy, NameServer

CONNECTION = Connection("nowhere.invalid")
IP = "203.0.113.10"
ADDRESSES = {("A", host, IP) for host in ("example.com", "www.example.com", "api.example.com")}
CAA = {("CAA", "example.com", '0 issue "letsencrypt.org"')}


def write_site(folder: Path, *changes: tuple[str, str]) -> None:
    """The example's settings with the changes (old, new)."""
    text = (FOLDER / "site.example.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "site.toml").write_text(text)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where site.toml is, at Cloudflare; the environment holds the right access of both providers and no other."""
    write_site(tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "site.toml"))
    for name in [name for name in os.environ if name.startswith("LEXICON_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", Cloudflare.token)
    monkeypatch.setenv("GODADDY_API_KEY", "right-key")
    monkeypatch.setenv("GODADDY_API_SECRET", "right-secret")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    return tmp_path


def _use(fake: Fake, monkeypatch: pytest.MonkeyPatch, server: NameServer) -> None:
    monkeypatch.setattr(tasks.dns, "Zone", functools.partial(dns.Zone, endpoint=fake.endpoint))
    asked = [resolvers.Server("ns1.example.com", "127.0.0.1", server.port), resolvers.Server("the resolver here", "127.0.0.1", server.port, True)]
    monkeypatch.setattr(tasks.resolvers, "servers", lambda _zone: asked)
    monkeypatch.setattr(tasks.resolvers, "wait", functools.partial(resolvers.wait, patience_s=5, pause_s=0.01))


@pytest.fixture
def cloudflare(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloudflare]:
    fake = Cloudflare()
    server = NameServer(fake)
    _use(fake, monkeypatch, server)
    yield fake
    server.close()
    fake.close()


@pytest.fixture
def godaddy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoDaddy]:
    write_site(folder, ('provider = "cloudflare"', 'provider = "godaddy"'))
    fake = GoDaddy()
    server = NameServer(fake)
    _use(fake, monkeypatch, server)
    yield fake
    server.close()
    fake.close()


# Cloudflare


def test_cloudflare_gets_all_records_and_then_there_is_nothing_to_do(cloudflare: Cloudflare, capsys: pytest.CaptureFixture[str]) -> None:
    cloudflare.put("MX", "example.com", "mail.example.net")
    tasks.dns_(CONNECTION, yes=True)
    assert cloudflare.held() == ADDRESSES | CAA | {("MX", "example.com", "mail.example.net")}
    said = capsys.readouterr().out
    assert said.count("  create ") == said.count("done: create ") == 4
    assert "2 servers agree on 4 records" in said
    before = list(cloudflare.writes)
    tasks.dns_(CONNECTION)  # nobody is asked where there is nothing to do
    assert "Nothing to do: example.com at cloudflare has all 4 records." in capsys.readouterr().out
    assert cloudflare.writes == before


def test_cloudflare_changes_and_deletes_what_is_stale_and_touches_nothing_else(cloudflare: Cloudflare, capsys: pytest.CaptureFixture[str]) -> None:
    old = cloudflare.put("A", "example.com", "192.0.2.1")
    cloudflare.put("A", "example.com", "192.0.2.2")
    cloudflare.put("AAAA", "example.com", "2001:db8::9")
    cloudflare.put("CNAME", "www.example.com", "parked.example.net")
    cloudflare.put("CAA", "example.com", '0 issue "another.example"')
    others = {("CAA", "example.com", '0 iodef "mailto:ops@example.com"'), ("A", "shop.example.com", "192.0.2.1"), ("TXT", "example.com", '"v=spf1"')}
    for other in others:
        cloudflare.put(*other)
    tasks.dns_(CONNECTION, yes=True)
    assert cloudflare.held() == ADDRESSES | CAA | others
    assert next(record for record in cloudflare.records if record["id"] == old["id"])["content"] == IP
    assert f"change A     example.com {IP} (now 192.0.2.1)" in capsys.readouterr().out


def test_cloudflare_sets_ipv6_too(cloudflare: Cloudflare, folder: Path) -> None:
    write_site(folder, ('ipv6 = ""', 'ipv6 = "2001:db8:0::1"'))
    cloudflare.put("AAAA", "www.example.com", "2001:db8::1")
    tasks.dns_(CONNECTION, yes=True)
    assert {record for record in cloudflare.held() if record[0] == "AAAA"} == {("AAAA", host, "2001:db8::1") for _, host, _ in ADDRESSES}


def test_nothing_is_written_without_a_yes(cloudflare: Cloudflare, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="nobody is there to be asked"):
        tasks.dns_(CONNECTION)
    monkeypatch.setattr(tasks, "_typed", lambda _question: "no")
    with pytest.raises(SystemExit, match="nothing was changed"):
        tasks.dns_(CONNECTION)
    assert cloudflare.writes == []


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("wrong-token", r"refuses this access \(Invalid access token\): look at CLOUDFLARE_API_TOKEN"),
        ("not a token", r"refuses this access \(Invalid request headers\): look at CLOUDFLARE_API_TOKEN"),
        ("", "CLOUDFLARE_API_TOKEN is missing"),
    ],
)
def test_cloudflare_with_a_wrong_token(cloudflare: Cloudflare, monkeypatch: pytest.MonkeyPatch, token: str, sentence: str) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", token)
    with pytest.raises(SystemExit, match=f"^fab: .*{sentence}"):
        tasks.dns_(CONNECTION, yes=True)
    assert cloudflare.writes == []


def test_a_zone_that_the_token_does_not_see(cloudflare: Cloudflare, folder: Path) -> None:
    write_site(
        folder,
        ('host = "example.com"', 'host = "example.org"'),
        ("api.example.com", "api.example.org"),
        ('zone = "example.com"', 'zone = "example.org"'),
    )
    with pytest.raises(SystemExit, match=r"sees no zone example\.org"):
        tasks.dns_(CONNECTION, yes=True)


# GoDaddy


def test_godaddy_gets_all_records_and_then_there_is_nothing_to_do(godaddy: GoDaddy, capsys: pytest.CaptureFixture[str]) -> None:
    godaddy.put("NS", "@", "ns01.domaincontrol.com")
    tasks.dns_(CONNECTION, yes=True)
    assert godaddy.held() == ADDRESSES | {("NS", "example.com", "ns01.domaincontrol.com")}
    said = capsys.readouterr().out
    assert 'add them on its website if you want them: example.com CAA 0 issue "letsencrypt.org".' in said
    before = list(godaddy.writes)
    tasks.dns_(CONNECTION)
    assert "Nothing to do: example.com at godaddy has all 3 records." in capsys.readouterr().out
    assert godaddy.writes == before


def test_godaddy_changes_and_deletes_what_is_stale_and_touches_nothing_else(godaddy: GoDaddy) -> None:
    godaddy.put("A", "@", "192.0.2.1")
    godaddy.put("A", "@", "192.0.2.2")
    godaddy.put("AAAA", "@", "2001:db8::9")
    godaddy.put("CNAME", "www", "@")
    godaddy.put("CAA", "@", '0 issue "letsencrypt.org"')
    others = [("A", "shop", "192.0.2.1"), ("CNAME", "mail", "mail.example.net"), ("TXT", "@", "v=spf1")]
    for other in others:
        godaddy.put(*other)
    tasks.dns_(CONNECTION, yes=True)
    named = {(kind, "example.com" if name == "@" else f"{name}.example.com", content) for kind, name, content in others}
    assert godaddy.held() == ADDRESSES | CAA | named


def test_godaddy_with_a_wrong_key(godaddy: GoDaddy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GODADDY_API_SECRET", "wrong")
    with pytest.raises(SystemExit, match=r"Could not authenticate API key/secret\): look at GODADDY_API_KEY and GODADDY_API_SECRET"):
        tasks.dns_(CONNECTION, yes=True)


def test_godaddy_with_a_small_account(godaddy: GoDaddy) -> None:
    godaddy.large_account = False
    with pytest.raises(SystemExit, match="only larger accounts may; move the nameservers to Cloudflare"):
        tasks.dns_(CONNECTION, yes=True)


# The plan and the addresses


def _site(folder: Path, *changes: tuple[str, str]) -> Site:
    write_site(folder, *changes)
    return read_site()


def test_a_cname_goes_before_an_address_comes_and_the_old_goes_last() -> None:
    cname, wrong, right = Record("a.b", "CNAME", "c.d"), Record("x.b", "A", "192.0.2.9"), Record("a.b", "A", IP)
    assert dns.plan([right], [(wrong, "1"), (cname, "2")]) == [
        Step("delete", cname, cname, "2"),
        Step("create", right),
        Step("delete", wrong, wrong, "1"),
    ]


def test_a_record_that_is_there_twice_is_there_once_afterwards() -> None:
    record = Record("a.b", "A", IP)
    assert dns.plan([record], [(record, "1"), (record, "2")]) == [Step("delete", record, record, "2")]


def test_where_the_address_comes_from(folder: Path) -> None:
    ssh, named = 'ssh_host = "203.0.113.10"', 'ssh_host = "host.example.net"'
    assert dns.addresses(_site(folder), lambda: "from the stack") == (IP, "")
    assert dns.addresses(_site(folder, ('ipv4 = ""', 'ipv4 = "192.0.2.5"')), lambda: "from the stack") == ("192.0.2.5", "")
    assert dns.addresses(_site(folder, (ssh, 'ssh_host = "2001:db8::2"')), lambda: "from the stack") == ("", "2001:db8::2")
    assert dns.addresses(_site(folder, (ssh, named)), lambda: "192.0.2.6") == ("192.0.2.6", "")
    with pytest.raises(DnsError, match="has no address"):
        dns.addresses(_site(folder, (ssh, named)), lambda: "")


def test_a_name_outside_the_zone_is_refused(folder: Path) -> None:
    site = _site(folder, ('"api.example.com"', '"api.notexample.com"'))
    with pytest.raises(DnsError, match=r"api\.notexample\.com is not in the zone example\.com"):
        dns.wanted(site, IP, "")


def test_an_api_host_beside_the_page_has_a_caa_record_of_its_own(folder: Path) -> None:
    site = _site(folder, ('host = "example.com"', 'host = "stories.example.com"'))
    caa = {record.name for record in dns.wanted(site, IP, "") if record.kind == "CAA"}
    assert caa == {"stories.example.com", "api.example.com"}


# Waiting


def test_the_zones_own_name_servers_and_the_resolver_are_asked() -> None:
    fake = Cloudflare()
    fake.put("NS", "example.com", "ns1.example.com.")
    fake.put("A", "ns1.example.com", "192.0.2.53")
    server = NameServer(fake)
    resolver = public.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.port
    try:
        found = resolvers.servers("example.com", resolver)
        with pytest.raises(DnsError, match=r"The name servers of example\.org are not found"):
            resolvers.servers("example.org", resolver)
    finally:
        server.close()
        fake.close()
    assert found == [
        resolvers.Server("ns1.example.com", "192.0.2.53"),
        resolvers.Server("the resolver here", "127.0.0.1", server.port, recursive=True),
    ]


def test_it_waits_until_the_last_server_knows() -> None:
    fake = Cloudflare()
    fake.put("A", "example.com", IP)
    quick, slow = NameServer(fake), NameServer(fake, late=3)
    said: list[str] = []
    try:
        asked = [resolvers.Server("quick", "127.0.0.1", quick.port), resolvers.Server("slow", "127.0.0.1", slow.port)]
        resolvers.wait([Record("example.com", "A", IP)], asked, said.append, patience_s=5, pause_s=0.01)
    finally:
        quick.close()
        slow.close()
        fake.close()
    assert said == ["waiting for slow: example.com A is not there", "2 servers agree on 1 records after 0 s."]


def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Cloudflare()
    fake.put("A", "example.com", "192.0.2.1")
    server = NameServer(fake)
    monkeypatch.setattr(resolvers, "ASK_S", 0.2)
    try:
        asked = [resolvers.Server("ns1", "127.0.0.1", server.port)]
        with pytest.raises(DnsError, match=r"not all servers agree \(ns1: example\.com A is 192\.0\.2\.1\).*grey cloud"):
            resolvers.wait([Record("example.com", "A", IP)], asked, print, patience_s=0.05, pause_s=0.01)
    finally:
        server.close()
        fake.close()
    with pytest.raises(DnsError, match="ns1: no answer"):
        resolvers.wait([Record("example.com", "A", IP)], asked, print, patience_s=0.05, pause_s=0.01)
