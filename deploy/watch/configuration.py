"""What Prometheus and Alertmanager are told, from the settings of the site."""

from typing import Any

import yaml

from deploy.host.layout import METRICS_PORTS
from deploy.site import Site

NODE_EXPORTER = "127.0.0.1:9100"
PROMETHEUS = "127.0.0.1:9090"
ALERTMANAGER = "127.0.0.1:9093"
RULES = "/etc/prometheus/storybot/*.yml"
SMTP_PASSWORD = "/etc/prometheus/smtp-password"  # noqa: S105 - the file that holds it
HEAD = "# Made by `fab watch` from deploy/site.toml: change it there.\n"


def on_loopback(ports: dict[str, int] = METRICS_PORTS) -> dict[str, str]:
    """What is looked at, by the names of its jobs: the app's two processes, the host, and Prometheus itself."""
    web, worker = (f"127.0.0.1:{ports[name]}" for name in ("web", "worker"))
    return {"storybot-web": web, "storybot-worker": worker, "node": NODE_EXPORTER, "prometheus": PROMETHEUS}


def prometheus(rules: str = RULES, targets: dict[str, str] | None = None, alerts_to: str = ALERTMANAGER) -> str:
    """Prometheus's configuration; everything is on loopback unless `targets` and `alerts_to` say otherwise."""
    made: dict[str, Any] = {
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": [rules],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alerts_to]}]}]},
        "scrape_configs": [{"job_name": name, "static_configs": [{"targets": [target]}]} for name, target in (targets or on_loopback()).items()],
    }
    return HEAD + yaml.safe_dump(made, sort_keys=False)


def alertmanager(site: Site) -> str:
    """Alertmanager's configuration: what cannot wait goes out at once and again every four hours, the rest once a day."""
    receiver: dict[str, Any] = {"name": "operator"}
    if site.watch.smtp_host:
        receiver["email_configs"] = [{"to": address, "send_resolved": True} for address in site.alert_emails]
    if site.watch.alert_webhook:
        receiver["webhook_configs"] = [{"url": site.watch.alert_webhook, "send_resolved": True}]
    route = {"receiver": "operator", "group_by": ["alertname"], "group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}
    later = {"matchers": ['severity="ticket"'], "receiver": "operator", "group_wait": "1h", "repeat_interval": "24h"}
    made: dict[str, Any] = {"route": {**route, "routes": [later]}, "receivers": [receiver]}
    # Where the web process is away, what follows from it need not be said too.
    made["inhibit_rules"] = [{"source_matchers": ['alertname="WebDown"'], "target_matchers": ['alertname=~"Errors.*|LateText.*"']}]
    if site.watch.smtp_host:
        sender = site.watch.smtp_from or f"storybot@{site.site.host}"
        made["global"] = {"smtp_smarthost": site.watch.smtp_host, "smtp_from": sender, "smtp_auth_username": sender}
        made["global"]["smtp_auth_password_file"] = SMTP_PASSWORD
    return HEAD + yaml.safe_dump(made, sort_keys=False)
