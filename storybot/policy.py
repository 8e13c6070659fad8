"""What a browser is told it may do with an answer: the security headers, in one place.

Every answer gets them (`requests.py`); the page and the documentation have a Content-Security-Policy of their own.
A gateway in front may replace any of them; a test holds them against what the MDN HTTP Observatory wants.
"""

from urllib.parse import urlsplit

from storybot.settings import Settings

#: An answer of the API is never a document: where a browser opens it as one, nothing in it runs, loads or is framed.
API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
#: The documentation for people: a document and its style sheet.
DOCS_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#: What the page's own origin may use: passkeys, sound, and what a reader presses a button for.
_OWN = (
    "autoplay",
    "clipboard-write",
    "fullscreen",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
)
#: What nobody may use here. Source: W3C Permissions Policy, its registry; without what Chromium complains of as unknown.
_NOBODY = (
    "accelerometer",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "compute-pressure",
    "cross-origin-isolated",
    "display-capture",
    "encrypted-media",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "keyboard-map",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "private-state-token-issuance",
    "private-state-token-redemption",
    "serial",
    "storage-access",
    "sync-xhr",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
PERMISSIONS = ", ".join(sorted([*(f"{name}=(self)" for name in _OWN), *(f"{name}=()" for name in _NOBODY)]))

#: Nothing here opens, is opened by, or is shown in a page of another origin; what CORS allows is not touched by these.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
}


def page_policy(settings: Settings) -> str:
    """The page's Content-Security-Policy.

    Everything comes from the page's own origin, and requests go there, or to the API's where that is another one.
    React sets styles through the CSSOM, which `style-src` does not touch; no script of the page makes markup or code
    of a text, so no Trusted Types policy may exist at all.
    """
    api = urlsplit(settings.api_url or "")
    connect = f"'self' {api.scheme}://{api.netloc}" if api.netloc else "'self'"
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "media-src 'self' blob:",
            "manifest-src 'self'",
            "worker-src 'self'",
            f"connect-src {connect}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )
