"""IAM's policy language, judged without any AWS: documents in, decision out, no state and no network."""

from rootguard.sandbox.policy.document import Document, Effect, MalformedPolicyError, UnsupportedPolicyError, parse
from rootguard.sandbox.policy.evaluation import Decision, Outcome, UndecidableError, evaluate, matching
from rootguard.sandbox.policy.layers import Layer, PolicyType, Verdict, judge
from rootguard.sandbox.policy.principal import Grant, Principal
from rootguard.sandbox.policy.request import Context, Request

__all__ = [
    "Context",
    "Decision",
    "Document",
    "Effect",
    "Grant",
    "Layer",
    "MalformedPolicyError",
    "Outcome",
    "PolicyType",
    "Principal",
    "Request",
    "UndecidableError",
    "UnsupportedPolicyError",
    "Verdict",
    "evaluate",
    "judge",
    "matching",
    "parse",
]
