"""Kept prompts: the seed's resource, word for word, and what came on top."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from tests.api.support import TIME, pointers, refused


def keep(client: FlaskClient, content: str = "A dragon who is afraid of fire") -> int:
    """Keep a prompt; its id."""
    made = client.post("/prompts", json={"content": content})
    assert made.status_code == 201
    return int(made.json["id"])


def contents(client: FlaskClient) -> list[str]:
    """What is kept, in the order of the list."""
    return [prompt["content"] for prompt in client.get("/prompts").json]


def test_the_flow_of_the_seeds_client(client: FlaskClient) -> None:
    empty = client.get("/prompts")
    assert (empty.status_code, empty.json) == (200, [])  # a bare array, not an envelope
    made = client.post("/prompts", json={"content": "A whale in a bathtub"})
    assert made.status_code == 201
    assert made.json["content"] == "A whale in a bathtub"
    listed = client.get("/prompts").json
    assert listed == [made.json]
    gone = client.delete(f"/prompts/{made.json['id']}")
    assert (gone.status_code, gone.data) == (204, b"")
    assert client.get("/prompts").json == []


def test_a_prompt_has_a_small_integer_id_and_a_time_in_utc(client: FlaskClient) -> None:
    made = client.post("/prompts", json={"content": "x"}).json
    assert type(made["id"]) is int
    assert TIME.fullmatch(made["created_at"])
    assert abs(datetime.fromisoformat(made["created_at"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert set(made) == {"id", "content", "created_at"}


def test_newest_come_first(client: FlaskClient) -> None:
    for content in ("first", "second", "third"):
        keep(client, content)
    assert contents(client) == ["third", "second", "first"]


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_location_leads_to_the_new_prompt_under_the_prefix_of_the_request(client: FlaskClient, prefix: str) -> None:
    made = client.post(f"{prefix}/prompts", json={"content": "x"})
    assert made.headers["Location"] == f"{prefix}/prompts/{made.json['id']}"
    assert client.delete(made.headers["Location"]).status_code == 204
    assert client.get(f"{prefix}/prompts").json == []


def test_a_deleted_prompt_can_be_restored(client: FlaskClient) -> None:
    prompt_id = keep(client, "kept")
    client.delete(f"/prompts/{prompt_id}")
    restored = client.post(f"/prompts/{prompt_id}/restore")
    assert restored.status_code == 200
    assert restored.json["content"] == "kept"
    assert contents(client) == ["kept"]
    assert client.post(f"/prompts/{prompt_id}/restore").status_code == 200  # twice does no harm


def test_an_id_is_never_given_again(client: FlaskClient) -> None:
    first = keep(client)
    client.delete(f"/prompts/{first}")
    assert keep(client) > first


@pytest.mark.parametrize("prompt_id", ["1", "999999", str(2**63), str(2**200)])
def test_an_unknown_id_is_not_found(client: FlaskClient, prompt_id: str) -> None:
    refused(client.delete(f"/prompts/{prompt_id}"), 404, "not-found")
    refused(client.post(f"/prompts/{prompt_id}/restore"), 404, "not-found")


def test_deleting_twice_is_not_found(client: FlaskClient) -> None:
    prompt_id = keep(client)
    assert client.delete(f"/prompts/{prompt_id}").status_code == 204
    refused(client.delete(f"/prompts/{prompt_id}"), 404, "not-found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": ""},
        {"content": " \n\t "},
        {"content": None},
        {"content": 5},
        {"content": ["x"]},
        {"content": "x" * 4001},
        {"content": "a\x00b"},
    ],
)
def test_a_content_that_cannot_be_kept_is_pointed_at(client: FlaskClient, body: dict[str, object]) -> None:
    assert pointers(client.post("/prompts", json=body)) == ["/content"]
    assert client.get("/prompts").json == []


def test_half_a_surrogate_pair_is_refused(client: FlaskClient) -> None:
    sent = client.post("/prompts", data=b'{"content": "a\\ud800b"}', content_type="application/json")
    assert pointers(sent) == ["/content"]


def test_an_unknown_field_is_pointed_at(client: FlaskClient) -> None:
    assert pointers(client.post("/prompts", json={"content": "x", "surprise/~": 1})) == ["/surprise~1~0"]


@pytest.mark.parametrize("body", ["[]", '"x"', "5", "null"])
def test_a_body_that_is_no_object_is_refused(client: FlaskClient, body: str) -> None:
    answer = client.post("/prompts", data=body, content_type="application/json")
    assert pointers(answer)


@pytest.mark.parametrize("content", ["x" * 4000, "🐉" * 4000, "<script>alert(1)</script>", "'; DROP TABLE prompts; --", "Grüße — „ja“\n\nzwei"])
def test_text_comes_back_as_it_was_sent(client: FlaskClient, content: str) -> None:
    keep(client, content)
    assert contents(client) == [content]


def test_white_space_around_the_text_goes(client: FlaskClient) -> None:
    keep(client, "  x \n")
    assert contents(client) == ["x"]


def test_the_longest_content_is_a_setting(another: Callable[..., FlaskClient]) -> None:
    small = another(prompt_chars=5)
    assert small.post("/prompts", json={"content": "12345"}).status_code == 201
    assert pointers(small.post("/prompts", json={"content": "123456"})) == ["/content"]


def test_a_story_keeps_its_prompts_id(client: FlaskClient) -> None:
    prompt_id = keep(client, "A snail who delivers the post")
    story = client.post("/stories", json={"prompt_id": prompt_id}).json
    assert story["prompt_id"] == prompt_id
    assert story["brief"]["prompt"] == "A snail who delivers the post"
    client.delete(f"/prompts/{prompt_id}")
    assert client.get(f"/stories/{story['id']}").json["prompt_id"] == prompt_id
    refused(client.post("/stories", json={"prompt_id": prompt_id}), 404, "not-found")
