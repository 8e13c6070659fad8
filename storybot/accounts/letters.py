"""The mails, in German and English: what they say. Plain text, and the same as simple HTML.

`{link}` stands where the link goes, alone on its line. Nothing in a mail comes from anybody but us: an address or a name
that a stranger typed would make our server send their words.
"""

import html
from typing import NamedTuple

LINK = "{link}"


class Letter(NamedTuple):
    """A mail's subject and its paragraphs; one may be `LINK`, and `button` is what the link is called."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""


_DE: dict[str, Letter] = {
    "confirm": Letter(
        "Bestätige deine Adresse",
        (
            "Hallo,",
            "schön, dass du da bist. Bestätige noch deine Adresse, dann kann es losgehen:",
            LINK,
            "Der Link gilt zwei Tage. Wenn du dich gar nicht angemeldet hast, klick nicht darauf: Dann passiert nichts.",
        ),
        "Adresse bestätigen",
    ),
    "known": Letter(
        "Du hast schon ein Konto",
        (
            "Hallo,",
            "jemand wollte sich mit deiner Adresse ein Konto anlegen. Du hast aber schon eines. Hier meldest du dich an, "
            "und wenn du dein Passwort nicht mehr weißt, bekommst du dort ein neues:",
            LINK,
            "Wenn du das nicht warst, musst du nichts tun.",
        ),
        "Zur Anmeldung",
    ),
    "reset": Letter(
        "Ein neues Passwort",
        (
            "Hallo,",
            "hier kannst du dir ein neues Passwort aussuchen:",
            LINK,
            "Der Link gilt eine Stunde und nur einmal. Wenn du ihn nicht angefordert hast, lass ihn liegen: Dein altes Passwort gilt weiter.",
        ),
        "Neues Passwort wählen",
    ),
    "password": Letter(
        "Dein Passwort wurde geändert",
        (
            "Hallo,",
            "das Passwort deines Kontos wurde gerade geändert, und überall sonst bist du jetzt abgemeldet.",
            "Wenn du das nicht warst, hol dir hier gleich ein neues:",
            LINK,
        ),
        "Neues Passwort anfordern",
    ),
    "invitation": Letter(
        "Du bist zu Storybot eingeladen",
        (
            "Hallo,",
            "du bist eingeladen: Bei Storybot wird aus einer Idee eine Geschichte, die vor deinen Augen entsteht und dir bleibt. "
            "Hier legst du dir ein Konto an:",
            LINK,
            "Der Link gilt nur für dich und nur einmal. Wenn du nicht weißt, worum es geht, lass ihn einfach liegen.",
        ),
        "Einladung annehmen",
    ),
    "address": Letter(
        "Bestätige deine neue Adresse",
        (
            "Hallo,",
            "dein Konto soll künftig diese Adresse haben. Bestätige sie hier:",
            LINK,
            "Der Link gilt zwei Stunden. Wenn du davon nichts weißt, klick nicht darauf: Dann bleibt alles, wie es ist.",
        ),
        "Neue Adresse bestätigen",
    ),
    "address-asked": Letter(
        "Deine Adresse soll geändert werden",
        (
            "Hallo,",
            "für dein Konto wurde gerade eine neue Adresse angegeben. Sobald sie bestätigt ist, meldest du dich mit ihr an.",
            "Wenn du das nicht warst, ändere gleich dein Passwort und beende die anderen Sitzungen:",
            LINK,
        ),
        "Zum Konto",
    ),
    "address-changed": Letter(
        "Deine Adresse wurde geändert",
        (
            "Hallo,",
            "dein Konto hat jetzt eine andere Adresse; an diese hier schreiben wir nicht mehr.",
            "Wenn du das nicht warst, wende dich gleich an die Person, die diesen Storybot betreut.",
        ),
    ),
    "ending": Letter(
        "Dein Konto wird gelöscht",
        (
            "Hallo,",
            "dein Konto wird gerade gelöscht, mit allen Geschichten und Ideen darin. Das lässt sich nicht zurückholen.",
            "Danke, dass du da warst. Wenn du das nicht warst, wende dich gleich an die Person, die diesen Storybot betreut.",
        ),
    ),
    "security": Letter(
        "An deiner Anmeldung hat sich etwas geändert",
        (
            "Hallo,",
            "bei deinem Konto wurde gerade geändert, wie man sich anmeldet: ein Passkey, die Anmeldung in zwei Schritten oder "
            "ein verbundener Dienst. Wie es jetzt steht, siehst du hier:",
            LINK,
            "Wenn du das nicht warst, ändere gleich dein Passwort und beende die anderen Sitzungen.",
        ),
        "Zum Konto",
    ),
}

_EN: dict[str, Letter] = {
    "confirm": Letter(
        "Confirm your address",
        (
            "Hello,",
            "It’s good to have you here. Just confirm your address and you can begin:",
            LINK,
            "The link works for two days. If you didn’t sign up, don’t click it and nothing will happen.",
        ),
        "Confirm address",
    ),
    "known": Letter(
        "You already have an account",
        (
            "Hello,",
            "Somebody tried to sign up with your address, but you already have an account. Sign in here; if you’ve forgotten "
            "your password, you can get a new one there:",
            LINK,
            "If it wasn’t you, there’s nothing you need to do.",
        ),
        "Sign in",
    ),
    "reset": Letter(
        "A new password",
        (
            "Hello,",
            "Here you can choose a new password:",
            LINK,
            "The link works once, within an hour. If you didn’t ask for it, leave it be: your old password still works.",
        ),
        "Choose a new password",
    ),
    "password": Letter(
        "Your password was changed",
        (
            "Hello,",
            "The password of your account has just been changed, and you’ve been signed out everywhere else.",
            "If it wasn’t you, get a new one here right away:",
            LINK,
        ),
        "Ask for a new password",
    ),
    "invitation": Letter(
        "You’re invited to Storybot",
        (
            "Hello,",
            "You’re invited: Storybot turns an idea into a story that unfolds before your eyes and is yours to keep. Make yourself an account here:",
            LINK,
            "The link is for you alone and works once. If you don’t know what this is about, just leave it be.",
        ),
        "Accept the invitation",
    ),
    "address": Letter(
        "Confirm your new address",
        (
            "Hello,",
            "Your account is about to move to this address. Confirm it here:",
            LINK,
            "The link works for two hours. If you know nothing about this, don’t click it and everything stays as it is.",
        ),
        "Confirm new address",
    ),
    "address-asked": Letter(
        "Your address is about to change",
        (
            "Hello,",
            "A new address has just been given for your account. Once it’s confirmed, you’ll sign in with that one.",
            "If it wasn’t you, change your password and end your other sessions right away:",
            LINK,
        ),
        "Go to your account",
    ),
    "address-changed": Letter(
        "Your address was changed",
        (
            "Hello,",
            "Your account has a different address now, and we won’t write to this one any more.",
            "If it wasn’t you, get in touch right away with whoever looks after this Storybot.",
        ),
    ),
    "ending": Letter(
        "Your account is being deleted",
        (
            "Hello,",
            "Your account is being deleted, with all its stories and ideas. They can’t be brought back.",
            "Thank you for having been here. If it wasn’t you, get in touch right away with whoever looks after this Storybot.",
        ),
    ),
    "security": Letter(
        "The way you sign in has changed",
        (
            "Hello,",
            "Something about signing in to your account has just changed: a passkey, two-step sign-in, or a connected service. "
            "Have a look at how things stand:",
            LINK,
            "If it wasn’t you, change your password and end your other sessions right away.",
        ),
        "Go to your account",
    ),
}

LETTERS = {"de": _DE, "en": _EN}


def text(letter: Letter, link: str) -> str:
    """The letter as plain text."""
    return "\n\n".join(link if one == LINK else one for one in letter.paragraphs) + "\n\nStorybot\n"


def markup(letter: Letter, link: str, language: str) -> str:
    """The letter as HTML: no images, nothing from elsewhere."""
    target = html.escape(link, quote=True)
    button = (
        f'<p style="margin:28px 0"><a href="{target}" style="background:#8a3b12;color:#ffffff;padding:12px 20px;border-radius:8px;'
        f'text-decoration:none;font-weight:bold">{html.escape(letter.button)}</a></p>'
        f'<p style="font-size:13px;color:#6b5d4f;word-break:break-all">{target}</p>'
    )
    body = "".join(button if one == LINK else f"<p>{html.escape(one)}</p>" for one in letter.paragraphs)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{html.escape(letter.subject)}</title></head>'
        '<body style="margin:0;background:#fbf7f0;color:#2b2118;font:16px/1.6 Georgia,serif">'
        f'<div style="max-width:560px;margin:0 auto;padding:32px 24px">{body}<p>Storybot</p></div></body></html>'
    )
