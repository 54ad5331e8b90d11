"""AWS Security Hub CSPM: hubs, the findings that are in them, and what happens to findings on their way in.

https://docs.aws.amazon.com/securityhub/latest/userguide/ and botocore's model of securityhub/2018-10-26. moto keeps
whatever it is given, checks nothing and ignores filters, so nothing of it is used here.
"""
