"""AWS CloudFormation StackSets: one template, a stack of it in many accounts and Regions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/what-is-cfnstacksets.html
"""
