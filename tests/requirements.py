"""What a test needs of the machine: missing on a laptop it skips the test, missing in CI it fails it."""

import os

import pytest


def need(condition: object, what: str) -> None:
    """Go on only where `condition` holds; `what`: the thing that is missing otherwise, as a noun phrase.

    In CI (environment variable `CI`) a missing thing is a failure: a test that never runs there guards nothing.
    """
    if condition:
        return
    if os.environ.get("CI"):
        pytest.fail(f"missing, and CI must have it: {what}")
    pytest.skip(f"missing: {what}")
