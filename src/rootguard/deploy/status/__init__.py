"""`rootguard status`: how the deployment and its rules fare in every account."""
