"""The CloudFormation stack that holds the machine: planned by a change set, made, changed, taken down.

Nothing here asks or reads the command line (tasks.py does); what happens is said line by line through `say`.
"""

import ipaddress
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from deploy.cloud.account import Account, CloudError, code, message
from deploy.site import Site

TEMPLATE = Path(__file__).with_name("template.yaml")
#: Where Debian publishes the ids of its images. Source: https://wiki.debian.org/Cloud/AmazonEC2Image/Bookworm
IMAGE = "/aws/service/debian/release/12/latest/{}"
ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
#: What an update must never do: it would take the machine's disk, and its data, away.
POLICY = """{"Statement": [
  {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
  {"Effect": "Deny", "Action": ["Update:Replace", "Update:Delete"], "Principal": "*", "Resource": "LogicalResourceId/Server"}]}"""
POLL_S = 5.0
#: CloudFormation makes one machine in a few minutes; after this something hangs.
PATIENCE_S = 1800.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What a change set would do; `lines` shows it, one change a line."""

    stack: str
    change_set: str
    new: bool
    lines: list[str] = field(default_factory=list)
    replaces_server: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.lines


def find(account: Account, name: str) -> dict[str, Any] | None:
    """The stack as CloudFormation describes it, or None where there is none of this name."""
    try:
        found: dict[str, Any] = account.stacks.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if code(error) == "ValidationError" and "does not exist" in message(error):
            return None
        raise
    return found


def outputs(account: Account, name: str) -> dict[str, str]:
    """The stack's outputs: Address, InstanceId, User. Raises: CloudError where there is no such stack, or it has none yet."""
    stack = find(account, name)
    if stack is None:
        raise CloudError(f"There is no stack {name} in {account.region}: `fab provision` makes it.")
    found = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if not found:
        raise CloudError(f"The stack {name} has no outputs yet: it is {stack['StackStatus']}.")
    return found


def plan(account: Account, site: Site, *, poll_s: float = POLL_S) -> Plan:
    """Let CloudFormation work out what would change; nothing is changed yet, and `forget` takes the plan back.

    Raises: CloudError where the settings or the stack's state do not allow it.
    """
    name = site.aws.stack
    stack = find(account, name)
    status = stack["StackStatus"] if stack else "REVIEW_IN_PROGRESS"
    if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
        raise CloudError(f"The stack {name} is {status}: take it away with `fab deprovision` first.")
    new = status == "REVIEW_IN_PROGRESS"
    if not new and (status.endswith("_IN_PROGRESS") or not status.endswith("_COMPLETE")):
        raise CloudError(f"The stack {name} is {status}: wait until it has come to an end, or look at it in the AWS console.")
    change_set = account.stacks.create_change_set(
        StackName=name,
        ChangeSetName=f"fab-{secrets.token_hex(8)}",
        ChangeSetType="CREATE" if new else "UPDATE",
        TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
        Parameters=_parameters(account, site, {} if new or stack is None else stack),
        Capabilities=["CAPABILITY_IAM"],
        Tags=[{"Key": "storybot", "Value": site.site.host}],
    )["Id"]
    return _read(account, name, change_set, new=new, poll_s=poll_s)


def _read(account: Account, name: str, change_set: str, *, new: bool, poll_s: float) -> Plan:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = account.stacks.describe_change_set(ChangeSetName=change_set, StackName=name)
        if found["Status"] in ("CREATE_COMPLETE", "FAILED"):
            break
        if time.monotonic() > deadline:
            raise CloudError(f"CloudFormation has not worked out the change within {PATIENCE_S:.0f} s: look at the stack {name} in the AWS console.")
        time.sleep(poll_s)
    if found["Status"] == "FAILED":
        account.stacks.delete_change_set(ChangeSetName=change_set, StackName=name)
        reason = found.get("StatusReason", "")
        if "didn't contain changes" in reason or "No updates are to be performed" in reason:
            return Plan(name, "", new)
        raise CloudError(f"CloudFormation refuses the change: {reason.rstrip('.')}.")
    changes = list(found.get("Changes", []))
    while found.get("NextToken"):
        found = account.stacks.describe_change_set(ChangeSetName=change_set, StackName=name, NextToken=found["NextToken"])
        changes += found.get("Changes", [])
    resources = [change["ResourceChange"] for change in changes]
    replaced = any(change["LogicalResourceId"] == "Server" and change.get("Replacement") == "True" for change in resources)
    return Plan(name, change_set, new, [_line(change) for change in resources] or ["no resource changes, only outputs or tags"], replaced)


