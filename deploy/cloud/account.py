"""An AWS account as the stack's code sees it: its clients, and what its errors mean to an operator."""

import contextlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError, PartialCredentialsError, ProfileNotFound

from deploy.site import Site

#: Codes that AWS's services use for credentials they do not take, and for an action that is not allowed.
#: Source: AWS's "Common errors" of the CloudFormation, EC2 and SSM API references.
NOT_KNOWN = frozenset(
    {
        "AuthFailure",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
    }
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
NOT_ALLOWED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
NO_REGION = frozenset({"OptInRequired", "RegionDisabledException"})


class CloudError(Exception):
    """Something in the cloud is not as it has to be; the message is one sentence that says what to do."""


class Account:
    """The clients of one region, made when they are first asked for."""

    def __init__(self, site: Site) -> None:
        self.region = site.aws.region

    @cached_property
    def stacks(self) -> Any:
        """CloudFormation's client."""
        return self._client("cloudformation")

    @cached_property
    def machines(self) -> Any:
        """EC2's client."""
        return self._client("ec2")

    @cached_property
    def parameters(self) -> Any:
        """Systems Manager's client."""
        return self._client("ssm")

    def _client(self, service: str) -> Any:
        settings = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 5})
        return boto3.client(service, region_name=self.region, config=settings)


@contextlib.contextmanager
def plain_errors(region: str) -> Iterator[None]:
    """Turn what boto3 raises into a CloudError with one sentence."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise CloudError(
            "There are no complete AWS credentials: set AWS_PROFILE to a profile of ~/.aws/config, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except ProfileNotFound as error:
        raise CloudError(f"{str(error).rstrip('.')}: AWS_PROFILE names a profile of ~/.aws/config.") from error
    except EndpointConnectionError as error:
        raise CloudError(f"AWS cannot be reached in the region {region}: is aws.region right, and is there a way out to the internet?") from error
    except ClientError as error:
        raise CloudError(_sentence(error, region)) from error
    except BotoCoreError as error:
        raise CloudError(f"AWS: {str(error).rstrip('.')}.") from error


def code(error: ClientError) -> str:
    """The code that the service gave its error, such as AccessDenied; parts after a dot are left out."""
    found: str = error.response.get("Error", {}).get("Code", "")
    return found.split(".")[0]


def message(error: ClientError) -> str:
    """What the service says about its error, without an end stop."""
    found: str = error.response.get("Error", {}).get("Message", "")
    return found.strip().rstrip(".")


def _sentence(error: ClientError, region: str) -> str:
    kind, action = code(error), error.operation_name
    if kind in EXPIRED:
        return "The AWS credentials have expired: sign in anew, for example with `aws sso login`."
    if kind in NOT_KNOWN:
        return f"AWS does not know these credentials in the region {region}: are they right, and is the region switched on for the account?"
    if kind in NO_REGION:
        return f"The region {region} is not switched on for this account: switch it on in the AWS console, or change aws.region."
    if kind in NOT_ALLOWED:
        return f"These AWS credentials may not do {action}: {message(error)}."
    return f"AWS refused {action} ({kind}): {message(error)}."
