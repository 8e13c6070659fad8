"""Elasticsearch made ready for the logs: how lines are kept, for how long, and who may do what.

Everything here is safe to say again. The index of a line follows from its day and the line's own id is the document's:
a line that is sent twice, by either shipper, stands there once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from deploy.logs import fields

NAME = "storybot-logs"
PATTERN = f"{NAME}-*"
INGEST, READER = "storybot_ingest", "storybot_reader"
#: The user that rsyslog comes as, which knows no API keys.
INGEST_USER = "storybot-ingest"
KEY_NAME = "storybot-ingest"
TOKEN = "storybot"  # noqa: S105 - its name
TIMEOUT_S = 60


class ElasticError(Exception):
    """Elasticsearch or Kibana refuses something or is not there; the message says what."""


def lifecycle(days: int) -> dict[str, Any]:
    """The policy of an index, which holds one day: gone after `days`."""
    return {"policy": {"phases": {"hot": {"actions": {}}, "delete": {"min_age": f"{days}d", "actions": {"delete": {}}}}}}


def template() -> dict[str, Any]:
    """The template of a day's index: the fields of a line, one shard, no copy on a second machine that is not there."""
    settings = {"index.lifecycle.name": NAME, "index.number_of_shards": 1, "index.number_of_replicas": 0, "index.codec": "best_compression"}
    return {"index_patterns": [PATTERN], "priority": 500, "template": {"settings": settings, "mappings": fields.mapping()}}


def ingest_role() -> dict[str, Any]:
    """Who ships lines may make the index of a new day and put documents into it that are not there yet: nothing else."""
    return {"cluster": ["monitor"], "indices": [{"names": [PATTERN], "privileges": ["create_doc", "create_index"]}]}


def reader_role() -> dict[str, Any]:
    """Who looks at the logs may read them in Kibana, and change nothing."""
    kibana = {"application": "kibana-.kibana", "privileges": ["read"], "resources": ["*"]}
    return {"cluster": [], "indices": [{"names": [PATTERN], "privileges": ["read", "view_index_metadata"]}], "applications": [kibana]}


@dataclass
class Elastic:
    """A connection to Elasticsearch or Kibana as an administrator. ca: the only root that it believes; None: plain HTTP."""

    url: str
    password: str
    ca: Path | None = None
    user: str = "elastic"

    def __enter__(self) -> Self:
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy stands between this machine and its tunnel
        self._http.auth = (self.user, self.password)
        self._http.verify = str(self.ca) if self.ca else True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The answer's JSON. Raises: ElasticError."""
        try:
            answer = self._http.request(method, self.url + path, json=body, timeout=TIMEOUT_S, **more)
        except requests.RequestException as error:
            raise ElasticError(f"{self.url} cannot be reached: {error}.") from error
        if answer.ok:
            return answer.json() if answer.content else {}
        raise ElasticError(f"{method} {path.partition('?')[0]}: {answer.status_code}, {_reason(answer)}")


def _reason(answer: requests.Response) -> str:
    try:
        body = answer.json()
        error = body.get("error", body)
        return str(error.get("reason", error) if isinstance(error, dict) else body.get("message", error))[:300]
    except ValueError:
        return answer.text[:300]


def prepare(elastic: Elastic, keep_days: int) -> None:
    """Put the policy, the template and the roles. Raises: ElasticError."""
    elastic.ask("PUT", f"/_ilm/policy/{NAME}", lifecycle(keep_days))
    elastic.ask("PUT", f"/_index_template/{NAME}", template())
    elastic.ask("PUT", f"/_security/role/{INGEST}", ingest_role())
    elastic.ask("PUT", f"/_security/role/{READER}", reader_role())


def new_ingest_key(elastic: Elastic) -> tuple[str, str]:
    """A new key that may only create: its id and what Logstash is given, `ID:KEY`. Older ones go on until `only_key`."""
    name = f"{KEY_NAME}-{datetime.now(UTC):%Y%m%d%H%M%S%f}"
    made = elastic.ask("POST", "/_security/api_key", {"name": name, "role_descriptors": {INGEST: ingest_role()}})
    return made["id"], f"{made['id']}:{made['api_key']}"


def only_key(elastic: Elastic, key_id: str) -> int:
    """Make every other ingest key void; returns how many these were."""
    found = elastic.ask("GET", f"/_security/api_key?name={KEY_NAME}-*")["api_keys"]
    others = [key["id"] for key in found if key["id"] != key_id and not key["invalidated"]]
    if others:
        elastic.ask("DELETE", "/_security/api_key", {"ids": others})
    return len(others)


def new_kibana_token(elastic: Elastic) -> str:
    """A new token of the service account that Kibana comes as; the one before is void."""
    path = f"/_security/service/elastic/kibana/credential/token/{TOKEN}"
    try:
        elastic.ask("DELETE", path)
    except ElasticError as error:
        if ": 404," not in str(error):
            raise
    token: str = elastic.ask("POST", path)["token"]["value"]
    return token


def put_user(elastic: Elastic, name: str, password: str, role: str) -> None:
    """Let somebody in, or give them another password. Raises: ElasticError, also for a password that is too short."""
    elastic.ask("PUT", f"/_security/user/{name}", {"password": password, "roles": [role]})


def put_pages(kibana: Elastic, objects: str) -> None:
    """Bring the saved objects (NDJSON) into Kibana; those that are there already become these. Raises: ElasticError."""
    file = {"file": ("storybot.ndjson", objects.encode(), "application/ndjson")}
    said = kibana.ask("POST", "/api/saved_objects/_import?overwrite=true", headers={"kbn-xsrf": "true"}, files=file)
    if not said.get("success"):
        raise ElasticError(f"Kibana does not take its pages: {str(said.get('errors'))[:300]}")
