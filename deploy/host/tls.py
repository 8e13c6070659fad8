"""`fab tls`: the site's certificate, from Let's Encrypt or another ACME server."""

import shlex
from pathlib import Path

from fabric import Connection

from deploy.host import layout, setup
from deploy.host.connect import HostError, run, say, write
from deploy.site import Site

#: Tries of the first certificate, and seconds between them: an authority may be busy for a moment.
TRIES = 3
PAUSE_S = 5
CA_FILE = f"{layout.ETC}/acme-ca.pem"


def get_certificate(connection: Connection, site: Site) -> None:
    """Get one certificate for all of the site's names, by way of the gateway's port 80, and let the gateway use it.

    Nothing happens where one for just these names is there and not yet due. Raises: HostError with certbot's last words.
    """
    setup.gateway(connection, site)  # answers the authority's question, with or without a certificate
    environment = ""
    if site.tls.acme_ca:
        write(connection, CA_FILE, Path(site.tls.acme_ca).expanduser().read_bytes())
        environment = f"REQUESTS_CA_BUNDLE={CA_FILE} "
        drop_in = "/etc/systemd/system/storybot-certificate.service.d"
        run(connection, f"install -d -m 0755 {drop_in}", sudo=True)
        if write(connection, f"{drop_in}/acme.conf", f"[Service]\nEnvironment=REQUESTS_CA_BUNDLE={CA_FILE}\n"):
            run(connection, "systemctl daemon-reload", sudo=True)
    names = " ".join(f"-d {name}" for name in site.hosts)
    command = (
        f"env {environment}certbot certonly --non-interactive --agree-tos --no-eff-email -m {site.site.email} --server {site.tls.acme_server} "
        f"--webroot -w {layout.ACME_ROOT} --cert-name {site.site.host} --key-type ecdsa --keep-until-expiring --expand {names}"
    )
    script = f"for n in $(seq {TRIES}); do {command} && exit 0; status=$?; [ $n = {TRIES} ] || sleep {PAUSE_S}; done; exit $status"
    say(f"asking {site.tls.acme_server} for {', '.join(site.hosts)}")
    try:
        run(connection, f"sh -c {shlex.quote(script)}", sudo=True)
    except HostError as error:
        raise HostError(
            f"No certificate: {error}. Do all of {', '.join(site.hosts)} lead to this server (`fab dns`), and is port 80 open?"
        ) from error
    setup.gateway(connection, site)
    run(connection, f"{layout.LIBRARY}/note-certificate", sudo=True)
    end = run(connection, f"openssl x509 -noout -enddate -in {layout.CERTIFICATES}/{site.site.host}/cert.pem", sudo=True)
    say(f"certificate: {end.removeprefix('notAfter=')}; it renews itself")
