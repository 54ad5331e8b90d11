"""Facts that several rules read: each reader asks AWS and returns a frozen value, or raises EvidenceUnavailable."""
