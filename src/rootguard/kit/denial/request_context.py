"""What is settled about every request by who makes it, in the words of condition keys.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html and the table of principal keys
at https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rootguard.kit.account import Account
from rootguard.kit.readers.organization import Organization

_ASSUMED_ROOT = "aws:AssumedRoot"
_SOURCE_IDENTITY = "aws:sourceidentity"
_TAGS = "aws:principaltag/"
# Requests of root itself, made directly: neither AWS services that act for it, which it would have to call first, nor
# keys of sessions, federated users, IAM users or instances. A session of sts:AssumeRoot may have a source identity.
_ABSENT = frozenset(
    {
        _ASSUMED_ROOT.lower(),
        _SOURCE_IDENTITY,
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:chatbotsourcearn",
        "aws:ec2instancesourceprivateipv4",
        "aws:ec2instancesourcevpc",
        "aws:federatedprovider",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:username",
        "ec2:roledelivery",
        "ec2:sourceinstancearn",
        "lambda:sourcefunctionarn",
    }
)
_TYPES = {"aws:PrincipalIsAWSService": "boolean", "aws:ViaAWSService": "boolean", _ASSUMED_ROOT: "boolean"}
_LISTS = frozenset({"aws:PrincipalOrgPaths"})
_ROLE = "ordinary"
_ROLE_ID = "AROAEXAMPLEORDINARY12"


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The condition keys that are the same in every request of somebody.

    Attributes:
        given: Values by key.
        absent: Keys in lower case that no such request has; no such request has a principal tag either.
    """

    given: Mapping[str, str]
    absent: frozenset[str]

    def gives(self, key: str) -> bool:
        """Whether every request has that key with the same value; keys have no case."""
        return key.lower() in map(str.lower, self.given)

    def lacks(self, key: str) -> bool:
        """Whether no request has that key."""
        return key.lower() in self.absent or key.lower().startswith(_TAGS)

    def settles(self, key: str) -> bool:
        """Whether the key is the same in every request."""
        return self.gives(key) or self.lacks(key)

    def entries(self) -> list[dict[str, Any]]:
        """As iam:SimulateCustomPolicy takes them (ContextEntries)."""
        return [
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": _type(key)}
            for key, value in self.given.items()
        ]


def _type(key: str) -> str:
    return "stringList" if key in _LISTS else _TYPES.get(key, "string")


@dataclass(frozen=True, slots=True)
class Member:
    """A member account and its place in its organization: `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`."""

    account: Account
    organization: Organization
    path: str

    def root(self) -> RequestContext:
        """What root's own requests have."""
        return self._context(self.account.root_arn, "Account", self.account.id)

    def assume_root_session(self) -> RequestContext:
        """What the requests of a session of sts:AssumeRoot have: they are root's, with one key more."""
        root = self.root()
        absent = root.absent - {_ASSUMED_ROOT.lower(), _SOURCE_IDENTITY}
        return RequestContext({**root.given, _ASSUMED_ROOT: "true"}, absent)

    def ordinary_role(self) -> RequestContext:
        """What the requests of a role without tags have, for which no policy makes an exception."""
        arn = f"arn:{self.account.partition}:iam::{self.account.id}:role/{_ROLE}"
        return self._context(arn, "AssumedRole", f"{_ROLE_ID}:session")

    def _context(self, arn: str, principal_type: str, user_id: str) -> RequestContext:
        given = {
            "aws:PrincipalArn": arn,
            "aws:PrincipalAccount": self.account.id,
            "aws:PrincipalType": principal_type,
            "aws:userid": user_id,
            "aws:PrincipalOrgID": self.organization.id,
            "aws:PrincipalOrgPaths": self.path,
            "aws:PrincipalOrgMasterAccountId": self.organization.management_account_id,
            "aws:PrincipalIsAWSService": "false",
            "aws:ViaAWSService": "false",
        }
        return RequestContext(given, _ABSENT)
