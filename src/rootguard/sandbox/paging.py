"""Lists cut into pages that stay right while the list changes."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence

type Key = tuple[str, ...]


class InvalidTokenError(Exception):
    """A token that this module did not give out."""


def page[T](
    items: Sequence[T], key: Callable[[T], Key], size: int, token: str | None
) -> tuple[Sequence[T], str | None]:
    """One page of `items` in the order of `key`, and the token of the next page, None at the end.

    The token names the last item given out, so that a change meanwhile neither repeats nor hides another.

    Args:
        items: Everything there is, in any order.
        key: What sorts the items; no two have the same.
        size: How many items fit on a page.
        token: What the previous page answered, None for the first page.

    Raises:
        InvalidTokenError: `token` is not one of ours.
    """
    after = _key_of(token) if token else None
    left = sorted((item for item in items if after is None or key(item) > after), key=key)
    chosen = left[:size]
    return chosen, (_token_of(key(chosen[-1])) if len(left) > size else None)


def _token_of(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _key_of(token: str) -> Key:
    try:
        key = json.loads(base64.urlsafe_b64decode(token).decode())
    except (binascii.Error, ValueError):
        raise InvalidTokenError(token) from None
    if not isinstance(key, list) or not all(isinstance(part, str) for part in key):
        raise InvalidTokenError(token)
    return tuple(key)
