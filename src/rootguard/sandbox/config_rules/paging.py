"""Answers that come in pages."""

from collections.abc import Mapping
from typing import Any

from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.paging import InvalidTokenError, Key, page


def paged(member: str, rows: Mapping[Key, dict[str, Any]], parameters: Mapping[str, Any], size: int) -> dict[str, Any]:
    """One page of an answer: `{member: [...], "NextToken": ...}`, the token only when there is more.

    Args:
        member: The member of the answer that holds the list.
        rows: Everything there is, as the API shows it, by what sorts it.
        parameters: The request's, of which `NextToken` and `Limit` are read; a `Limit` of 0 means the default.
        size: How many rows a page has by default.

    Raises:
        AwsError: InvalidNextTokenException for a token that was not given out here.
    """
    try:
        keys, token = page(tuple(rows), lambda key: key, parameters.get("Limit") or size, parameters.get("NextToken"))
    except InvalidTokenError:
        raise AwsError("InvalidNextTokenException", "The nextToken provided is invalid") from None
    answer: dict[str, Any] = {member: [rows[key] for key in keys]}
    return answer | ({"NextToken": token} if token else {})
