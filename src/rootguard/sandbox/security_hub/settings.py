"""What a demo or a test may set differently from AWS."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass
class Settings:
    """Set after entering the sandbox: `state(Settings).findings_of_packs = False`; a reset restores these defaults.

    Attributes:
        findings_of_packs: Whether AWS Config's own findings come of the rules of conformance packs too. The user guide
            excludes "service-linked AWS Config rules" (securityhub-internal-providers), and rules of packs are such;
            public programs that read these findings expect them all the same. Not known, so both can be had.
        active_retention: How long an active finding is kept after its last update
            (https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html).
        archived_retention: The same of an archived finding.
        disabled_retention: How long a hub that was switched off keeps what it had (DisableSecurityHub, API model).
        off_fails_findings: Whether an import where Security Hub is off is answered by a list of FailedFindings "with an
            InvalidAccess error", as the user guide says (finding-update-batchimportfindings), rather than refused like
            every other request there. The guide may speak of partners that import for their customers.
    """

    findings_of_packs: bool = True
    off_fails_findings: bool = False
    active_retention: timedelta = timedelta(days=90)
    archived_retention: timedelta = timedelta(days=30)
    disabled_retention: timedelta = timedelta(days=90)
