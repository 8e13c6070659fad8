"""What can be wrong with models on this machine, as the caller is told."""

from storybot.errors import StorybotError


class ModelMissing(StorybotError):
    slug, status, title = "model-missing", 404, "There is no such model on this machine"


class ModelInUse(StorybotError):
    slug, status, title = "model-in-use", 409, "A story is being written with this model"


class PullRefused(StorybotError):
    """`host`: the hub. It wants a token, or its terms accepted first."""

    slug, status, title = "pull-refused", 403, "The hub does not give this file to everybody"


class PullNotFound(StorybotError):
    slug, status, title = "pull-not-found", 404, "The hub does not have this file any more"


class PullUnreachable(StorybotError):
    """`host`: the hub."""

    slug, status, title = "pull-unreachable", 503, "The hub cannot be reached"


class PullNoSpace(StorybotError):
    """`needed_bytes`, `free_bytes`."""

    slug, status, title = "pull-no-space", 507, "There is no room for this model"


class PullChecksum(StorybotError):
    slug, status, title = "pull-checksum", 502, "What came is not the file that it should be"


class PullBusy(StorybotError):
    slug, status, title = "pull-busy", 409, "This model is being downloaded already"


class PullCancelled(StorybotError):
    slug, status, title = "pull-cancelled", 409, "The download was cancelled"
