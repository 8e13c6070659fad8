"""The machine at AWS: `fab provision`, `outputs`, `deprovision` against moto."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from fabric import Connection
from moto import mock_aws
from moto.cloudformation.models import ChangeSet, Event, cloudformation_backends
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import EmptyResult
from moto.ssm.models import Parameter, ssm_backends

from deploy.cloud import stack, tasks
from deploy.cloud.account import Account, CloudError, plain_errors
from deploy.site import FOLDER, VARIABLE, read_site

REGION, ACCOUNT = "eu-central-1", "123456789012"
CONNECTION = Connection("nowhere.invalid")


def _protect(self: CloudFormationResponse) -> EmptyResult:
    """An action that moto leaves out."""
    found = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    found.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return EmptyResult()


def _delete(self: CloudFormationResponse) -> EmptyResult:
    found = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    assert not found.enable_termination_protection, "AWS refuses this"
    self.cloudformation_backend.delete_stack(self._get_param("StackName"))
    return EmptyResult()


def _apply(self: ChangeSet, before: Any = ChangeSet.apply) -> None:
    """moto reads the outputs of a stack made by a change set from the empty template that it began with."""
    before(self)
    self.stack.template = self.template
    self.stack._parse_template()
    self.stack.output_map = self.stack._create_output_map()


def write_site(folder: Path, **changes: str) -> Path:
    """The example's settings with a range and a key of the test's, and `old="new"` pairs changed."""
    key = folder / "id_ed25519.pub"
    key.write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG5vdCBhIHJlYWwga2V5LCBidXQgb25lIGxpa2UgaXQ= operator\n")
    text = (FOLDER / "site.example.toml").read_text().replace("~/.ssh/id_ed25519.pub", str(key)).replace('"198.51.100.0/24"', '"192.0.2.0/24"')
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    file = folder / "site.toml"
    file.write_text(text)
    return file


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack.time, "sleep", lambda _s: None)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty AWS account in which Debian publishes its image; the folder of site.toml."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.setattr(CloudFormationResponse, "update_termination_protection", _protect, raising=False)
    monkeypatch.setattr(CloudFormationResponse, "delete_stack", _delete)
    monkeypatch.setattr(ChangeSet, "apply", _apply)
    monkeypatch.setenv(VARIABLE, str(write_site(tmp_path)))
    with mock_aws():
        publish("ami-0123456789abcdef0")
        yield tmp_path


def publish(image: str) -> None:
    """Debian's public parameter, which nobody else may write."""
    name = stack.IMAGE.format("amd64")
    fields = {"description": "", "allowed_pattern": None, "keyid": None, "last_modified_date": time.time(), "data_type": "text", "labels": []}
    versions = ssm_backends[ACCOUNT][REGION]._parameters[name]
    versions.append(Parameter(account_id=ACCOUNT, name=name, value=image, parameter_type="String", version=len(versions) + 1, **fields))


def _server() -> dict[str, Any]:
    found = boto3.client("ec2", REGION).describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])
    (one,) = [instance for reservation in found["Reservations"] for instance in reservation["Instances"]]
    return one


def _locked(instance: str) -> bool:
    found = boto3.client("ec2", REGION).describe_instance_attribute(InstanceId=instance, Attribute="disableApiTermination")
    value: bool = found["DisableApiTermination"]["Value"]
    return value


