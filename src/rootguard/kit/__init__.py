"""What every rule is made of, and all of rootguard that a rule's Lambda function contains.

It depends on the standard library, boto3 and rdklib only, and on nothing else of rootguard.
"""