def _line(change: dict[str, Any]) -> str:
    notes = {"True": " (replaces it)", "Conditional": " (may replace it)"}
    return f"{change['Action']:<7}{change['LogicalResourceId']:<16}{change['ResourceType']}{notes.get(change.get('Replacement', ''), '')}"


def forget(account: Account, planned: Plan) -> None:
    """Take a plan back that is not carried out, and the empty stack that a first plan leaves behind."""
    if planned.change_set:
        account.stacks.delete_change_set(ChangeSetName=planned.change_set, StackName=planned.stack)
    if planned.new:
        account.stacks.delete_stack(StackName=planned.stack)


def carry_out(account: Account, planned: Plan, say: Say, *, poll_s: float = POLL_S) -> None:
    """Do what was planned and wait for the end; afterwards stack and machine are locked against being deleted.

    Raises: CloudError with the reason of the first resource that failed, or where the machine would be replaced.
    """
    if planned.replaces_server:
        raise CloudError(
            "This change would replace the machine and lose its disk, so it is not made: "
            "a larger disk is grown in EC2, and for another machine there is the chapter on moving."
        )
    known = {event["EventId"] for event in _events(account, planned.stack)}
    account.stacks.execute_change_set(ChangeSetName=planned.change_set, StackName=planned.stack)
    _wait(account, planned.stack, known, say, poll_s=poll_s)
    account.machines.modify_instance_attribute(InstanceId=outputs(account, planned.stack)["InstanceId"], DisableApiTermination={"Value": True})
    account.stacks.set_stack_policy(StackName=planned.stack, StackPolicyBody=POLICY)
    account.stacks.update_termination_protection(StackName=planned.stack, EnableTerminationProtection=True)


def take_down(account: Account, name: str, say: Say, *, poll_s: float = POLL_S) -> None:
    """Lift the protections and delete the stack with its machine, disk and address. Snapshots and the bucket stay.

    Raises: CloudError where there is no such stack, or something cannot be deleted.
    """
    stack = find(account, name)
    if stack is None:
        raise CloudError(f"There is no stack {name} in {account.region}.")
    known = {event["EventId"] for event in _events(account, name)}
    for output in stack.get("Outputs", []):
        if output["OutputKey"] == "InstanceId":
            _unlock(account, output["OutputValue"])
    account.stacks.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    account.stacks.delete_stack(StackName=name)
    _wait(account, stack["StackId"], known, say, poll_s=poll_s)


def _unlock(account: Account, instance: str) -> None:
    try:
        account.machines.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
    except ClientError as error:
        if code(error) != "InvalidInstanceID":  # it is gone already
            raise


def _events(account: Account, name: str) -> list[dict[str, Any]]:
    pages = account.stacks.get_paginator("describe_stack_events").paginate(StackName=name)
    return [event for page in pages for event in page["StackEvents"]][::-1]


