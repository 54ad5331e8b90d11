"""AWS CloudFormation: stacks that make their resources through the services' own API, with the caller's permissions.

moto's CloudFormation passes over types that it does not know, never rolls back and leaves what it has made; here a
stack ends as AWS's does, or fails as loudly.
"""
