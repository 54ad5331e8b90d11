"""Deploys a template as committed, as a stack of one account."""

import time
from typing import Any

from rootguard.catalog import templates_directory
from rootguard.errors import RootguardError
from rootguard.sandbox.administrators import Clients

_PAUSE = 0.05


def deploy_template(clients: Clients, template: str, stack_name: str, **parameters: str) -> dict[str, str]:
    """Create a stack and wait for it; returns its outputs.

    Args:
        clients: Of the account's administrator.
        template: A file below templates/.
        stack_name: What to call the stack.
        parameters: The template's parameters.

    Raises:
        RootguardError: It was rolled back.
    """
    cloudformation: Any = clients.client("cloudformation")
    stack_id = cloudformation.create_stack(
        StackName=stack_name,
        TemplateBody=(templates_directory() / template).read_text("utf-8"),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )["StackId"]
    while True:
        stack = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(_PAUSE)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise RootguardError(f"{stack_name} ended as {stack['StackStatus']}: {stack.get('StackStatusReason')}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
