"""What the containers are told, made from the same modules as on a host: `python -m deploy.containers` writes it anew."""

from pathlib import Path

from deploy.logs import files
from deploy.watch import configuration, dashboards

FOLDER = Path(__file__).parent
HEAD = "# Made by `python -m deploy.containers`: change deploy/watch or deploy/logs.\n"
ELASTICSEARCH = "https://elasticsearch:9200"


def contents() -> dict[str, str]:
    """Every file that is made, by its name in this folder."""
    targets = {"storybot-web": "storybot:9500", "prometheus": "127.0.0.1:9090"}
    metrics = configuration.prometheus("/etc/prometheus/rules/*s.yml", targets, "alertmanager:9093").removeprefix(configuration.HEAD)
    pipeline = files.logstash_pipeline("/data/logs", "/var/log/nginx", ELASTICSEARCH, "/certs/ca.crt", "/usr/share/logstash/data")
    made = {
        "prometheus.yml": metrics,
        "elasticsearch.yml": files.elasticsearch("0.0.0.0", "/usr/share/elasticsearch/data", "/usr/share/elasticsearch/logs"),  # noqa: S104 - a container's
        "kibana.yml": files.kibana("0.0.0.0", ELASTICSEARCH, "/certs/ca.crt"),  # noqa: S104 - a container's
        "logstash.yml": files.logstash_settings("/usr/share/logstash/data", "/usr/share/logstash/logs"),
        "pipelines.yml": files.pipelines("/etc/storybot/logstash.conf"),
        "logstash.conf": pipeline.partition("\n")[2],
    }
    return {name: HEAD + text for name, text in made.items()} | {f"dashboards/{name}": text for name, text in dashboards.texts().items()}
