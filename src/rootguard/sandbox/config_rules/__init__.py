"""AWS Config's rules, evaluations and conformance packs, which moto accepts but does not run.

`work.idle(timeout)` waits until every deployment and evaluation under way has ended; `state(Settings)` says how the
sandbox deviates from AWS on purpose; `organization_deployment.deploy_to_new_account(account_id)` runs
when an account is created. The operations themselves are in `rootguard.sandbox.services`.
"""
