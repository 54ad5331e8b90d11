"""CodeBuild projects, which moto keeps in part and cannot change (codebuild, API model).

Nothing is built here: moto's StartBuild would say that a build has succeeded that nobody ran, so it is refused.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError
from rootguard.sandbox.paging import InvalidTokenError, page
from rootguard.sandbox.role_trust import start_service_session
from rootguard.sandbox.state import state

_SERVICE = "codebuild.amazonaws.com"
_PAGE = 100
_WITH_LOCATION = {"BITBUCKET", "CODECOMMIT", "GITHUB", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_SELF_MANAGED", "S3"}


@dataclass
class Projects:
    """An account's projects in a Region, by name, as BatchGetProjects shows them."""

    by_name: dict[str, dict[str, Any]] = field(default_factory=dict)


@operation("codebuild:CreateProject")
def create_project(call: Call) -> Answer:
    """Create a project whose service role trusts CodeBuild."""
    asked, projects = call.parameters, state(Projects, call.account_id, call.region).by_name
    name = asked["name"]
    arn = _arn(call, name)
    if name in projects:
        raise AwsError("ResourceAlreadyExistsException", f"Project already exists: {arn}")
    _check(call, asked, arn)
    now = _now()
    defaults = {
        "cache": {"type": "NO_CACHE"},
        "timeoutInMinutes": 60,
        "queuedTimeoutInMinutes": 480,
        "encryptionKey": f"arn:{call.partition}:kms:{call.region}:{call.account_id}:alias/aws/s3",
        "tags": [],
        "projectVisibility": "PRIVATE",
    }
    projects[name] = defaults | _kept(asked) | {"arn": arn, "created": now, "lastModified": now}
    return {"project": projects[name]}


@operation("codebuild:UpdateProject")
def update_project(call: Call) -> Answer:
    """Change what the request names and leave the rest of the project as it is."""
    asked, projects = call.parameters, state(Projects, call.account_id, call.region).by_name
    name = asked["name"]
    if name not in projects:
        raise AwsError("ResourceNotFoundException", f"Project cannot be found: {_arn(call, name)}")
    changed = projects[name] | _kept(asked)
    _check(call, changed, projects[name]["arn"])
    projects[name] = changed | {"lastModified": _now()}
    return {"project": projects[name]}


@operation("codebuild:BatchGetProjects")
def batch_get_projects(call: Call) -> Answer:
    """Show projects by name or ARN, and say which there are not."""
    known = state(Projects, call.account_id, call.region).by_name
    by_arn = {project["arn"]: project for project in known.values()}
    found = {name: known.get(name) or by_arn.get(name) for name in call.parameters["names"]}
    missing = [name for name, project in found.items() if not project]
    answer: dict[str, Any] = {"projects": [project for project in found.values() if project]}
    return answer | ({"projectsNotFound": missing} if missing else {})


@operation("codebuild:ListProjects")
def list_projects(call: Call) -> Answer:
    """List the names of the projects."""
    names = sorted(state(Projects, call.account_id, call.region).by_name)
    try:
        shown, token = page(names, lambda name: (name,), _PAGE, call.parameters.get("nextToken"))
    except InvalidTokenError:
        raise _invalid("Invalid next token") from None
    listed: dict[str, Any] = {"projects": list(shown)} if shown else {}  # the model has no empty lists here
    return listed | ({"nextToken": token} if token else {})


@operation("codebuild:DeleteProject")
def delete_project(call: Call) -> Answer:
    """Delete a project; one that is not there is deleted."""
    state(Projects, call.account_id, call.region).by_name.pop(call.parameters["name"], None)
    return {}


@operation("codebuild:StartBuild")
def start_build(call: Call) -> Answer:
    """Refuse: the sandbox has no machines to build on."""
    raise AwsError(NOT_IMPLEMENTED, f"The sandbox runs no builds of {call.parameters['projectName']}.")


def _check(call: Call, wanted: dict[str, Any], arn: str) -> None:
    source, artifacts = wanted["source"], wanted["artifacts"]
    if source["type"] in _WITH_LOCATION and not source.get("location"):
        raise _invalid("Project source location is required")
    if artifacts["type"] == "NO_ARTIFACTS" and artifacts.get("location"):
        raise _invalid("Invalid artifacts: artifact type NO_ARTIFACTS should have null location")
    if artifacts["type"] == "S3" and not artifacts.get("location"):
        raise _invalid("Invalid artifacts: artifact location is required")
    if ("CODEPIPELINE" in (source["type"], artifacts["type"])) and source["type"] != artifacts["type"]:
        raise _invalid("Source and artifacts must both be of type CODEPIPELINE, or neither")
    if not wanted["serviceRole"].startswith(f"arn:{call.partition}:iam::{call.account_id}:role/"):
        raise _invalid("Invalid service role: Service role account ID does not match caller's account")
    try:
        context = {"aws:SourceArn": arn, "aws:SourceAccount": call.account_id}
        start_service_session(wanted["serviceRole"], _SERVICE, "AWSCodeBuild", context=context)
    except AwsError:
        message = f"CodeBuild is not authorized to perform: sts:AssumeRole on {wanted['serviceRole']}"
        raise _invalid(message) from None


def _kept(asked: dict[str, Any]) -> dict[str, Any]:
    """What the project shows of a request: a badge is shown otherwise than it is asked for, and an empty text not."""
    if asked.get("badgeEnabled"):
        raise AwsError(NOT_IMPLEMENTED, "The sandbox has no build badges.")
    return {name: value for name, value in asked.items() if name != "badgeEnabled" and value is not None}


def _arn(call: Call, name: str) -> str:
    return f"arn:{call.partition}:codebuild:{call.region}:{call.account_id}:project/{name}"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidInputException", message)
