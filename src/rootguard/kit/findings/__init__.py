"""A function's own findings in Security Hub: `asff` builds them, `constraints` checks them, `security_hub` imports."""
