"""Sending mails: by SMTP, in a thread of its own, so that nobody waits for it and its time says nothing.

Without a mail server the letter is shown in the terminal, on one's own machine only; never in a log, as its link opens an
account.
"""

import logging
import smtplib
import ssl
import sys
import threading
import time
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import urlsplit

from email_validator import validate_email

from storybot.accounts.letters import LETTERS, markup, text
from storybot.accounts.problems import NoMail
from storybot.settings import Settings

log = logging.getLogger(__name__)

#: How long one try may take, and after which pauses it is tried again, in seconds.
TIMEOUT_S = 20
PAUSES_S = (5, 60)


class Mailer:
    """Sends letters as the settings say."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._host = urlsplit(settings.site).hostname or "localhost"

    def require(self) -> None:
        """Refuse what cannot work without mails. Raises: NoMail."""
        if not self._settings.mails:
            raise NoMail("This server sends no mail: its operator can set STORYBOT_SMTP_HOST.")

    def send(self, to: str, name: str, language: str | None, link: str = "") -> None:
        """Send the letter of this name, in the background; a server without mail sends nothing."""
        message = self.compose(to, name, language if language in LETTERS else "en", link)
        if self._settings.smtp_host:
            _in_background(lambda: self._deliver(message))
        elif self._settings.mails:
            sys.stderr.write(f"\n  Mail to {to}: {message['Subject']}\n  {link}\n\n")
            sys.stderr.flush()

    def compose(self, to: str, name: str, language: str, link: str) -> EmailMessage:
        """The mail, whole."""
        letter = LETTERS[language][name]
        message = EmailMessage()
        message["Subject"] = letter.subject
        message["From"] = Address("Storybot", addr_spec=self._settings.mail_from or f"storybot@{self._host}")
        message["To"] = Address(addr_spec=_ascii(to))
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._host)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes, please
        message.set_content(text(letter, link))
        message.add_alternative(markup(letter, link, language), subtype="html")
        message["Content-Language"] = language  # last: what says content would move into the first part
        return message

    def _deliver(self, message: EmailMessage) -> None:
        for pause_s in (*PAUSES_S, None):
            try:
                self._hand_over(message)
            except (OSError, smtplib.SMTPException) as error:
                lost = pause_s is None or _is_final(error)
                log.log(logging.ERROR if lost else logging.WARNING, "mail not sent", extra={"error.type": type(error).__name__, "mail.lost": lost})
                if lost:
                    return
                time.sleep(pause_s or 0)
            else:
                log.info("mail sent")
                return

    def _hand_over(self, message: EmailMessage) -> None:
        settings, host = self._settings, self._settings.smtp_host or ""
        secure = ssl.create_default_context()
        with (
            smtplib.SMTP_SSL(host, settings.smtp_port, timeout=TIMEOUT_S, context=secure)
            if settings.smtp_security == "tls"
            else smtplib.SMTP(host, settings.smtp_port, timeout=TIMEOUT_S)
        ) as server:
            if settings.smtp_security == "starttls":
                server.starttls(context=secure)  # raises where the server has none: better no mail than an open one
            if settings.smtp_user:
                password = settings.smtp_password
                server.login(settings.smtp_user, password.get_secret_value() if password else "")
            server.send_message(message)


def _ascii(address: str) -> str:
    """The address with its domain as mail servers know it (RFC 5891)."""
    return validate_email(address, check_deliverability=False, globally_deliverable=False).ascii_email or address


def _is_final(error: Exception) -> bool:
    """Whether another try is of no use: the server said no for good (RFC 5321, 4.2.1: 5yz)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _said in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="mail", daemon=True).start()