@pytest.mark.filterwarnings("ignore:Tried to parse AWS:UserWarning")
def test_a_stack_is_made_shown_left_changed_and_deleted(cloud: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks.provision(CONNECTION, yes=True)
    said = capsys.readouterr().out
    assert "New stack storybot in eu-central-1:" in said
    assert "  Add    Server          AWS::EC2::Instance" in said
    assert "CREATE_COMPLETE      storybot" in said
    server = _server()
    assert server["InstanceType"] == "t3.small"
    assert _locked(server["InstanceId"])
    stacks = boto3.client("cloudformation", REGION)
    assert stacks.describe_stacks()["Stacks"][0]["EnableTerminationProtection"]
    assert '"Update:Replace"' in stacks.get_stack_policy(StackName="storybot")["StackPolicyBody"]

    tasks.outputs(CONNECTION)
    shown = dict(line.split() for line in capsys.readouterr().out.splitlines())
    assert shown == {"Address": server["PublicIpAddress"], "InstanceId": server["InstanceId"], "User": "admin"}

    tasks.provision(CONNECTION, yes=True)
    assert "Nothing to do: the stack storybot is up to date." in capsys.readouterr().out

    publish("ami-00000000000000000")  # a newer image of Debian's, and another key here, are no reason to replace the machine
    (cloud / "id_ed25519.pub").write_text("ssh-ed25519 another\n")
    tasks.provision(CONNECTION, yes=True)
    assert "Nothing to do" in capsys.readouterr().out

    write_site(cloud, **{"daily_snapshots = false": "daily_snapshots = true"})
    tasks.provision(CONNECTION, yes=True)
    assert "UPDATE_COMPLETE      storybot" in capsys.readouterr().out
    values = {each["ParameterKey"]: each["ParameterValue"] for each in stacks.describe_stacks()["Stacks"][0]["Parameters"]}
    assert (values["DailySnapshots"], values["ImageId"]) == ("yes", server["ImageId"])

    with pytest.raises(SystemExit, match="not the stack's name; nothing was deleted"):
        tasks.deprovision(CONNECTION, yes="another")
    assert _server()["InstanceId"] == server["InstanceId"]
    tasks.deprovision(CONNECTION, yes="storybot")
    assert "The stack storybot is gone." in capsys.readouterr().out
    assert stack.find(Account(read_site()), "storybot") is None
    state = boto3.client("ec2", REGION).describe_instances(InstanceIds=[server["InstanceId"]])["Reservations"][0]["Instances"][0]["State"]["Name"]
    assert state == "terminated"
    with pytest.raises(SystemExit, match="There is no stack storybot in eu-central-1: `fab provision` makes it"):
        tasks.outputs(CONNECTION)


def test_without_a_yes_nothing_is_made_and_no_empty_stack_is_left(cloud: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_typed", lambda _question: "no")
    with pytest.raises(SystemExit, match="nothing was changed"):
        tasks.provision(CONNECTION)
    assert stack.find(Account(read_site()), "storybot") is None


def test_where_nobody_can_be_asked_nothing_is_made(cloud: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(SystemExit, match="say it with --yes"):
        tasks.provision(CONNECTION)
    assert stack.find(Account(read_site()), "storybot") is None


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"192.0.2.0/24"', '"198.51.100.0/24"', "still holds the example's range"),
        ('"192.0.2.0/24"', '"0.0.0.0/0"', "lets nearly everybody knock"),
        ('"192.0.2.0/24"', '"::/0"', "lets nearly everybody knock"),
        ('"t3.small"', '"t3.enormous"', "There is no instance type t3.enormous"),
        ('"t3.small"', '"t4g.small"', "Debian publishes no image in the region"),
        ("id_ed25519.pub", "absent.pub", "cannot be read: make one with `ssh-keygen"),
    ],
)
def test_wrong_settings_end_with_a_sentence_and_no_stack(cloud: Path, old: str, new: str, sentence: str) -> None:
    write_site(cloud, **{old: new})
    with pytest.raises(SystemExit, match=f"^fab: .*{sentence}"):
        tasks.provision(CONNECTION, yes=True)
    assert stack.find(Account(read_site()), "storybot") is None


def test_an_ipv6_range_and_a_bucket_reach_the_template(cloud: Path) -> None:
    write_site(cloud, **{'"192.0.2.0/24"': '"2001:db8::/48"', 'bucket = "" ': 'bucket = "copies"'})
    values = {each["ParameterKey"]: each["ParameterValue"] for each in stack._parameters(Account(read_site()), read_site(), {})}
    assert (values["SshFromV4"], values["SshFromV6"], values["BackupObjects"]) == ("", "2001:db8::/48", "copies/storybot/*")


class _Slow:
    """A CloudFormation that shows the end of the last update for a while before it begins the next."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.coming = ["UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]

    def describe_stacks(self, **_words: str) -> dict[str, Any]:
        self.shown.append(self.coming.pop(0))
        return {"Stacks": [{"StackStatus": self.shown[-1]}]}

    def get_paginator(self, _name: str) -> "_Slow":
        return self

    def paginate(self, **_words: str) -> list[dict[str, Any]]:
        fields = {"Timestamp": datetime.now(UTC), "LogicalResourceId": "storybot", "ResourceType": "AWS::CloudFormation::Stack"}
        events = [{"EventId": str(number), "ResourceStatus": status, **fields} for number, status in enumerate(self.shown) if number != 1]
        return [{"StackEvents": events[::-1]}]


def test_the_end_of_the_last_update_is_not_taken_for_the_end_of_this_one(cloud: Path) -> None:
    account = Account(read_site())
    account.__dict__["stacks"] = slow = _Slow()
    said: list[str] = []
    stack._wait(account, "storybot", {"0"}, said.append, poll_s=0)
    assert slow.coming == []
    assert [line.split()[1] for line in said] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]


class _Replacing:
    """A CloudFormation whose change set would replace the machine."""

    def describe_change_set(self, **_words: str) -> dict[str, Any]:
        change = {"Action": "Modify", "LogicalResourceId": "Server", "ResourceType": "AWS::EC2::Instance", "Replacement": "True"}
        return {"Status": "CREATE_COMPLETE", "Changes": [{"ResourceChange": change}]}


def test_a_change_that_would_replace_the_machine_is_refused(cloud: Path) -> None:
    account = Account(read_site())
    account.__dict__["stacks"] = _Replacing()
    planned = stack._read(account, "storybot", "one", new=False, poll_s=0)
    assert planned.lines == ["Modify Server          AWS::EC2::Instance (replaces it)"]
    with pytest.raises(CloudError, match="would replace the machine and lose its disk"):
        stack.carry_out(account, planned, print)


@pytest.mark.filterwarnings("ignore:Tried to parse AWS:UserWarning")
def test_a_failed_stack_tells_the_first_resource_that_failed(cloud: Path) -> None:
    tasks.provision(CONNECTION, yes=True)
    account = Account(read_site())
    (made,) = cloudformation_backends[ACCOUNT][REGION].stacks.values()
    for name, reason in (("Server", "Resource creation cancelled"), ("FixedAddress", "The maximum number of addresses has been reached.")):
        made.events.append(Event(made.stack_id, made.name, name, "", "AWS::EC2::EIP", "CREATE_FAILED", reason, {}))
    made._add_stack_event("ROLLBACK_COMPLETE")
    made.status = "ROLLBACK_COMPLETE"
    said: list[str] = []
    with pytest.raises(CloudError, match=r"ended as ROLLBACK_COMPLETE: FixedAddress: The maximum number of addresses has been reached\.$"):
        stack._wait(account, "storybot", set(), said.append, poll_s=0)
    assert any("CREATE_FAILED        FixedAddress: The maximum" in line for line in said)
    with pytest.raises(SystemExit, match="ROLLBACK_COMPLETE: take it away with `fab deprovision` first"):
        tasks.provision(CONNECTION, yes=True)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("UnauthorizedOperation", "may not do RunInstances: no chance."),
        ("InvalidClientTokenId", "does not know these credentials in the region eu-west-9"),
        ("ExpiredToken", "have expired"),
        ("OptInRequired", "eu-west-9 is not switched on"),
        ("LimitExceeded", "AWS refused RunInstances .LimitExceeded.: no chance."),
    ],
)
def test_errors_of_aws_become_one_sentence(kind: str, sentence: str) -> None:
    with pytest.raises(CloudError, match=sentence), plain_errors("eu-west-9"):
        raise ClientError({"Error": {"Code": kind, "Message": "no chance."}}, "RunInstances")


def test_no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv(VARIABLE, str(write_site(tmp_path)))
    with pytest.raises(SystemExit, match=r"^fab: There are no complete AWS credentials: set AWS_PROFILE"):
        tasks.outputs(CONNECTION)


def test_a_region_that_does_not_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv(VARIABLE, str(write_site(tmp_path, **{'"eu-central-1"': '"eu-nowhere-1"'})))
    with pytest.raises(SystemExit, match=r"cannot be reached in the region eu-nowhere-1: is aws.region right"):
        tasks.outputs(CONNECTION)
