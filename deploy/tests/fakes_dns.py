"""Cloudflare's and GoDaddy's DNS APIs, as far as their documentation describes what is used here, and a name server of what they hold.

Sources: https://developers.cloudflare.com/api/resources/dns/subresources/records/ and https://developer.godaddy.com/doc/endpoint/domains.
"""

import json
import socket
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

ZONE = "example.com"
Answer = tuple[int, Any]


class Fake:
    """A provider that listens on loopback: `endpoint` is its address, `requests` what it was asked (method, path)."""

    prefix = ""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                fake.requests.append((self.command, parts.path))
                status, answer = fake.answer(
                    self.command, parts.path.removeprefix(fake.prefix), query, json.loads(body or b"null"), self.headers.get("Authorization", "")
                )
                raw = b"" if answer is None else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PUT = do_DELETE = _serve

            def log_message(self, *_words: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}{self.prefix}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, query: dict[str, str], body: Any, authorization: str) -> Answer:
        raise NotImplementedError

    def held(self) -> set[tuple[str, str, str]]:
        """(type, full name, content) of every record."""
        raise NotImplementedError

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [asked for asked in self.requests if asked[0] != "GET"]


class Cloudflare(Fake):
    """Version 4 of Cloudflare's API, with one zone."""

    prefix = "/client/v4"
    token = "right-token"
    zone_id = "023e105f4ecef8ad9ca31a8372d0c353"

    def put(self, kind: str, name: str, content: str, **more: Any) -> dict[str, Any]:
        """A record that is there before."""
        record = {"id": uuid.uuid4().hex, "type": kind, "name": name, "content": content, "ttl": 1, "proxied": False, **more}
        self.records.append(record)
        return record

    def held(self) -> set[tuple[str, str, str]]:
        return {(record["type"], record["name"], record["content"]) for record in self.records}

    @staticmethod
    def _fails(status: int, code: int, message: str) -> Answer:
        return status, {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}

    @staticmethod
    def _gives(result: Any, **more: Any) -> Answer:
        return 200, {"success": True, "errors": [], "messages": [], "result": result, **more}

    def _page(self, found: list[Any], query: dict[str, str]) -> Answer:
        page, size = int(query.get("page", 1)), min(int(query.get("per_page", 20)), 3)  # small, so that there are several
        total = -(-len(found) // size)
        cut = found[(page - 1) * size : page * size]
        info = {"page": page, "per_page": size, "count": len(cut), "total_count": len(found), "total_pages": total}
        return self._gives(cut, result_info=info)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any, authorization: str) -> Answer:
        if not authorization.startswith("Bearer ") or " " in authorization.removeprefix("Bearer "):
            return self._fails(400, 6003, "Invalid request headers")
        if authorization != f"Bearer {self.token}":
            return self._fails(403, 9109, "Invalid access token")
        if path == "/zones":
            zones = [{"id": uuid.uuid4().hex, "name": f"other{number}.example", "status": "active"} for number in range(4)]
            return self._page([*zones, {"id": self.zone_id, "name": ZONE, "status": "active"}], query)
        base = f"/zones/{self.zone_id}/dns_records"
        if not path.startswith(base):
            return self._fails(404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?")
        identifier = path.removeprefix(base).strip("/")
        if method == "GET":
            return self._page([each for each in self.records if all(each[key] == query[key] for key in ("type", "name") if key in query)], query)
        if method == "POST":
            return self._write(body, uuid.uuid4().hex)
        if identifier not in [record["id"] for record in self.records]:
            return self._fails(404, 81044, "Record does not exist.")
        if method == "PUT":
            return self._write(body, identifier)
        self.records = [record for record in self.records if record["id"] != identifier]
        return self._gives({"id": identifier})

    def _write(self, body: dict[str, Any], identifier: str) -> Answer:
        content = body.get("content")
        if body["type"] == "CAA":
            data = body.get("data") or {}
            if type(data.get("flags")) is not int or data.get("tag") not in ("issue", "issuewild", "iodef") or '"' in data.get("value", '"'):
                return self._fails(400, 1004, "DNS Validation Error")
            content = f'{data["flags"]} {data["tag"]} "{data["value"]}"'
        if not content or (body["name"] != ZONE and not body["name"].endswith(f".{ZONE}")):
            return self._fails(400, 9000, "DNS name or content is invalid.")
        others = [record for record in self.records if record["name"] == body["name"] and record["id"] != identifier]
        if any((record["type"], record["content"]) == (body["type"], content) for record in others):
            return self._fails(400, 81058, "An identical record already exists.")
        if any(record["type"] == "CNAME" for record in others) and body["type"] in ("A", "AAAA", "CNAME"):
            return self._fails(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
        new = {"id": identifier, "type": body["type"], "name": body["name"], "content": content, "ttl": body.get("ttl", 1), "proxied": False}
        self.records = [*(record for record in self.records if record["id"] != identifier), new]
        return self._gives(new)


class GoDaddy(Fake):
    """Version 1 of GoDaddy's API, with one domain."""

    prefix = "/v1"
    key = "right-key:right-secret"
    large_account = True

    def put(self, kind: str, name: str, content: str) -> None:
        """A record that is there before; `name` as GoDaddy holds it: @ or www."""
        self.records.append({"type": kind, "name": name, "data": content, "ttl": 3600})

    def held(self) -> set[tuple[str, str, str]]:
        return {(record["type"], ZONE if record["name"] == "@" else f"{record['name']}.{ZONE}", record["data"]) for record in self.records}

    @staticmethod
    def _fails(status: int, code: str, message: str) -> Answer:
        return status, {"code": code, "message": message}

    def answer(self, method: str, path: str, query: dict[str, str], body: Any, authorization: str) -> Answer:
        if authorization != f"sso-key {self.key}":
            return self._fails(401, "UNABLE_TO_AUTHENTICATE", "Unauthorized : Could not authenticate API key/secret")
        if not self.large_account:
            return self._fails(403, "ACCESS_DENIED", "Authenticated user is not allowed access")
        words = path.split("/")[1:]
        if words[:2] != ["domains", ZONE]:
            return self._fails(404, "UNKNOWN_DOMAIN", "The given domain is not registered, or does not have a zone file")
        if len(words) == 2:
            return 200, {"domainId": 1002387, "domain": ZONE, "status": "ACTIVE"}
        kind, name = (words[3:4] or [""])[0], (words[4:5] or [""])[0]
        if words[2] != "records" or (len(words) > 4 and not name):
            return self._fails(404, "NOT_FOUND", "The requested resource was not found")
        chosen = [record for record in self.records if kind in ("", record["type"]) and name in ("", record["name"])]
        if method == "GET":
            return 200, chosen
        if method == "DELETE":
            if not chosen:
                return self._fails(404, "NOT_FOUND", "The requested resource was not found")
            self.records = [record for record in self.records if record not in chosen]
            return 204, None
        return self._replace(kind, name, chosen, body)

    def _replace(self, kind: str, name: str, chosen: list[dict[str, Any]], body: Any) -> Answer:
        if not body:
            return 200, None  # an empty list changes nothing
        new = [{"type": kind, "name": name or each["name"], "data": each["data"], "ttl": each.get("ttl", 3600)} for each in body]
        if kind == "CAA" or any(each["ttl"] < 600 for each in new):
            return self._fails(422, "INVALID_BODY", "Request body doesn't fulfill schema, see details in `fields`")
        rest = [record for record in self.records if record not in chosen]
        if any("CNAME" in (one["type"], other["type"]) and one["name"] == other["name"] for one in new for other in rest):
            return self._fails(422, "DUPLICATE_RECORD", "Another record with the same attributes already exists")
        self.records = [*rest, *new]
        return 200, None


class NameServer:
    """A name server on loopback (UDP) for what a fake provider holds; before `late` answers it knows nothing."""

    def __init__(self, fake: Fake, *, late: int = 0) -> None:
        self.fake, self.late = fake, late
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            wire, sender = self._socket.recvfrom(4096)
            if wire == b"end":
                return
            query = dns.message.from_wire(wire)
            (question,) = query.question
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.AA
            kind, name = dns.rdatatype.to_text(question.rdtype), question.name.to_text(omit_final_dot=True)
            found = sorted(content for type_, host, content in self.fake.held() if (type_, host) == (kind, name))
            if self.late > 0:
                self.late, found = self.late - 1, []
            if found:
                answer.answer.append(dns.rrset.from_text_list(question.name, 300, "IN", kind, found))
            self._socket.sendto(answer.to_wire(), sender)
