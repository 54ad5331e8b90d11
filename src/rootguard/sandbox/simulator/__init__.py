"""The IAM policy simulator: policies, service control policies and a context in, a decision for each action out.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html and the documentation of
SimulateCustomPolicy and its shapes in botocore's model. Where these leave a behaviour open, it follows AWS's answers of
September 2026 that github.com/radkawar/stackd records (testdata/aws/iam/simulation*.json).
"""

from rootguard.sandbox.simulator.answers import evaluation_result
from rootguard.sandbox.simulator.inputs import read
from rootguard.sandbox.simulator.judging import Simulation, judge

__all__ = ["Simulation", "evaluation_result", "judge", "read"]
