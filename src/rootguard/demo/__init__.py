"""`rootguard demo`: the rules, deployed to an embedded AWS Organization and read back as its compliance view."""
