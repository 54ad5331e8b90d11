"""The evidence trail of one verdict: what was asked, what came back, and each step of the decision."""
