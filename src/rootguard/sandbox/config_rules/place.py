"""Where a rule or a pack is: AWS Config works per account and Region."""

import secrets
import string
from functools import cache
from typing import NamedTuple

from botocore.loaders import create_loader
from moto.utilities.utils import get_partition

_ID_ALPHABET = string.ascii_lowercase + string.digits


class Place(NamedTuple):
    """One account in one Region."""

    account_id: str
    region: str

    @property
    def partition(self) -> str:
        """The partition of the Region: aws, aws-cn, aws-us-gov."""
        return str(get_partition(self.region))

    def arn(self, resource: str, service: str = "config") -> str:
        """The ARN of a resource here."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"


@cache
def url_suffix(partition: str) -> str:
    """What the names of a partition's endpoints end in, `amazonaws.com`; AWS::URLSuffix."""
    known = create_loader().load_data("partitions")["partitions"]
    return str({each["id"]: each["outputs"]["dnsSuffix"] for each in known}[partition])


def random_id(length: int) -> str:
    """Lowercase letters and digits, as AWS Config makes its identifiers of."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(length))
