"""What the CloudFormation template promises: moto does not model all of it, so it is read here as it stands."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from deploy.cloud import stack

REGION = "eu-central-1"


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short functions as {name: argument}."""


def _function(loader: yaml.Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    return {name: loader.construct_sequence(node, deep=True)}


_Loader.add_multi_constructor("!", _function)
TEMPLATE = yaml.load(stack.TEMPLATE.read_text(), _Loader)
RESOURCES = TEMPLATE["Resources"]


def _of(kind: str) -> dict[str, Any]:
    return {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == kind}


def test_cfn_lint_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    found = subprocess.run([linter, "-r", REGION, "-t", stack.TEMPLATE], capture_output=True, text=True)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_only_imdsv2_and_only_from_the_machine_itself() -> None:
    (server,) = _of("AWS::EC2::Instance").values()
    assert server["MetadataOptions"] == {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1}


def test_every_disk_is_encrypted() -> None:
    (server,) = _of("AWS::EC2::Instance").values()
    assert [(disk["Ebs"]["Encrypted"], disk["Ebs"]["VolumeType"]) for disk in server["BlockDeviceMappings"]] == [(True, "gp3")]


def test_everybody_reaches_80_and_443_and_one_range_reaches_22() -> None:
    (firewall,) = _of("AWS::EC2::SecurityGroup").values()
    everybody = {(rule["FromPort"], rule["ToPort"], rule.get("CidrIp") or rule["CidrIpv6"]) for rule in firewall["SecurityGroupIngress"]}
    assert everybody == {(port, port, network) for port in (80, 443) for network in ("0.0.0.0/0", "::/0")}
    rules = _of("AWS::EC2::SecurityGroupIngress").values()
    assert [(rule["FromPort"], rule["ToPort"]) for rule in rules] == [(22, 22), (22, 22)]
    assert [rule.get("CidrIp") or rule.get("CidrIpv6") for rule in rules] == [{"Ref": "SshFromV4"}, {"Ref": "SshFromV6"}]
    (server,) = _of("AWS::EC2::Instance").values()
    assert server["SecurityGroupIds"] == [{"GetAtt": "Firewall.GroupId"}]
    assert "NetworkInterfaces" not in server


def test_the_machine_has_no_standing_keys_and_may_only_put_and_get_its_backups() -> None:
    assert not _of("AWS::IAM::AccessKey")
    assert not _of("AWS::IAM::User")
    allowed = [
        statement
        for policy in [*_of("AWS::IAM::Policy").values(), *(each for role in _of("AWS::IAM::Role").values() for each in role.get("Policies", []))]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert allowed == [
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": {"Sub": "arn:${AWS::Partition}:s3:::${BackupObjects}"}}
    ]
    assert RESOURCES["BackupPolicy"]["Condition"] == "BackupsToBucket"
    assert [arn for role in _of("AWS::IAM::Role").values() for arn in role["ManagedPolicyArns"]] == [
        {"Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"},
        {"Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSDataLifecycleManagerServiceRole"},
    ]


def test_snapshots_are_made_of_this_stacks_disk_only() -> None:
    (policy,) = _of("AWS::DLM::LifecyclePolicy").values()
    assert RESOURCES["SnapshotPolicy"]["Condition"] == RESOURCES["SnapshotRole"]["Condition"] == "Snapshots"
    (server,) = _of("AWS::EC2::Instance").values()
    assert all(tag in server["Tags"] for tag in policy["PolicyDetails"]["TargetTags"])
    assert policy["PolicyDetails"]["Schedules"][0]["RetainRule"] == {"Count": 7}


def test_no_update_of_the_image_comes_by_itself_and_a_replaced_machine_stays() -> None:
    assert TEMPLATE["Parameters"]["ImageId"]["Type"] == "AWS::EC2::Image::Id"
    assert RESOURCES["Server"]["UpdateReplacePolicy"] == "Retain"
