"""`rootguard doctor`: whether an account and its organization are ready, by read-only calls."""
