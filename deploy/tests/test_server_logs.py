"""Logs and safety of the deployed site, on the Debian that boots: shipping, and what the field's own checkers find."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.host.connect import host
from deploy.logs import elastic, fields, kibana, tasks
from deploy.logs.tasks import let_read
from deploy.site import read_site
from deploy.tests import fake_elastic
from deploy.tests.conftest import API, PAGE, Site
from deploy.tests.test_rsyslog import PASSWORD, USER, FakeBulk
from tests.processes.harness import ROOT, wait_until
from tests.requirements import need

pytestmark = pytest.mark.timeout(600)
#: What testssl.sh says of a site that is fine; INFO tells a fact.
FINE = {"OK", "INFO", "DEBUG"}
#: What it says about the machine that it runs on itself.
OF_THE_TOOL = {"engine_problem"}


def test_rsyslog_ships_the_lines_of_the_app_and_of_the_gateway(site: Site, tmp_path: Path) -> None:
    server = FakeBulk(tmp_path / "certs", site.machine.gateway)
    text = (site.folder / "site.toml").read_text()
    address = f"https://{site.machine.gateway}:{server.server_address[1]}"
    settings = f'\n[logs]\nshipper = "rsyslog"\nelasticsearch = "{address}"\nuser = "{USER}"\nca = "{tmp_path}/certs/ca.crt"\n'
    (site.folder / "site.toml").write_text(text + settings)
    try:
        refused = site.try_fab("logging")
        assert refused.returncode != 0
        assert "no password yet" in refused.stderr
        site.fab("logging-password", given=f"{PASSWORD}\n")
        for _ in range(2):
            assert address in site.fab("logging")
        assert PASSWORD not in site.machine.inside("cat /etc/rsyslog.d/*.conf; ps ax")
        assert site.machine.inside("stat -c %a:%U /etc/storybot/ingest-password /etc/storybot/ingest-login").split() == ["600:root"] * 2
        trace = "shipped-trace-0123456789"
        assert site.visitor.call(f"{API}/nowhere", X_Trace_Id=trace).status == 404

        def shipped() -> set[str]:
            documents = [dict(fields.flat(one)) for one in list(server.documents.values())]
            return {one["service.node.role"] for one in documents if one.get("trace.id") == trace}

        def again() -> bool:
            site.machine.inside("systemctl start storybot-ship-again.service")
            return {"gateway", "web"} <= shipped()

        wait_until(again, 40, "both lines of the request", every_s=1)
        wrong = [fields.problems(json.dumps(one)) for one in server.documents.values()]
        assert not [one for one in wrong if one]
    finally:
        (site.folder / "site.toml").write_text(text)
        site.machine.inside("systemctl disable --now rsyslog.service syslog.socket storybot-ship-again.timer; rm -f /etc/rsyslog.d/*storybot*")
        server.shutdown()
        server.server_close()


def test_logstash_may_read_the_apps_log_and_nothing_else_of_it(site: Site) -> None:
    site.machine.inside("useradd --system --shell /usr/sbin/nologin logstash")
    with host(read_site(site.folder / "site.toml")) as connection:
        let_read(connection, "logstash")
    as_logstash = (
        "systemd-run --quiet --pipe --wait -p User=logstash -p SupplementaryGroups=adm "
        "-p BindReadOnlyPaths=/var/lib/storybot/logs:/run/storybot-logs sh -c"
    )
    site.visitor.call(f"{API}/healthz")
    assert '"service"' in site.machine.inside(f"{as_logstash} 'tail -n 1 /run/storybot-logs/app.log'")
    assert '"gateway"' in site.machine.inside(f"{as_logstash} 'tail -n 1 /var/log/nginx/storybot.json'")
    # A file that is made later, as when the log is turned over.
    site.machine.inside("runuser -u storybot -- sh -c 'umask 077; echo later > /var/lib/storybot/logs/app.log.1'")
    assert site.machine.inside(f"{as_logstash} 'cat /run/storybot-logs/app.log.1'") == "later"
    hidden = site.machine.inside(f"{as_logstash} 'cat /var/lib/storybot/storybot.sqlite3 2>&1 || true; ls /var/lib/storybot 2>&1 || true'")
    assert hidden.count("Permission denied") == 2
    site.machine.inside("rm /var/lib/storybot/logs/app.log.1")


#: Stand-ins for Elastic's packages: their folders, users and tools, and units that run `fake_elastic.py`.
STAND_INS = r"""
mkdir -p /opt/fake; cd /opt/fake
for name in elasticsearch logstash kibana; do
    version=VERSION; [ $name = logstash ] && version=VERSION-1
    id -u $name >/dev/null 2>&1 || useradd --system --user-group --shell /usr/sbin/nologin $name
    getent group $name >/dev/null || groupadd --system $name
    mkdir -p $name/DEBIAN $name/etc/$name/conf.d $name/etc/$name/jvm.options.d $name/usr/share/$name/bin
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: nobody\nDescription: stand-in\n' $name $version > $name/DEBIAN/control
    cat > $name/usr/share/$name/bin/$name-keystore <<'TOOL'
