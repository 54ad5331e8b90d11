"""What AWS Config does in the background: deployments one after another, evaluations on a few workers."""

from rootguard.sandbox.background import WorkFailedError, WorkQueue, end, idle, pending, queue
from rootguard.sandbox.config_rules.settings import Settings
from rootguard.sandbox.state import state

__all__ = ["Deployments", "Evaluations", "WorkFailedError", "WorkQueue", "end", "idle", "pending"]


@queue
class Deployments(WorkQueue):
    """Conformance packs on their way into accounts."""

    def __init__(self) -> None:
        super().__init__("config-deployment", 1)


@queue
class Evaluations(WorkQueue):
    """Rules whose function is about to be invoked."""

    def __init__(self) -> None:
        super().__init__("config-evaluation", state(Settings).workers)
