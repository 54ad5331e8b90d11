"""Where the sandbox keeps what moto has no place for: one value per kind, account and Region."""

from threading import RLock
from typing import Any, cast

GLOBAL = "global"

_LOCK = RLock()
_VALUES: dict[tuple[type, str, str], Any] = {}


def state[T](kind: type[T], account_id: str = GLOBAL, region: str = GLOBAL) -> T:
    """The one `kind` of an account and Region, made empty (`kind()`) when first asked for.

    A global service (IAM, Organizations) leaves the Region out; what the whole sandbox shares leaves out both.
    """
    key = (kind, account_id, region)
    with _LOCK:
        if key not in _VALUES:
            _VALUES[key] = kind()
        return cast("T", _VALUES[key])


def every[T](kind: type[T]) -> dict[tuple[str, str], T]:
    """All values of `kind` that exist, by account and Region."""
    with _LOCK:
        return {(account, region): value for (a_kind, account, region), value in _VALUES.items() if a_kind is kind}


def reset() -> None:
    """Forget everything."""
    with _LOCK:
        _VALUES.clear()
