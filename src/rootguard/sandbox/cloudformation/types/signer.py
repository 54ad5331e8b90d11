"""AWS::Signer::SigningProfile.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-signer-signingprofile.html
"""

from collections.abc import Mapping
from typing import Any

from rootguard.sandbox.cloudformation.requests import gone, send
from rootguard.sandbox.cloudformation.resource_tags import removed_tags, tags
from rootguard.sandbox.cloudformation.resource_type import Context, Physical, Properties, ResourceType, resource_type

_NAME_LENGTH = 64


@resource_type("AWS::Signer::SigningProfile")
class SigningProfile(ResourceType):
    """A profile; the physical id is its ARN. A template cannot name it: ProfileName is read-only in the schema."""

    def create(self, properties: Properties, context: Context) -> Physical:
        """Make the profile under a generated name, which has no hyphens."""
        signer = context.client("signer")
        name = context.generated_name(_NAME_LENGTH).replace("-", "_")
        given = {key: value for key, value in properties.items() if key not in {"Tags", "SignatureValidityPeriod"}}
        send(
            signer,
            "PutSigningProfile",
            {_lower(key): value for key, value in given.items()}
            | {
                "profileName": name,
                "signatureValidityPeriod": _period(properties.get("SignatureValidityPeriod")),
                "tags": tags(properties, context, system=False) or None,
            },
        )
        found = signer.get_signing_profile(profileName=name)
        attributes = {
            "Arn": found["arn"],
            "ProfileName": name,
            "ProfileVersion": found["profileVersion"],
            "ProfileVersionArn": found["profileVersionArn"],
        }
        return Physical(found["arn"], attributes)

    def update(self, physical: Physical, old: Properties, new: Properties, context: Context) -> Physical:
        """Change its tags; every other property replaces it."""
        signer, wanted = context.client("signer"), tags(new, context, system=False)
        lost = removed_tags(old, wanted, context)
        if lost:
            signer.untag_resource(resourceArn=physical.id, tagKeys=lost)
        if wanted:
            signer.tag_resource(resourceArn=physical.id, tags=wanted)
        return physical

    def delete(self, physical: Physical, properties: Properties, context: Context) -> None:
        """Cancel it: AWS Signer deletes no profiles."""
        del properties
        with gone("ResourceNotFoundException"):
            context.client("signer").cancel_signing_profile(profileName=physical.attributes["ProfileName"])


def _period(wanted: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {_lower(key): value for key, value in wanted.items()} if wanted else None


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
