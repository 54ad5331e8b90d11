"""Which archives AWS Signer has signed, and with which signing profile: what Lambda asks before it takes code.

A real signature is inside the archive (META-INF/aws_signer_signature_v1.0.SF); here the archive's digest stands for it,
so that an archive changed after it was signed is one that nobody signed, as on AWS:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
"""

import hashlib
from dataclasses import dataclass, field

from rootguard.sandbox.state import state


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signing job left: the ARNs of the job and of the version of the profile that it signed with."""

    profile_version_arn: str
    job_arn: str


@dataclass
class _Signatures:
    """Every signature of the sandbox, by the SHA-256 of the signed archive; other accounts' profiles may be trusted."""

    by_digest: dict[str, Signature] = field(default_factory=dict)


def sign(archive: bytes, signature: Signature) -> None:
    """Note that `archive`, as it stands in the signing job's destination, carries `signature`."""
    state(_Signatures).by_digest[_digest(archive)] = signature


def signature_of(archive: bytes) -> Signature | None:
    """The signature of an archive, None for one that nobody signed or that was changed since."""
    return state(_Signatures).by_digest.get(_digest(archive))


def _digest(archive: bytes) -> str:
    return hashlib.sha256(archive).hexdigest()
