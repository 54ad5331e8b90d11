"""`rootguard attest`: records a person's answer to a process check."""