#!/bin/sh
set -eu
program=$(basename "$0" -keystore); file=/etc/$program/$program.keystore
[ "$1" != --path.settings ] || shift 2
case $1 in
    create) [ "$program" != logstash ] || read -r answer; : > "$file" ;;
    list) cut -d= -f1 "$file" ;;
    remove) grep -q "^$2=" "$file"; sed -i "/^$2=/d" "$file" ;;
    add) ! grep -q "^$2=" "$file"; [ "$3" = --stdin ]; read -r value; echo "$2=$value" >> "$file" ;;
esac
TOOL
    chmod 0755 $name/usr/share/$name/bin/*
done
printf '#!/bin/sh\necho PASSWORD\n' > elasticsearch/usr/share/elasticsearch/bin/elasticsearch-reset-password
chmod 0755 elasticsearch/usr/share/elasticsearch/bin/*
for name in elasticsearch logstash kibana; do dpkg-deb -b $name $name.deb >/dev/null; dpkg -i $name.deb >/dev/null 2>&1; done
unit() {
    printf '[Service]\nType=%s\nExecStart=%s\n[Install]\nWantedBy=multi-user.target\n' "$2" "$3" > /etc/systemd/system/$1.service
}
unit elasticsearch notify '/usr/bin/python3 /opt/fake_elastic.py 9200 /opt/fake/elasticsearch.json PASSWORD /etc/elasticsearch/certs'
unit kibana simple '/usr/bin/python3 /opt/fake_elastic.py 5601 /opt/fake/kibana.json PASSWORD'
unit logstash simple '/usr/bin/sleep infinity'
"""


def test_the_elastic_stack_is_set_up_with_stand_ins_for_its_programs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = site.machine.inside
    shutil.copy(Path(fake_elastic.__file__), site.machine.root / "opt/fake_elastic.py")
    inside(STAND_INS.replace("VERSION", tasks.VERSION).replace("PASSWORD", PASSWORD))
    monkeypatch.setattr(tasks, "_repository", lambda _connection: None)
    settings = read_site(site.folder / "site.toml")
    with host(settings) as connection:
        tasks.by_logstash(connection, settings)
        tasks.by_logstash(connection, settings)
    told = json.loads(inside("cat /opt/fake/elasticsearch.json"))
    assert told["put"]["/_ilm/policy/storybot-logs"]["policy"]["phases"]["delete"]["min_age"] == "30d"
    assert told["put"]["/_index_template/storybot-logs"] == elastic.template()
    valid = [name for name, is_valid in told["keys"].items() if is_valid]
    assert inside("cat /etc/logstash/logstash.keystore") == f"STORYBOT_INGEST_KEY={valid[0]}:secret"
    assert len(valid) == told["tokens"] == 1
    assert inside("cat /etc/kibana/kibana.keystore") == f"elasticsearch.serviceAccountToken={fake_elastic.TOKEN}"
    assert kibana.ndjson() in json.loads(inside("cat /opt/fake/kibana.json"))["put"]["/api/saved_objects/_import"]
    assert inside("systemctl is-active elasticsearch logstash kibana").split() == ["active"] * 3
    modes = inside("stat -c '%a %U:%G' /etc/elasticsearch/certs/elasticsearch.key /etc/logstash/logstash.keystore /etc/kibana/kibana.keystore")
    assert modes.splitlines() == ["640 root:elasticsearch", "660 root:logstash", "660 root:kibana"]
    assert inside("cat /etc/elasticsearch/elasticsearch.yml").count("network.host: 127.0.0.1") == 1
    seen = inside("journalctl --no-pager -o cat; cat /etc/logstash/conf.d/storybot.conf /etc/kibana/kibana.yml")
    assert ":secret" not in seen
    assert fake_elastic.TOKEN not in seen
    small = site.try_fab("logging-user", "anna", given="short\n")
    assert small.returncode != 0
    assert "long enough" in small.stderr or "at least" in small.stderr
    assert "anna may look at the logs" in site.fab("logging-user", "anna", given="a good password\n")
    inside("systemctl disable --now elasticsearch logstash kibana; apt-get -qq purge -y elasticsearch logstash kibana >/dev/null 2>&1")


def test_testssl_finds_nothing_in_protocols_ciphers_and_headers(site: Site, tmp_path: Path) -> None:
    need(shutil.which("testssl"), "testssl.sh (apt-get install testssl.sh)")
    certificate = site.folder / "root.pem"
    for name in (PAGE, API):
        report = tmp_path / f"{name}.json"
        words = ["testssl", "--quiet", "--warnings", "batch", "--color", "0", "--nodns", "none", "--ip", site.machine.address]
        words += ["--add-ca", str(certificate), "--protocols", "--std", "--fs", "--headers", "--jsonfile", str(report), f"{name}:443"]
        subprocess.run(words, cwd=tmp_path, capture_output=True, timeout=300, env=os.environ | {"TERM": "dumb"})
        found = {one["id"]: one for one in json.loads(report.read_text())}
        worse = {key: one["finding"] for key, one in found.items() if one["severity"] not in FINE and key not in OF_THE_TOOL}
        assert not worse, f"{name}: {worse}"
        protocols = ("SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3")
        offered = {key for key in protocols if "not offered" not in found[key]["finding"]}
        assert offered == {"TLS1_2", "TLS1_3"}
        assert "365 days" in found["HSTS_time"]["finding"]
        assert found["HSTS_subdomains"]["severity"] == "OK"


def test_the_observatory_gives_the_deployed_page_and_api_an_a_plus(site: Site) -> None:
    modules = ROOT / ".make/observatory/node_modules"
    need(modules.is_dir(), "the Observatory (make observatory)")
    hosts = site.folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n{site.machine.address} {PAGE} {API}\n")
    for name, paths in ((PAGE, ["/", "/library", "/story/0190"]), (API, ["/stories", "/nowhere"])):
        # In a view of the file system of its own, in which these names lead to the server.
        scan = f"mount --bind {hosts} /etc/hosts && exec node tests/observatory/scan.mjs {modules} {name} 80 443 {' '.join(paths)}"
        environment = os.environ | {"NODE_EXTRA_CA_CERTS": str(site.folder / "root.pem"), "no_proxy": "*", "NO_PROXY": "*"}
        found = subprocess.run(["unshare", "--mount", "sh", "-c", scan], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        assert found.returncode == 0, found.stderr
        grades = json.loads(found.stdout)
        assert {path: one for path, one in grades.items() if one["grade"] != "A+" or one["lost"]} == {}
