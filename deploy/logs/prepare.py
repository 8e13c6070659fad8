"""Elasticsearch and Kibana in containers made ready: `python -m deploy.logs.prepare elasticsearch|kibana`.

By environment: ELASTIC_URL, ELASTIC_CA, ELASTIC_PASSWORD_FILE, KIBANA_URL, KEEP_DAYS, KEYS (a folder that the keys go to).
"""

import os
import sys
from pathlib import Path

from deploy.logs import elastic, kibana


def _put(file: Path, secret: str) -> None:
    # The containers that read it run as users of their own; the volume is shared with nobody else.
    new = file.with_name(file.name + ".new")
    new.touch(mode=0o644)
    new.write_text(secret, encoding="utf-8")
    new.rename(file)


def main(what: str) -> None:
    """Do it once. Raises: ElasticError; then the container ends with a status and is started again."""
    password = Path(os.environ["ELASTIC_PASSWORD_FILE"]).read_text(encoding="utf-8").strip()
    if what == "kibana":
        with elastic.Elastic(os.environ["KIBANA_URL"], password) as pages:
            elastic.put_pages(pages, kibana.ndjson())
        return
    keys = Path(os.environ["KEYS"])
    with elastic.Elastic(os.environ["ELASTIC_URL"], password, Path(os.environ["ELASTIC_CA"])) as one:
        elastic.prepare(one, int(os.environ.get("KEEP_DAYS", "30")))
        key_id, key = elastic.new_ingest_key(one)
        _put(keys / "ingest", key)
        _put(keys / "kibana", elastic.new_kibana_token(one))
        elastic.only_key(one, key_id)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except elastic.ElasticError as refusal:
        raise SystemExit(f"prepare: {refusal}") from refusal
