"""Why an archive is not taken in."""

from storybot.errors import Invalid, StorybotError


class Unreadable(Invalid):
    """It is no archive of Storybot's, or it is broken."""

    slug, title = "import-unreadable", "This file is no archive that can be read"


class TooLarge(StorybotError):
    """It is larger than what is taken in."""

    slug, status, title = "import-too-large", 413, "This archive is too large"
