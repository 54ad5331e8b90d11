"""Which organization an account is in, and what it may do there; read from moto's backends.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_getting-started_concepts.html
"""

from collections.abc import Callable

from moto.organizations.models import FakeAccount, FakeOrganization, OrganizationsBackend, organizations_backends

type AccountListener = Callable[[str], None]

_OF_NEW: list[AccountListener] = []
_OF_GONE: list[AccountListener] = []
_OF_MOVED: list[AccountListener] = []


def on_account_created(listener: AccountListener) -> AccountListener:
    """Register, at import, a function that is called with the id of each account that CreateAccount made."""
    _OF_NEW.append(listener)
    return listener


def on_account_removed(listener: AccountListener) -> AccountListener:
    """Register, at import, a function that is called with the id of each account that has left its organization."""
    _OF_GONE.append(listener)
    return listener


def on_account_moved(listener: AccountListener) -> AccountListener:
    """Register, at import, a function that is called with the id of each account that has another parent now."""
    _OF_MOVED.append(listener)
    return listener


def announce_account(account_id: str) -> None:
    """Tell every listener of a new account."""
    for listener in _OF_NEW:
        listener(account_id)


def announce_departure(account_id: str) -> None:
    """Tell every listener of an account that has left."""
    for listener in _OF_GONE:
        listener(account_id)


def announce_move(account_id: str) -> None:
    """Tell every listener of an account that was moved."""
    for listener in _OF_MOVED:
        listener(account_id)


def organization_backend(account_id: str, partition: str = "aws") -> OrganizationsBackend | None:
    """The backend of the organization that the account manages or belongs to, None outside of any."""
    management_id, partition = organizations_backends.master_accounts.get(account_id, (account_id, partition))
    backend = organizations_backends[management_id][partition]
    return backend if backend.org is not None else None


def organization_of(account_id: str, partition: str = "aws") -> FakeOrganization | None:
    """The organization itself (`id`, `master_account_id`, `feature_set`, `root_id`), None outside of any."""
    backend = organization_backend(account_id, partition)
    return backend.org if backend else None


def is_management_account(account_id: str, partition: str = "aws") -> bool:
    """Whether the account manages an organization."""
    organization = organization_of(account_id, partition)
    return organization is not None and organization.master_account_id == account_id


def is_delegated_administrator(account_id: str, service: str | None = None, partition: str = "aws") -> bool:
    """Whether the account administers that service, or any, for its organization."""
    backend = organization_backend(account_id, partition)
    if backend is None:
        return False
    return any(
        admin.account.id == account_id and (service is None or service in admin.services) for admin in backend.admins
    )


def has_trusted_access(account_id: str, service: str, partition: str = "aws") -> bool:
    """Whether the account's organization lets that service work in all of its accounts."""
    backend = organization_backend(account_id, partition)
    return backend is not None and any(each["ServicePrincipal"] == service for each in backend.services)


def member(account_id: str, partition: str = "aws") -> FakeAccount | None:
    """An account as its organization knows it, None outside of any."""
    backend = organization_backend(account_id, partition)
    if backend is None:
        return None
    return next((account for account in backend.accounts if account.id == account_id), None)


def organization_path(account_id: str, partition: str = "aws") -> str | None:
    """`o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`, the value of aws:PrincipalOrgPaths."""
    backend, account = organization_backend(account_id, partition), member(account_id, partition)
    if backend is None or backend.org is None or account is None:
        return None
    parents = {unit.id: unit.parent_id for unit in backend.ou}
    path, unit_id = "", str(account.parent_id)
    while unit_id:
        path, unit_id = f"{unit_id}/{path}", parents.get(unit_id) or ""
    return f"{backend.org.id}/{path}"
