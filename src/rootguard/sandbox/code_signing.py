"""Code signing of functions: whose signatures a configuration trusts, and what it does with other code.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
"""

import functools
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.models import LambdaFunction, lambda_backends

from rootguard.sandbox.errors import AwsError
from rootguard.sandbox.signing import signature_of
from rootguard.sandbox.state import state

_ID_BYTES = 9


@dataclass
class CodeSigningConfig:
    """A code signing configuration.

    Attributes:
        policy: Warn or Enforce, for code without a trusted signature.
        publishers: ARNs of the signing profile versions that are trusted.
    """

    id: str
    arn: str
    publishers: tuple[str, ...]
    policy: str = "Warn"
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    modified: datetime = field(default_factory=lambda: datetime.now(UTC))

    def describe(self) -> dict[str, Any]:
        """The API's CodeSigningConfig."""
        return {
            "CodeSigningConfigId": self.id,
            "CodeSigningConfigArn": self.arn,
            "Description": self.description,
            "AllowedPublishers": {"SigningProfileVersionArns": list(self.publishers)},
            "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": self.policy},
            "LastModified": self.modified.isoformat(timespec="milliseconds"),
        }


@dataclass
class CodeSigningConfigs:
    """The configurations of one account and Region, by ARN."""

    by_arn: dict[str, CodeSigningConfig] = field(default_factory=dict)


def new_config(
    account_id: str, region: str, partition: str, publishers: list[str], description: str
) -> CodeSigningConfig:
    """Make a configuration that warns and has no tags."""
    identifier = f"csc-{secrets.token_hex(_ID_BYTES)[:17]}"
    arn = f"arn:{partition}:lambda:{region}:{account_id}:code-signing-config:{identifier}"
    config = CodeSigningConfig(identifier, arn, tuple(publishers), description=description)
    state(CodeSigningConfigs, account_id, region).by_arn[arn] = config
    return config


def existing_config(arn: str, account_id: str, region: str) -> CodeSigningConfig:
    """The configuration of an ARN.

    Raises:
        AwsError: ResourceNotFoundException.
    """
    config = state(CodeSigningConfigs, account_id, region).by_arn.get(arn)
    if config is None:
        raise AwsError("ResourceNotFoundException", f"The code signing configuration {arn} cannot be found.")
    return config


def functions_with(config: CodeSigningConfig, account_id: str, region: str) -> list[LambdaFunction]:
    """The functions whose code a configuration judges."""
    functions = lambda_backends[account_id][region].list_functions()
    return [function for function in functions if function.code_signing_config_arn == config.arn]


def install() -> None:
    """Look at every function's code before it is taken."""
    moto: Any = LambdaFunction
    original = moto._set_function_code  # noqa: SLF001 - where moto reads code, whatever the request
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def set_code(self: LambdaFunction, updated: dict[str, Any]) -> None:
        before = {name: value for name, value in vars(self).items() if name.startswith("code_")}
        code = dict(self.code)
        original(self, updated)
        try:
            _verify(self)
        except AwsError:
            vars(self).update(before)
            self.code = code
            raise

    moto._set_function_code = set_code  # noqa: SLF001 - as dispatch wraps moto


def _verify(function: LambdaFunction) -> None:
    """Refuse untrusted code where the configuration says so, and note the signature of what is taken."""
    signature = signature_of(getattr(function, "code_bytes", b""))
    if function.code_signing_config_arn:
        config = existing_config(function.code_signing_config_arn, function.account_id, function.region)
        trusted = signature is not None and signature.profile_version_arn in config.publishers
        if config.policy == "Enforce" and not trusted:
            message = (
                "Lambda cannot deploy the function. The function or layer might be signed using a signature that the "
                f"client is not configured to accept. Check the provided signature for {function.function_name}."
            )
            raise AwsError("CodeVerificationFailedException", message)
    function.signing_profile_version_arn = signature.profile_version_arn if signature else None
    function.signing_job_arn = signature.job_arn if signature else None
