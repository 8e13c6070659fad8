"""A family: a child gets at its own shelf and at nothing else, by no route, and a grown-up sees first what is to be seen first."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from storybot.accounts import passwords
from storybot.accounts.models import Account, Attempt, SignIn
from storybot.clock import now
from storybot.db import writing
from tests.api.support import NO_ID, pointers, refused
from tests.api.test_isolation import BODIES, NOBODYS, _calls
from tests.conftest import PASSWORD, Running, Visitor, finish_all
from tests.fakes.engine import ScriptedEngine

SignedIn = Callable[..., Visitor]
PIN = "7391"


@pytest.fixture
def anna(signed_in: SignedIn) -> Visitor:
    """The grown-up, who has set a PIN."""
    anna = signed_in("anna@example.com")
    assert anna.put("/auth/pin", json={"pin": PIN}).status_code == 204
    return anna


Handed = Callable[..., Visitor]


@pytest.fixture
def mia(anna: Visitor, signed_in: SignedIn) -> Handed:
    """A browser in a child's hands: `mia(needs_approval=True)`."""

    def hand_over(**profile: Any) -> Visitor:
        made = anna.post("/profiles", json={"name": "Mia", "age_band": "6-8"} | profile)
        assert made.status_code == 201, made.json
        child = signed_in("anna@example.com")
        answer = child.post("/auth/profile", json={"profile_id": made.json["id"]})
        assert answer.status_code == 200, answer.json
        assert answer.json["account"]["profile"]["name"] == "Mia"
        return child

    return hand_over


@pytest.fixture
def tell(worker: Running, engine: ScriptedEngine) -> Callable[..., dict[str, Any]]:
    """Tell a whole story: `tell(mia, "Once.")` gives what POST /stories answered."""

    def told(whose: Visitor, text: str = "Once.", **wanted: Any) -> dict[str, Any]:
        engine.enqueue(text)
        made = whose.post("/stories", json={"prompt": "A whale"} | wanted)
        assert made.status_code == 201, made.json
        worker(finish_all)
        shown: dict[str, Any] = made.json
        return shown

    return told


Tell = Callable[..., dict[str, Any]]


# Profiles