def _wait(account: Account, name: str, known: set[str], say: Say, *, poll_s: float) -> None:
    """Follow the stack's events, oldest first, until it stands still. Raises: CloudError where that is not what was wanted."""
    first_failure, ended, deadline = "", "", time.monotonic() + PATIENCE_S
    while True:
        stack = find(account, name)
        status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
        for event in _events(account, name):
            if event["EventId"] in known:
                continue
            known.add(event["EventId"])
            reason = event.get("ResourceStatusReason", "")
            say(f"{event['Timestamp']:%H:%M:%S} {event['ResourceStatus']:<20} {event['LogicalResourceId']}{f': {reason}' if reason else ''}")
            if event["ResourceType"] == "AWS::CloudFormation::Stack":
                ended = event["ResourceStatus"]
            elif event["ResourceStatus"].endswith("_FAILED") and not first_failure and "cancelled" not in reason:
                first_failure = f"{event['LogicalResourceId']}: {reason.rstrip('.')}"
        # Right after the call the stack may still show the end of what was done before: only a new event of its own tells this end.
        if not status.endswith("_IN_PROGRESS") and (stack is None or ended == status):
            break
        if time.monotonic() > deadline:
            raise CloudError(f"The stack {name} is still {status} after {PATIENCE_S:.0f} s: look at it in the AWS console.")
        time.sleep(poll_s)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"):
        raise CloudError(f"The stack {name} ended as {status}: {first_failure or 'CloudFormation gives no reason'}.")


def _parameters(account: Account, site: Site, stack: dict[str, Any]) -> list[dict[str, str]]:
    """The template's parameters; image and key stay those that the machine was made with, as new ones would replace it."""
    before = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack.get("Parameters", [])}
    network = ipaddress.ip_network(site.aws.ssh_from)
    if network == ipaddress.ip_network("198.51.100.0/24"):
        raise CloudError("aws.ssh_from still holds the example's range: put the one there that you come from, such as 192.0.2.7/32.")
    if network.prefixlen < (8 if network.version == 4 else 16):
        raise CloudError(f"aws.ssh_from ({network}) lets nearly everybody knock at SSH: name the range that you come from.")
    backup = site.backup
    values = {
        "ImageId": before.get("ImageId") or _image(account, site.aws.instance_type),
        "PublicKey": before.get("PublicKey") or _public_key(site),
        "InstanceType": site.aws.instance_type,
        "DiskGiB": str(site.aws.disk_gib),
        "SshFromV4": str(network) if network.version == 4 else "",
        "SshFromV6": str(network) if network.version == 6 else "",
        "BackupObjects": "/".join([backup.bucket, *filter(None, [backup.prefix.strip("/")]), "*"]) if backup.bucket else "",
        "DailySnapshots": "yes" if site.aws.daily_snapshots else "no",
    }
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _image(account: Account, instance_type: str) -> str:
    try:
        types = account.machines.describe_instance_types(InstanceTypes=[instance_type])["InstanceTypes"]
    except ClientError as error:
        if code(error) == "InvalidInstanceType":
            raise CloudError(f"There is no instance type {instance_type} in {account.region}: change aws.instance_type.") from error
        raise
    offered = types[0]["ProcessorInfo"]["SupportedArchitectures"] if types else []
    names = [ARCHITECTURES[name] for name in offered if name in ARCHITECTURES]
    if not names:
        raise CloudError(f"Debian has no image for {instance_type} in {account.region}: change aws.instance_type.")
    try:
        image: str = account.parameters.get_parameter(Name=IMAGE.format(names[0]))["Parameter"]["Value"]
    except ClientError as error:
        if code(error) == "ParameterNotFound":
            raise CloudError(f"Debian publishes no image in the region {account.region}: change aws.region.") from error
        raise
    return image


def _public_key(site: Site) -> str:
    file = Path(site.server.deploy_key).expanduser()
    try:
        key = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CloudError(f"The public key {file} cannot be read: make one with `ssh-keygen -t ed25519`.") from error
    if not key.startswith(("ssh-ed25519 ", "ssh-rsa ")) or "\n" in key:
        raise CloudError(f"{file} is no key that EC2 takes: make one with `ssh-keygen -t ed25519`.")
    return key
