"""The configurations of Elastic's programs and of rsyslog, made from the files in files/."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from deploy.host.layout import DATA, ETC

FILES = Path(__file__).with_name("files")
APP_LOGS, GATEWAY_LOGS = f"{DATA}/logs", "/var/log/nginx"
#: Logstash sees the app's lines here, as the folder above them is closed to all but the app.
SEEN_BY_LOGSTASH = "/run/storybot-logs"
ELASTIC_ETC = f"{ETC}/elastic"
CA = f"{ELASTIC_ETC}/ca.crt"
LOOPBACK = "127.0.0.1"
ELASTICSEARCH = f"https://{LOOPBACK}:9200"
#: Where rsyslog finds its password, and the root that it believes.
PASSWORD, SHIPPER_CA = f"{ETC}/ingest-password", f"{ETC}/ingest-ca.crt"


def _made(name: str, **values: object) -> str:
    environment = Environment(loader=FileSystemLoader(FILES), undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701 - no markup
    return environment.get_template(name).render(**values)


def logstash_pipeline(
    app_logs: str = SEEN_BY_LOGSTASH,
    gateway_logs: str = GATEWAY_LOGS,
    elasticsearch: str = ELASTICSEARCH,
    ca: str = CA,
    state: str = "/var/lib/logstash",
) -> str:
    """What Logstash reads, makes of it, and sends where."""
    return _made("logstash.conf", app_logs=app_logs, gateway_logs=gateway_logs, elasticsearch=elasticsearch, ca=ca, state=state)


def pipelines(pipeline: str = "/etc/logstash/conf.d/storybot.conf") -> str:
    """Logstash's list of pipelines, with their queues."""
    return _made("pipelines.yml", pipeline=pipeline)


def logstash_settings(data: str = "/var/lib/logstash", logs: str = "/var/log/logstash") -> str:
    """Logstash's own settings."""
    return _made("logstash.yml", data=data, logs=logs)


def elasticsearch(address: str = LOOPBACK, data: str = "/var/lib/elasticsearch", logs: str = "/var/log/elasticsearch") -> str:
    """Elasticsearch's settings: one node that listens at `address` only."""
    return _made("elasticsearch.yml", address=address, data=data, logs=logs)


def kibana(address: str = LOOPBACK, elasticsearch: str = ELASTICSEARCH, ca: str = "/etc/kibana/ca.crt") -> str:
    """Kibana's settings; its token lies in its keystore."""
    return _made("kibana.yml", address=address, elasticsearch=elasticsearch, ca=ca)


def rsyslog(
    server: str,
    user: str,
    *,
    app_logs: str = APP_LOGS,
    gateway_logs: str = GATEWAY_LOGS,
    password: str = PASSWORD,
    ca: str = SHIPPER_CA,
    refused: str = "/var/log/storybot-refused.json",
) -> str:
    """rsyslog's part. server: `https://HOST:PORT`; `password` is the file that holds it; `refused`: what Elasticsearch never takes."""
    target = (
        f'server="{server}" uid="{user}" pwd=`cat {password}` tls.cacert="{ca}" healthCheckTimeout="10000" esVersion.major="8" '
        'searchType="" searchIndex="storybot_day" dynSearchIndex="on" bulkmode="on" maxbytes="4m" bulkid="storybot_id" dynbulkid="on" '
        f'writeoperation="create" retryfailures="on" retryruleset="storybot" errorFile="{refused}" '
        'action.resumeRetryCount="-1" action.resumeInterval="5"'
    )
    return _made("rsyslog.conf", app_logs=app_logs, gateway_logs=gateway_logs, target=target, dead=f"{refused}.dead")