def test_profiles_are_made_changed_and_deleted(anna: Visitor) -> None:
    made = anna.post("/profiles", json={"name": "  Mia ", "age_band": "6-8", "engines": ["storyteller"], "needs_approval": True}).json
    assert (made["name"], made["age_band"], made["engines"], made["needs_approval"]) == ("Mia", "6-8", ["storyteller"], True)
    assert made["age_bands"] == ["3-5", "6-8"]
    changed = anna.patch(f"/profiles/{made['id']}", json={"engines": None, "age_band": "9-12"}).json
    assert (changed["name"], changed["engines"], changed["age_bands"]) == ("Mia", None, ["3-5", "6-8", "9-12"])
    assert anna.get("/profiles").json == [changed]
    assert [one["id"] for one in anna.session()["account"]["profiles"]] == [made["id"]]
    assert anna.delete(f"/profiles/{made['id']}").status_code == 204
    assert anna.get("/profiles").json == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": "x" * 81}, "/name"),
        ({"age_band": "7"}, "/age_band"),
        ({"engines": []}, "/engines"),
        ({"engines": ["none"]}, "/engines/0"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(anna: Visitor, wrong: dict[str, Any], pointer: str) -> None:
    assert pointers(anna.post("/profiles", json={"name": "Mia", "age_band": "6-8"} | wrong)) == [pointer]


def test_there_are_not_too_many_profiles(anna: Visitor) -> None:
    for number in range(20):
        assert anna.post("/profiles", json={"name": f"Child {number}", "age_band": "3-5"}).status_code == 201
    refused(anna.post("/profiles", json={"name": "One more", "age_band": "3-5"}), 409, "conflict")


def test_the_stories_of_a_deleted_profile_stay_with_the_grown_up(anna: Visitor, mia: Handed, tell: Tell) -> None:
    child = mia()
    story = tell(child)
    assert anna.delete(f"/profiles/{story['profile_id']}").status_code == 204
    assert anna.get(f"/stories/{story['id']}").json["profile_id"] is None
    refused(child.get("/stories"), 401, "signed-out")  # and never becomes the grown-up


def test_nobody_hands_over_to_anothers_child(anna: Visitor, signed_in: SignedIn) -> None:
    berta = signed_in("berta@example.com")
    theirs = berta.post("/profiles", json={"name": "Tom", "age_band": "3-5"}).json
    refused(anna.post("/auth/profile", json={"profile_id": theirs["id"]}), 404, "not-found")
    refused(anna.patch("/stories/" + anna.post("/stories", json={"prompt": "x"}).json["id"], json={"profile_id": theirs["id"]}), 404, "not-found")


# Handing over, and the way back


def test_handing_over_gives_another_cookie_and_the_old_one_opens_nothing(anna: Visitor, signed_in: SignedIn) -> None:
    profile = anna.post("/profiles", json={"name": "Mia", "age_band": "6-8"}).json
    before = anna.get_cookie("storybot")
    assert before is not None
    anna.post("/auth/profile", json={"profile_id": profile["id"]})
    thief = Visitor(anna.application)
    thief.set_cookie("storybot", before.value)
    refused(thief.get("/stories"), 401, "signed-out")
    assert anna.session()["account"]["role"] == "member"


@pytest.mark.parametrize(("given", "fresh"), [({"pin": PIN}, False), ({"password": PASSWORD}, True)])
def test_the_pin_or_the_password_leads_back(mia: Handed, given: dict[str, str], fresh: bool) -> None:
    child = mia()
    before = child.get_cookie("storybot")
    answer = child.post("/auth/profile/leave", json=given)
    assert answer.json["account"]["profile"] is None
    after = child.get_cookie("storybot")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    # Somebody who knows only a PIN of four digits does not get to change how one signs in.
    again = child.put("/auth/pin", json={"pin": "8264"})
    assert again.status_code == 204 if fresh else refused(again, 403, "needs-verification")


def test_a_wrong_pin_or_password_does_not(mia: Handed) -> None:
    child = mia()
    refused(child.post("/auth/profile/leave", json={"pin": "0000"}), 401, "wrong-code")
    refused(child.post("/auth/profile/leave", json={"password": "not it at all"}), 401, "wrong-credentials")
    assert pointers(child.post("/auth/profile/leave", json={})) == ["/pin"]
    assert child.session()["account"]["profile"]["name"] == "Mia"


def test_a_pin_is_not_found_by_trying(mia: Handed, session: Session) -> None:
    child = mia()
    for guess in range(5):
        refused(child.post("/auth/profile/leave", json={"pin": f"100{guess}"}), 401, "wrong-code")
    blocked = child.post("/auth/profile/leave", json={"pin": PIN})
    assert 0 < refused(blocked, 429, "too-many-attempts")["retry_after_s"] <= 3600
    assert child.post("/auth/profile/leave", json={"password": PASSWORD}).status_code == 200
    with writing(session):
        session.execute(update(Attempt).values(until=now() - timedelta(seconds=1)))
    child.post("/auth/profile", json={"profile_id": child.get("/profiles").json[0]["id"]})
    assert child.post("/auth/profile/leave", json={"pin": PIN}).status_code == 200


@pytest.mark.parametrize("pin", ["0000", "1234", "4321", "7890", "123", "12345678901234", "12a4", "١٢٣٤", "1234\n", ""])
def test_a_pin_that_a_child_would_try_first_is_refused(anna: Visitor, pin: str) -> None:
    assert pointers(anna.put("/auth/pin", json={"pin": pin})) == ["/pin"]


def test_a_pin_is_kept_as_a_hash_and_can_be_removed(anna: Visitor, account_of: Callable[[str], Account]) -> None:
    kept = account_of("anna@example.com").parent_pin
    assert kept is not None
    assert PIN not in kept
    assert passwords.matches(PIN, kept)
    assert anna.session()["account"]["has_pin"]
    assert anna.put("/auth/pin", json={"pin": None}).status_code == 204
    assert not anna.session()["account"]["has_pin"]


def test_where_nothing_would_lead_back_nothing_is_handed_over(signed_in: SignedIn, session: Session) -> None:
    anna = signed_in("anna@example.com")
    profile = anna.post("/profiles", json={"name": "Mia", "age_band": "6-8"}).json
    with writing(session):
        session.execute(update(Account).values(password=None))
    refused(anna.post("/auth/profile", json={"profile_id": profile["id"]}), 409, "conflict")
    refused(anna.post("/auth/profile/leave", json={"pin": PIN}), 409, "conflict")


# What a child gets at

#: What a child may do with what is its own, and what anybody may.
A_CHILDS = {
    *(("get", path) for path in ("/stories", "/stories/{story_id}", "/stories/{story_id}/passages", "/generations/{generation_id}")),
    *(
        ("get", path)
        for path in ("/generations/{generation_id}/events", "/configuration", "/engines", "/prompts", "/auth/session", "/healthz", "/readyz")
    ),
    *(("post", f"/stories{rest}") for rest in ("", "/{story_id}/passages", "/{story_id}/head", "/{story_id}/restore")),
    *((method, "/stories/{story_id}") for method in ("patch", "delete")),
    ("post", "/generations/{generation_id}/stop"),
    ("post", "/auth/profile/leave"),
}
#: Ways to sign in: they ask for more than a child has.
SIGNING_IN = {
    "login",
    "second-factor",
    "passkeys/sign-in",
    "passkeys/sign-in/options",
    "forgotten",
    "reset",
    "confirm",
    "confirm/{token}",
    "address/{token}",
}


def test_a_child_gets_no_further_by_any_route(anna: Visitor, mia: Handed, tell: Tell, app_with_accounts: APIFlask) -> None:
    """Every operation of the OpenAPI document, with ids of the grown-up's things: forbidden, or not there."""
    anna.post("/prompts", json={"content": "Annas idea"})
    story = tell(anna, "Annas story.")
    child = mia()
    ids = {"story_id": story["id"], "generation_id": story["generation"]["id"], "prompt_id": str(anna.get("/prompts").json[0]["id"])}
    ids |= {"profile_id": anna.get("/profiles").json[0]["id"], "session_id": anna.get("/auth/sessions").json[0]["id"]}
    before = [anna.get(path).json for path in ("/stories", "/prompts", "/profiles", "/configuration", f"/stories/{story['id']}/passages")]
    walked = 0
    for (method, path), wants_body in _calls(app_with_accounts):
        if path.removeprefix("/auth/") in SIGNING_IN:
            continue
        filled = re.sub(r"{(\w+)}", lambda match: ids.get(match[1], NO_ID), path)
        body = BODIES.get((method, path), {} if wants_body else None)
        answer = child.open(filled, method=method.upper(), json=body)
        text = answer.get_data(as_text=True)
        assert "Annas" not in text, f"{method} {path}"
        named = set(re.findall(r"{(\w+)}", path)) - NOBODYS
        if (method, path) not in A_CHILDS:
            refused(answer, 403, "forbidden")
            walked += 1
        elif named:
            refused(answer, 404, "not-found")
            walked += 1
    assert walked > 40
    after = [anna.get(path).json for path in ("/stories", "/prompts", "/profiles", "/configuration", f"/stories/{story['id']}/passages")]
    assert after == before


def test_a_childs_page_is_told_no_more_than_it_needs(mia: Handed, anna: Visitor) -> None:
    anna.post("/profiles", json={"name": "Tom", "age_band": "3-5"})
    account = mia(age_band="3-5").session()["account"]
    assert [one["name"] for one in account["profiles"]] == ["Mia"]
    assert (account["role"], account["passkeys"]) == ("member", [])


def test_an_administrators_child_is_no_administrator(signed_in: SignedIn) -> None:
    admin = signed_in("admin@example.com", "admin")
    profile = admin.post("/profiles", json={"name": "Mia", "age_band": "6-8"}).json
    assert admin.get("/admin/accounts").status_code == 200
    admin.post("/auth/profile", json={"profile_id": profile["id"]})
    refused(admin.get("/admin/accounts"), 403, "forbidden")
    assert admin.session()["account"]["role"] == "member"


def test_a_child_has_a_shelf_of_its_own(anna: Visitor, mia: Handed, tell: Tell) -> None:
    tell(anna, "For grown-ups.")
    child = mia()
    story = tell(child, "For Mia.")
    assert [one["id"] for one in child.get("/stories").json] == [story["id"]]
    assert child.get("/stories?q=grown").json == []
    assert len(child.get("/stories?q=Mia").json) == 1
    assert b"For Mia." in child.get(story["generation"]["events"]).data
    assert len(anna.get("/stories").json) == 2
    assert [one["id"] for one in anna.get(f"/stories?profile={story['profile_id']}").json] == [story["id"]]
    assert child.delete(f"/stories/{story['id']}").status_code == 204
    refused(child.delete(f"/stories/{story['id']}?forever=true"), 403, "forbidden")
    assert child.post(f"/stories/{story['id']}/restore").status_code == 200


def test_two_children_do_not_see_each_others_stories(mia: Handed, tell: Tell) -> None:
    first, second = mia(), mia()
    story = tell(first)
    refused(second.get(f"/stories/{story['id']}"), 404, "not-found")
    refused(second.get(story["generation"]["events"]), 404, "not-found")
    assert second.get("/stories").json == []


def test_a_childs_stories_are_for_its_age(mia: Handed) -> None:
    child = mia(age_band="6-8")
    assert child.get("/configuration").json["age_band"] == "6-8"
    assert child.post("/stories", json={"prompt": "x"}).json["brief"]["age_band"] == "6-8"
    assert child.post("/stories", json={"prompt": "x", "age_band": "3-5"}).status_code == 201
    for band in ("9-12", "adult"):
        refused(child.post("/stories", json={"prompt": "x", "age_band": band}), 403, "profile-not-allowed")


def test_a_child_uses_only_what_it_may(mia: Handed, anna: Visitor, tell: Tell) -> None:
    anna.patch("/configuration", json={"engine": "openai"})
    child = mia(engines=["storyteller"])
    assert [one["name"] for one in child.get("/engines").json] == ["storyteller"]
    refused(child.post("/stories", json={"prompt": "x", "engine": "openai"}), 403, "profile-not-allowed")
    story = tell(child)  # the grown-up's default is not for it
    assert story["engine"] == "storyteller"
    for action in ("continue", "retry"):
        refused(child.post(f"/stories/{story['id']}/passages", json={"action": action, "engine": "openai"}), 403, "profile-not-allowed")
    assert mia(engines=["openai"]).post("/stories", json={"prompt": "x"}).json["engine"] == "openai"
    assert mia().post("/stories", json={"prompt": "x"}).json["engine"] == "openai"


def test_a_story_that_was_given_is_not_continued_by_what_the_child_may_not_use(anna: Visitor, mia: Handed, tell: Tell) -> None:
    child = mia(engines=["storyteller"])
    story = tell(anna, engine="openai")
    given = anna.patch(f"/stories/{story['id']}", json={"profile_id": anna.get("/profiles").json[0]["id"]})
    assert given.json["waits_for_approval"] is False
    passage = child.post(f"/stories/{story['id']}/passages", json={"action": "continue"})
    assert passage.json["generation"]["engine"] == "storyteller"


def test_where_none_of_a_childs_engines_is_set_up_it_is_told_so(
    anna: Visitor, mia: Handed, another: Callable[..., FlaskClient], session: Session
) -> None:
    cookie = mia(engines=["openai"]).get_cookie("storybot")
    assert cookie is not None
    child = Visitor(another(accounts="on", secret_key="tests only, no secret at all, tests only").application)
    child.set_cookie("storybot", cookie.value)
    refused(child.post("/stories", json={"prompt": "x"}), 403, "profile-not-allowed")


def test_a_key_of_the_grown_ups_is_not_the_childs(anna: Visitor, mia: Handed) -> None:
    headers = {"Idempotency-Key": "the same"}
    child = mia()
    own = anna.post("/stories", json={"prompt": "A whale"}, headers=headers).json
    first = child.post("/stories", json={"prompt": "A whale"}, headers=headers).json
    again = child.post("/stories", json={"prompt": "A whale"}, headers=headers).json
    assert own["id"] != first["id"] == again["id"]


# Approving


def test_a_child_reads_only_what_was_approved(anna: Visitor, mia: Handed, tell: Tell) -> None:
    child = mia(needs_approval=True)
    story = tell(child, "Not yet.")
    assert story["waits_for_approval"]
    paths = [
        f"/stories/{story['id']}",
        f"/stories/{story['id']}/passages",
        f"/generations/{story['generation']['id']}",
        story["generation"]["events"],
    ]
    for path in paths:
        assert "Not yet." not in str(refused(child.get(path), 403, "needs-approval"))
    refused(child.post(f"/generations/{story['generation']['id']}/stop"), 403, "needs-approval")
    assert child.get("/stories").json == child.get("/stories?q=yet").json == []
    assert [one["id"] for one in anna.get("/approvals").json] == [story["id"]]
    assert anna.get("/profiles").json[0]["waiting"] == 1
    assert anna.post(f"/stories/{story['id']}/approve").json["waits_for_approval"] is False
    for path in paths:
        assert child.get(path).status_code == 200
    assert anna.get("/approvals").json == []
    refused(mia(needs_approval=True).get(paths[0]), 404, "not-found")  # another child is told nothing


def test_many_that_wait_come_up_bit_by_bit(anna: Visitor, mia: Handed, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storybot.family.SHOWN_WAITING", 2)
    child = mia(needs_approval=True)
    told = [tell(child)["id"] for _ in range(3)]
    assert [one["id"] for one in anna.get("/approvals").json] == told[:0:-1]
    assert anna.get("/profiles").json[0]["waiting"] == 3
    anna.post(f"/stories/{told[2]}/approve")
    assert [one["id"] for one in anna.get("/approvals").json] == told[1::-1]


def test_a_child_does_not_approve(anna: Visitor, mia: Handed, tell: Tell) -> None:
    child = mia(needs_approval=True)
    story = tell(child)
    for path in (f"/stories/{story['id']}/approve", f"/stories/{story['id']}/refuse"):
        refused(child.post(path), 403, "forbidden")
    refused(child.patch(f"/stories/{story['id']}", json={"profile_id": None}), 403, "needs-approval")
    refused(child.get("/approvals"), 403, "forbidden")


def test_what_is_still_being_written_is_not_approved(anna: Visitor, mia: Handed) -> None:
    story = mia(needs_approval=True).post("/stories", json={"prompt": "A whale"}).json
    refused(anna.post(f"/stories/{story['id']}/approve"), 409, "still-writing")


def test_what_is_refused_lies_in_the_grown_ups_bin(anna: Visitor, mia: Handed, tell: Tell) -> None:
    child = mia(needs_approval=True)
    story = tell(child)
    assert anna.post(f"/stories/{story['id']}/refuse").json["profile_id"] is None
    assert [one["id"] for one in anna.get("/stories?bin=true").json] == [story["id"]]
    assert anna.get("/approvals").json == []
    refused(child.get(f"/stories/{story['id']}"), 404, "not-found")
    anna.patch(f"/profiles/{story['profile_id']}", json={"needs_approval": False})
    assert child.get("/stories?bin=true").json == []


def test_a_story_of_the_grown_ups_own_is_not_approved(anna: Visitor, tell: Tell) -> None:
    story = tell(anna)
    refused(anna.post(f"/stories/{story['id']}/approve"), 409, "conflict")
    refused(anna.post(f"/stories/{story['id']}/refuse"), 409, "conflict")


def test_what_a_child_has_an_engine_add_waits_again(anna: Visitor, mia: Handed, tell: Tell, worker: Running, engine: ScriptedEngine) -> None:
    child = mia(needs_approval=True)
    story = tell(child)
    anna.post(f"/stories/{story['id']}/approve")
    written = child.post(f"/stories/{story['id']}/passages", json={"action": "write", "text": "My own words."})
    assert written.status_code == 201
    assert child.get(f"/stories/{story['id']}").status_code == 200  # its own words need nobody
    engine.enqueue("Something frightening.")
    added = child.post(f"/stories/{story['id']}/passages", json={"action": "continue", "wish": "more"})
    assert added.status_code == 202
    worker(finish_all)
    refused(child.get(added.json["generation"]["events"]), 403, "needs-approval")
    assert child.get("/stories").json == []
    anna.post(f"/stories/{story['id']}/approve")
    assert "Something frightening." in child.get(f"/stories/{story['id']}/passages").json[-1]["text"]


def test_so_does_what_the_grown_up_has_an_engine_add(anna: Visitor, mia: Handed, tell: Tell) -> None:
    child = mia(needs_approval=True)
    story = tell(child)
    anna.post(f"/stories/{story['id']}/approve")
    assert anna.post(f"/stories/{story['id']}/passages", json={"action": "write", "text": "Annas own words."}).status_code == 201
    assert child.get(f"/stories/{story['id']}").status_code == 200
    assert anna.post(f"/stories/{story['id']}/passages", json={"action": "continue"}).status_code == 202
    refused(child.get(f"/stories/{story['id']}"), 403, "needs-approval")
    other = mia()
    freely = tell(other)
    assert anna.post(f"/stories/{freely['id']}/passages", json={"action": "continue"}).status_code == 202
    assert other.get(f"/stories/{freely['id']}").status_code == 200


def test_a_repeated_request_of_a_child_makes_nothing_new(anna: Visitor, mia: Handed) -> None:
    child, headers = mia(needs_approval=True), {"Idempotency-Key": "once"}
    assert child.post("/stories", json={"prompt": "A whale"}, headers=headers).status_code == 201
    refused(child.post("/stories", json={"prompt": "A whale"}, headers=headers), 403, "needs-approval")
    assert len(anna.get("/stories").json) == 1


def test_what_was_told_before_approving_began_stays_on_the_shelf(anna: Visitor, mia: Handed, tell: Tell) -> None:
    child = mia()
    story = tell(child)
    anna.patch(f"/profiles/{story['profile_id']}", json={"needs_approval": True})
    assert [one["id"] for one in child.get("/stories").json] == [story["id"]]
    assert anna.get("/approvals").json == []


def test_a_grown_up_takes_a_story_back(anna: Visitor, mia: Handed, tell: Tell) -> None:
    child = mia()
    story = tell(child)
    assert anna.patch(f"/stories/{story['id']}", json={"profile_id": None}).json["profile_id"] is None
    assert child.get("/stories").json == []
    refused(child.patch(f"/stories/{tell(child)['id']}", json={"profile_id": None}), 403, "forbidden")


def test_a_child_does_not_sign_out_sign_up_or_leave_by_a_provider(mia: Handed, session: Session) -> None:
    """Where the provider asks nothing, whoever came back would be the grown-up."""
    child = mia()
    refused(child.post("/auth/logout"), 403, "forbidden")
    refused(child.post("/auth/register", json={"email": "mia@example.com", "password": "seven purple whales"}), 403, "forbidden")
    refused(child.get("/auth/oidc/oidc"), 403, "forbidden")
    session.rollback()
    assert session.query(SignIn).filter(SignIn.profile_id.is_not(None)).count() == 1
