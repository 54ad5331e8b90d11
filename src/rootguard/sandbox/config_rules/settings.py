"""What a demo or a test may set differently from AWS."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass
class Settings:
    """Set after entering the sandbox: `state(Settings).evaluate_on_creation = False`; a reset restores these defaults.

    Attributes:
        evaluate_on_creation: Whether a new rule is evaluated at once, as AWS does ("When you create a rule, AWS Config
            evaluates your resources against the rule automatically",
            https://docs.aws.amazon.com/config/latest/APIReference/API_StartConfigRulesEvaluation.html).
        function_retries: How often a function that failed is invoked again. Lambda retries an asynchronous invocation
            twice, after one and after two minutes
            (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html); a demo that waits three
            minutes for a failing rule shows nothing more, so here it is not at all, and without waiting when it is.
        workers: How many evaluations run at a time. Taken when the first evaluation starts.
        minimum_interval: The least time between two StartConfigRulesEvaluation of one rule: AWS throws
            LimitExceededException "if you call the StartConfigRulesEvaluation API more than once per minute"
            (botocore config/2014-11-12, LimitExceededException).
        token_lifetime: How long a result token is good. AWS publishes none; an asynchronous event may wait six hours
            (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html) for a function that runs
            fifteen minutes, so a token cannot live shorter than both.
    """

    evaluate_on_creation: bool = True
    function_retries: int = 0
    workers: int = 2
    minimum_interval: timedelta = timedelta(minutes=1)
    token_lifetime: timedelta = timedelta(hours=6, minutes=15)
