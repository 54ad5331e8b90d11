"""The accounts of organizational units, whoever asks for them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from botocore.exceptions import ClientError

from rootguard.aws_errors import code_of
from rootguard.errors import RootguardError

_PARENT_ID = re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}")
"""https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html"""
_UNKNOWN = ("ParentNotFoundException", "InvalidInputException")


class UnknownUnitError(RootguardError):
    """The organization has no such unit.

    Attributes:
        parent: Its id.
    """

    def __init__(self, option: str, parent: str) -> None:
        super().__init__(f"{option} {parent}: the organization has no organizational unit or root of this id")
        self.parent = parent


class Pages(Protocol):
    """Asks AWS for every page of a list."""

    def __call__(self, action: str, *, ParentId: str) -> Iterable[Mapping[str, Any]]:  # noqa: N803 - AWS's name
        """The pages' members; raises ClientError."""


def check_parent_ids(option: str, given: Iterable[str]) -> None:
    """See that they can be ids of organizational units, or of a root.

    Args:
        option: The option that gave them, `--ou`.
        given: What it was given.

    Raises:
        RootguardError: One cannot.
    """
    for parent in given:
        if not _PARENT_ID.fullmatch(parent):
            raise RootguardError(f"{option} {parent}: an organizational unit's id begins with ou-, the root's with r-")


def accounts_below(pages: Pages, option: str, parent: str) -> Iterator[Mapping[str, Any]]:
    """The accounts of a unit or root and of all units below it, as ListAccountsForParent shows them.

    Args:
        pages: Asks.
        option: The option that gave the unit.
        parent: Its id.

    Raises:
        UnknownUnitError: The organization has no such unit.
        ClientError: AWS refuses.
    """
    try:
        for page in pages("organizations:ListAccountsForParent", ParentId=parent):
            yield from page["Accounts"]
    except ClientError as error:
        if code_of(error) not in _UNKNOWN:
            raise
        raise UnknownUnitError(option, parent) from error
    for page in pages("organizations:ListOrganizationalUnitsForParent", ParentId=parent):
        for unit in page["OrganizationalUnits"]:
            yield from accounts_below(pages, option, unit["Id"])
