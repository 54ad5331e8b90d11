"""CodePipeline executions: moto calls one succeeded that has run nothing, so starting one is refused."""

from rootguard.sandbox.dispatch import Answer, Call, operation
from rootguard.sandbox.errors import NOT_IMPLEMENTED, AwsError


@operation("codepipeline:StartPipelineExecution")
def start_pipeline_execution(call: Call) -> Answer:
    """Refuse: the sandbox has no source to fetch and no machines to build on."""
    raise AwsError(NOT_IMPLEMENTED, f"The sandbox runs no pipelines, {call.parameters['name']} included.")
