"""Errors as AWS answers them."""

from moto.core.errors import COMMON_ERROR_CODES
from moto.core.exceptions import ServiceException

NOT_IMPLEMENTED = "SandboxNotImplemented"
"""Neither moto nor the sandbox has the operation."""

CRASHED = "SandboxCrashed"
"""The sandbox itself failed; its log has the traceback."""


class AwsError(ServiceException):
    """An error as AWS answers it: `AwsError("NoSuchConfigRuleException", "The ConfigRule 'x' ...")`.

    The HTTP status is `status`, else what the service model's error shape says, 400 where the model has none.
    """

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(code, message)
        self.status = status
        if code not in COMMON_ERROR_CODES:  # moto warns of a code without an error shape; AWS has many such
            COMMON_ERROR_CODES.append(code)
