"""An AWS Organization in one process: moto, plus what moto lacks.

Ordinary boto3 clients reach it over HTTP on 127.0.0.1; nothing in the product knows that it is not AWS.
Every behaviour that is added here cites the AWS page or API model that it follows.
"""
