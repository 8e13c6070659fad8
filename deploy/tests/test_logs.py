"""Logs: the fields, the pipeline, Elasticsearch's and Kibana's side, each as far as it can be tried without Elastic's programs."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from logstash_pipeline_parser import Pipeline

from deploy.logs import elastic, fields, files, kibana
from deploy.site import read_site
from deploy.tests.fake_elastic import TOKEN, FakeElastic
from tests.processes.harness import Overheard, Server, call

PASSWORD = "only-for-this-test"


def _line(**more: Any) -> str:
    whole = {"@timestamp": "2026-11-23T12:00:00.000Z", "message": "request", "log.level": "info", "ecs.version": "8.11.0", "event": {"id": "a-1"}}
    return json.dumps({**whole, "service": {"name": "storybot"}, **more})


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({}, []),
        ({"storybot": {"gateway": {"upstream_seconds": None}}}, []),
        ({"http": {"response": {"status_code": "200"}}}, ["http.response.status_code is no long: '200'"]),
        ({"client.ip": "somewhere"}, ["client.ip is no ip: 'somewhere'"]),
        ({"tokens": 3}, ["tokens is not in fields.toml"]),
        ({"event.id": "b"}, ["event.id is there twice"]),
        ({"message": None}, []),
    ],
)
def test_a_lines_fields_are_judged(more: dict[str, Any], wrong: list[str]) -> None:
    assert fields.problems(_line(**more)) == wrong


def test_what_is_no_line_is_named() -> None:
    assert fields.problems("{")[0].startswith("no JSON")
    assert fields.problems("[]") == ["no object"]
    assert "event.id is missing" in fields.problems("{}")


def test_every_line_of_a_run_fits_and_no_two_have_the_same_id(tmp_path: Path) -> None:
    with Overheard(words=20, rate=500) as model, Server(tmp_path / "data", LIMITS="off", **model.settings) as server:
        for _ in range(3):
            server.ended(server.tell()["generation"]["id"])
        call(f"{server.url}/nowhere")
        call(f"{server.url}/stories", "POST", {"prompt": ""})
        model.leave()
        failed = server.ended(server.tell()["generation"]["id"], 60)
        assert failed["state"] == "failed"
    # That every line has the right fields is looked at where the server ends.
    lines = [dict(fields.flat(json.loads(raw))) for raw in (tmp_path / "data/logs/app.log").read_text().splitlines()]
    ids = [line["event.id"] for line in lines]
    assert len(ids) == len(set(ids)) > 20
    roles = {line["service.node.role"] for line in lines}
    assert {"web", "worker"} <= roles
    trace = next(line["trace.id"] for line in lines if line.get("storybot.generation.id") == failed["id"])
    assert {line["service.node.role"] for line in lines if line.get("trace.id") == trace} == {"web", "worker"}


def test_elasticsearch_is_told_of_every_field_and_makes_none_of_its_own() -> None:
    made = elastic.template()
    assert made["index_patterns"] == ["storybot-logs-*"]
    mapping = made["template"]["mappings"]
    assert mapping["dynamic"] is False
    assert set(mapping["properties"]) == set(fields.types())
    assert mapping["properties"]["trace.id"] == {"type": "keyword", "ignore_above": 1024}
    assert mapping["properties"]["client.ip"] == {"type": "ip"}
    # No field is the beginning of another one: it would have to be a value and an object at once.
    names = sorted(fields.types())
    assert not [(one, two) for one in names for two in names if two.startswith(f"{one}.")]


def test_who_ships_may_only_create() -> None:
    role = elastic.ingest_role()
    privileges = {privilege for index in role["indices"] for privilege in index["privileges"]}
    assert privileges == {"create_doc", "create_index"}
    assert all(index["names"] == ["storybot-logs-*"] for index in role["indices"])
    assert "write" not in json.dumps(elastic.reader_role())


def _settings(parts: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    """The plugins of a section, with the first value of each setting."""
    return [(name, {key: value[0] for key, value in settings}) for name, settings in parts]


def test_the_pipeline_parses_and_keeps_its_promises() -> None:
    sections = dict(Pipeline(files.logstash_pipeline()).parse())
    for name, given in _settings(sections["input"]):
        assert name == "file"
        assert given["sincedb_path"].startswith("/var/lib/logstash/")
        assert given["start_position"] == "beginning"
    steps = [step[0] for step in sections["filter"]]
    assert steps == ["fingerprint", "mutate", "json", "if", "mutate"]
    ((name, given),) = _settings(sections["output"])
    assert name == "elasticsearch"
    assert given["action"] == "create"
    assert given["document_id"] == "%{[@metadata][id]}"
    assert given["hosts"] == ["https://127.0.0.1:9200"]
    assert given["ssl_enabled"] is True
    assert given["api_key"] == "${STORYBOT_INGEST_KEY}"
    assert given["index"] == "storybot-logs-%{+yyyy-MM-dd}"


def test_the_programs_settings_are_closed_to_the_world() -> None:
    search = yaml.safe_load(files.elasticsearch())
    assert search["network.host"] == "127.0.0.1"
    assert search["xpack.security.enabled"] is search["xpack.security.http.ssl.enabled"] is search["xpack.security.transport.ssl.enabled"] is True
    pages = yaml.safe_load(files.kibana())
    assert pages["server.host"] == "127.0.0.1"
    assert pages["elasticsearch.hosts"] == ["https://127.0.0.1:9200"]
    assert "password" not in json.dumps([search, pages])
    (pipeline,) = yaml.safe_load(files.pipelines())
    assert pipeline["dead_letter_queue.enable"] is True
    assert pipeline["queue.type"] == "persisted"
    assert yaml.safe_load(files.logstash_settings())["api.http.host"] == "127.0.0.1"


def test_kibanas_pages_refer_to_what_is_there_and_ask_for_fields_that_are() -> None:
    objects = [json.loads(line) for line in kibana.ndjson().splitlines()]
    there = {(one["type"], one["id"]) for one in objects}
    assert len(there) == len(objects)
    assert {one["type"] for one in objects} == {"index-pattern", "search", "visualization", "dashboard"}
    before: set[tuple[str, str]] = set()
    for one in objects:
        assert {(each["type"], each["id"]) for each in one["references"]} <= before
        before.add((one["type"], one["id"]))
        attributes = one["attributes"]
        asked = list(attributes.get("columns", []))
        if one["type"] == "visualization":
            asked += [
                part["params"]["field"].removesuffix(".keyword") for part in json.loads(attributes["visState"])["aggs"] if "field" in part["params"]
            ]
        if one["type"] in {"visualization", "search"}:
            source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
            assert source["indexRefName"] in {each["name"] for each in one["references"]}
            asked += [source["query"]["query"].partition(" :")[0]] if source["query"]["query"] else []
        assert set(asked) <= set(fields.types()), one["id"]
    board = objects[-1]
    panels = json.loads(board["attributes"]["panelsJSON"])
    assert {f"{panel['panelIndex']}:{panel['panelRefName']}" for panel in panels} == {each["name"] for each in board["references"]}
    for panel in panels:
        place = panel["gridData"]
        assert place["x"] + place["w"] <= 48


class Fake(FakeElastic):
    """One with certificates of its own, and connections to it."""

    def __init__(self, folder: Path) -> None:
        made = subprocess.run([str(files.FILES / "make-certificates"), str(folder), "IP:127.0.0.1,DNS:localhost"], capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        super().__init__(PASSWORD, folder)
        self.folder = folder
        self.url = f"https://127.0.0.1:{self.port}"
        self.background()

    def connect(self, password: str = PASSWORD) -> elastic.Elastic:
        return elastic.Elastic(self.url, password, self.folder / "ca.crt")


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    server = Fake(tmp_path / "certs")
    yield server
    server.shutdown()
    server.server_close()


def test_elasticsearch_is_made_ready_twice_over(fake: Fake) -> None:
    with fake.connect() as one:
        elastic.prepare(one, 30)
        first = elastic.new_ingest_key(one)
        assert elastic.only_key(one, first[0]) == 0
        assert elastic.new_kibana_token(one) == TOKEN
        elastic.prepare(one, 14)
        second = elastic.new_ingest_key(one)
        assert second[1] == f"{second[0]}:secret"
        assert elastic.only_key(one, second[0]) == 1
        assert elastic.new_kibana_token(one) == TOKEN
        elastic.put_pages(one, kibana.ndjson())
        elastic.put_user(one, "anna", "long enough", elastic.READER)
    assert fake.put["/_ilm/policy/storybot-logs"]["policy"]["phases"]["delete"]["min_age"] == "14d"
    assert fake.put["/_index_template/storybot-logs"] == elastic.template()
    assert fake.put["/_security/role/storybot_ingest"] == elastic.ingest_role()
    assert fake.put["key"]["role_descriptors"] == {"storybot_ingest": elastic.ingest_role()}
    assert fake.keys == {"key0": False, "key1": True}
    assert fake.tokens == 1
    assert kibana.ndjson() in fake.put["/api/saved_objects/_import"]
    assert fake.put["/_security/user/anna"]["roles"] == ["storybot_reader"]


def test_what_elasticsearch_refuses_is_said(fake: Fake, tmp_path: Path) -> None:
    with fake.connect("wrong") as one, pytest.raises(elastic.ElasticError, match="401, unable to authenticate"):
        elastic.prepare(one, 30)
    with fake.connect() as one, pytest.raises(elastic.ElasticError, match="at least"):
        elastic.put_user(one, "anna", "short", elastic.READER)
    other = subprocess.run([str(files.FILES / "make-certificates"), str(tmp_path / "other"), "IP:127.0.0.1"], capture_output=True)
    assert other.returncode == 0
    with elastic.Elastic(fake.url, PASSWORD, tmp_path / "other/ca.crt") as one, pytest.raises(elastic.ElasticError, match="cannot be reached"):
        elastic.prepare(one, 30)


def test_certificates_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    words = [str(files.FILES / "make-certificates"), str(tmp_path / "certs"), "IP:127.0.0.1"]
    for _ in range(2):
        subprocess.run(words, check=True, capture_output=True)
        made = {file.name: file.read_bytes() for file in (tmp_path / "certs").iterdir()}
    assert set(made) == {"ca.crt", "elasticsearch.crt", "elasticsearch.key"}
    assert subprocess.run(words, capture_output=True).returncode == 0
    assert {file.name: file.read_bytes() for file in (tmp_path / "certs").iterdir()} == made
    assert (tmp_path / "certs/elasticsearch.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('shipper = "rsyslog"', "logs.elasticsearch is missing"),
        ('shipper = "rsyslog"\nelasticsearch = "http://10.0.0.5:9200"', "must start with https://"),
        ('shipper = "logstash"\nelasticsearch = "https://10.0.0.5:9200"', "is for the shipper rsyslog"),
        ('shipper = "fluentd"', "logs.shipper"),
        ("keep_days = 0", "logs.keep_days"),
    ],
)
def test_settings_that_do_not_go_together_are_named(tmp_path: Path, settings: str, said: str) -> None:
    example = (Path(elastic.__file__).parents[1] / "site.example.toml").read_text()
    (tmp_path / "site.toml").write_text(example[: example.index("[logs]")] + "[logs]\n" + settings)
    with pytest.raises(Exception, match=said):
        read_site(tmp_path / "site.toml")
