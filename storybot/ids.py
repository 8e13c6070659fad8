"""Ids, made on the server."""

import uuid_utils


def new_id() -> str:
    """A UUIDv7 in text form, so that ids sort by the time of their making. Source: RFC 9562, 5.7."""
    return str(uuid_utils.uuid7())
