"""Checks of the management account, into which a delegated administrator looks by a role that it has there."""

from dataclasses import dataclass

from rootguard.doctor.finding import Check, Finding, Status
from rootguard.doctor.standing import IAM_PRINCIPAL, AccountKind, Standing
from rootguard.kit.account import Account
from rootguard.kit.errors import EvidenceUnavailable

CONFORMS_ROLE = "AWSServiceRoleForConfigConforms"
_CREATE_CONFORMS_ROLE = "aws iam create-service-linked-role --aws-service-name config-conforms.amazonaws.com"
_ROOT_MANAGEMENT = "root management"
_ENABLE_FEATURE = {
    "RootCredentialsManagement": "aws iam enable-organizations-root-credentials-management",
    "RootSessions": "aws iam enable-organizations-root-sessions",
}


@dataclass(frozen=True, slots=True)
class _View:
    """The way into the management account: one's own credentials there, a role elsewhere."""

    standing: Standing
    role_name: str

    def open(self) -> Account:
        """The account.

        Raises:
            EvidenceUnavailable: The role cannot be assumed.
        """
        here, management = self.standing.account, self.standing.management_account_id
        if self.standing.kind is AccountKind.MANAGEMENT:
            return here
        return here.assume(f"arn:{here.partition}:iam::{management}:role/{self.role_name}")

    def unseen(self, check: str, unavailable: EvidenceUnavailable, command: str) -> Finding:
        """What to say where it shows nothing.

        Args:
            check: What was looked at.
            unavailable: Why it could not be seen.
            command: What to run in the management account instead.

        Raises:
            EvidenceUnavailable: The same, where the caller's own credentials are wanting.
        """
        if self.standing.kind is AccountKind.MANAGEMENT:
            raise unavailable
        where = f"in the management account {self.standing.management_account_id}"
        message = f"cannot be seen from here {where}: {unavailable.action}: {unavailable.problem}"
        fix = f"give a role of that account that can by --role-name, or run there: {command}"
        return Finding(check, Status.UNSEEN, message, fix)


def _conforms_role(view: _View) -> Finding:
    """A delegated administrator's deployment does not create it in the management account.

    https://docs.aws.amazon.com/config/latest/developerguide/conformance-pack-organization-apis.html
    """
    try:
        view.open().call("iam:GetRole", RoleName=CONFORMS_ROLE)
    except EvidenceUnavailable as unavailable:
        if unavailable.code != "NoSuchEntity":
            return view.unseen(CONFORMS_ROLE, unavailable, _CREATE_CONFORMS_ROLE)
        here = view.standing.kind is AccountKind.MANAGEMENT
        makes = "a deployment from here makes it" if here else "which a delegated administrator's pack does not make"
        message = f"is not in the management account {view.standing.management_account_id}; {makes}"
        return Finding(CONFORMS_ROLE, Status.ADVICE, message, view.standing.in_management(_CREATE_CONFORMS_ROLE))
    return Finding(CONFORMS_ROLE, Status.OK, "is there")


def _root_management(view: _View) -> Finding:
    """IAM tells the management account and its own delegated administrator.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html
    """
    standing = view.standing
    try:
        account = standing.account if IAM_PRINCIPAL in standing.delegations else view.open()
        answer = account.call("iam:ListOrganizationsFeatures")
    except EvidenceUnavailable as unavailable:
        if unavailable.code == "ServiceAccessNotEnabledException":
            fix = f"{standing.enabling(IAM_PRINCIPAL)}; {'; '.join(_ENABLE_FEATURE.values())}"
            return Finding(_ROOT_MANAGEMENT, Status.ADVICE, "IAM has no access to the organization", fix)
        return view.unseen(_ROOT_MANAGEMENT, unavailable, "aws iam list-organizations-features")
    missing = sorted(_ENABLE_FEATURE.keys() - set(answer.texts("EnabledFeatures", [])))
    if not missing:
        return Finding(_ROOT_MANAGEMENT, Status.OK, "root credentials management and root sessions are enabled")
    fix = standing.in_management("; ".join(_ENABLE_FEATURE[each] for each in missing))
    return Finding(_ROOT_MANAGEMENT, Status.ADVICE, f"{' and '.join(missing)} not enabled", fix)


def management_checks(standing: Standing, role_name: str) -> tuple[Check[Standing], ...]:
    """The checks, for accounts that may deploy.

    Args:
        standing: Of the caller's account.
        role_name: To assume in the management account from another one; it needs iam:GetRole and
            iam:ListOrganizationsFeatures.
    """
    if not standing.administers:
        return ()
    view = _View(standing, role_name)
    return (
        Check(CONFORMS_ROLE, lambda _: _conforms_role(view)),
        Check(_ROOT_MANAGEMENT, lambda _: _root_management(view)),
    )
