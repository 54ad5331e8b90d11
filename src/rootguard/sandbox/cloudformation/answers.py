"""What the answers of CloudFormation's operations have in common."""

from collections.abc import Callable, Mapping
from typing import Any

from rootguard.sandbox.cloudformation.template_source import validation_error
from rootguard.sandbox.dispatch import Call
from rootguard.sandbox.paging import InvalidTokenError, page
from rootguard.sandbox.template.parameters import Declaration, is_secret

PER_PAGE = 100


def paged[T](
    call: Call, member: str, items: list[T], key: Callable[[T], tuple[str, ...]], answer: Callable[[T], Any]
) -> dict[str, Any]:
    """One page of items, and the token of the next.

    Args:
        call: May have the NextToken of the page before.
        member: Under which name the answer has the items.
        items: All there are, in any order.
        key: Sorts them.
        answer: An item as the answer has it.

    Raises:
        AwsError: ValidationError for a token that is none.
    """
    try:
        chosen, token = page(items, key, PER_PAGE, call.parameters.get("NextToken"))
    except InvalidTokenError:
        raise validation_error("The next token is invalid.") from None
    rows: dict[str, Any] = {member: [answer(each) for each in chosen]}
    return rows | ({"NextToken": token} if token else {})


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that there are."""
    return {name: value for name, value in members.items() if value is not None}


def parameters_shown(declarations: Mapping[str, Declaration], texts: Mapping[str, str]) -> list[dict[str, str]]:
    """Parameters as an answer has them, those with NoEcho masked."""
    return [
        {"ParameterKey": name, "ParameterValue": "****" if is_secret(declarations.get(name, {})) else text}
        for name, text in texts.items()
    ]
