"""Mails on their way: what a mail server is handed, how, and what happens where it refuses; and where there is none."""

import logging
import socket
import ssl
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

import pytest

from storybot.accounts import mail
from storybot.accounts.letters import LETTERS
from storybot.accounts.mail import Mailer
from storybot.accounts.problems import NoMail
from storybot.settings import read_settings

LINK = "https://stories.example/api/auth/confirm/a-token"


class Server:
    """A mail server of one thread. answers: what it says to a command instead of 250, by the command's first word;
    a list is used up one by one."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.commands: list[str] = []
        self.mails: list[EmailMessage] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as lines:
                self._talk(connection, lines)

    def _talk(self, connection: socket.socket, lines: Any) -> None:
        connection.sendall(b"220 here\r\n")
        while line := lines.readline():
            command = line.decode().strip()
            word = command.split(" ")[0].upper()
            self.commands.append(command)
            answer = self.answers.get(word, self._usual(word))
            if isinstance(answer, list):
                answer = answer.pop(0) if answer else self._usual(word)
            connection.sendall(answer.encode() + b"\r\n")
            if word == "DATA" and answer.startswith("354"):
                body = b""
                while (line := lines.readline()) != b".\r\n":
                    body += line[1:] if line.startswith(b"..") else line
                self.mails.append(message_from_bytes(body, policy=policy.default))  # type: ignore[arg-type]
                connection.sendall(b"250 taken\r\n")
            if word == "QUIT":
                return

    def _usual(self, word: str) -> str:
        return {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "235 in", "DATA": "354 go on", "QUIT": "221 bye"}.get(word, "250 ok")


Sender = Callable[..., Mailer]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """No thread and no pauses."""
    made: list[float] = []
    monkeypatch.setattr(mail, "_in_background", lambda work: work())
    monkeypatch.setattr(mail.time, "sleep", made.append)
    return made


@pytest.fixture
def mailer(tmp_path: Path) -> Sender:
    """A mailer for a server: `mailer(server, smtp_user="x")`."""

    def make(server: Server | None = None, **more: Any) -> Mailer:
        found = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none"} if server else {}
        return Mailer(read_settings(data_dir=tmp_path, **{"accounts": "on", "site_url": "https://stories.example"} | found | more))

    return make


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", sorted(LETTERS["en"]))
def test_every_letter_arrives_in_both_languages(mailer: Sender, language: str, name: str) -> None:
    with Server() as server:
        mailer(server).send("anna@example.com", name, language, LINK)
        [arrived] = server.mails
    assert arrived["To"] == "anna@example.com"
    assert arrived["From"] == "Storybot <storybot@stories.example>"
    assert arrived["Content-Language"] == language
    assert arrived["Subject"] == LETTERS[language][name].subject
    assert arrived["Auto-Submitted"] == "auto-generated"
    plain, markup = (arrived.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert markup is not None
    has_link = LETTERS[language][name].button != ""
    assert (LINK in plain.get_content()) == (LINK in markup.get_content()) == has_link
    assert "{" not in plain.get_content()
    assert not any(sign in markup.get_content() for sign in ("<img", "<script", "src="))


def test_both_languages_have_the_same_letters() -> None:
    assert set(LETTERS["de"]) == set(LETTERS["en"])


def test_it_signs_in_where_the_server_wants_it(mailer: Sender) -> None:
    with Server() as server:
        mailer(server, smtp_user="storybot", smtp_password="a password", mail_from="stories@stories.example").send("a@example.com", "known", "en")
        assert any(command.startswith("AUTH PLAIN") for command in server.commands)
        assert server.mails[0]["From"] == "Storybot <stories@stories.example>"


def test_nothing_is_sent_in_the_open_where_it_is_to_be_secret(mailer: Sender, caplog: pytest.LogCaptureFixture) -> None:
    """A server, or somebody between, that offers no STARTTLS gets neither mail nor password."""
    with Server() as server, caplog.at_level(logging.WARNING):
        mailer(server, smtp_security="starttls", smtp_user="x", smtp_password="a password").send("a@example.com", "known", "en")
        assert server.mails == []
        assert not any("AUTH" in command for command in server.commands)
    assert caplog.records[-1].levelname == "ERROR"


def test_a_server_that_nobody_vouches_for_gets_nothing(mailer: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    contexts: list[ssl.SSLContext] = []
    made = ssl.create_default_context

    def remembered() -> ssl.SSLContext:
        contexts.append(made())
        return contexts[-1]

    monkeypatch.setattr(mail.ssl, "create_default_context", remembered)
    with Server() as server:
        mailer(server).send("a@example.com", "known", "en")
    assert contexts[0].check_hostname
    assert contexts[0].verify_mode == ssl.CERT_REQUIRED


def test_a_server_that_is_busy_is_tried_again(mailer: Sender, pauses: list[float]) -> None:
    with Server(MAIL=["451 later", "451 later"]) as server:
        mailer(server).send("anna@example.com", "known", "en", LINK)
        assert len(server.mails) == 1
    assert pauses == [5, 60]


def test_a_server_that_says_no_is_not(mailer: Sender, pauses: list[float], caplog: pytest.LogCaptureFixture) -> None:
    with Server(RCPT="550 unknown") as server, caplog.at_level(logging.INFO):
        mailer(server).send("anna@example.com", "known", "en", LINK)
        assert server.mails == []
    assert pauses == []
    assert [record.message for record in caplog.records] == ["mail not sent"]
    assert "anna" not in caplog.text
    assert "a-token" not in caplog.text


def test_a_server_that_is_not_there_breaks_nothing(mailer: Sender, pauses: list[float], caplog: pytest.LogCaptureFixture) -> None:
    with Server() as server:
        gone = mailer(server)
    gone.send("anna@example.com", "known", "en", LINK)
    assert len(pauses) == 2
    assert caplog.records[-1].levelname == "ERROR"


@pytest.mark.parametrize("to", ["a@example.com\nBcc: b@example.com", "a@example.com, b@example.com", "a@example.com>\r\nDATA\r\n"])
def test_an_address_cannot_add_a_header_or_a_reader(mailer: Sender, to: str) -> None:
    with Server() as server, pytest.raises(Exception):  # noqa: B017
        mailer(server).send(to, "known", "en", LINK)
    assert server.mails == []


def test_a_domain_with_umlauts_is_written_as_mail_servers_know_it(mailer: Sender) -> None:
    with Server() as server:
        mailer(server).send("anna@m\N{LATIN SMALL LETTER U WITH DIAERESIS}ller.example", "known", "de", LINK)
    assert server.mails[0]["To"] == "anna@xn--mller-kva.example"


def test_on_ones_own_machine_the_terminal_shows_the_link(
    mailer: Sender, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        mailer(site_url=None).send("anna@example.com", "confirm", "de", LINK)
    assert LINK in capsys.readouterr().err
    assert "a-token" not in caplog.text


@pytest.mark.parametrize("public", [{"site_url": "https://stories.example"}, {"site_url": "https://stories.example", "host": "0.0.0.0"}])
def test_elsewhere_nothing_is_shown_and_what_needs_mails_is_refused(
    mailer: Sender, capsys: pytest.CaptureFixture[str], public: dict[str, str]
) -> None:
    made = mailer(**public)
    made.send("anna@example.com", "confirm", "de", LINK)
    assert capsys.readouterr().err == ""
    with pytest.raises(NoMail):
        made.require()
