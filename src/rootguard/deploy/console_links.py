"""Where in the AWS console to look.

https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/learn-whats-new.html,
https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/getting-started-sign-in.html,
https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-Beijing.html
"""

from rootguard.deploy.standing import Standing

_HOSTS = {
    "aws": "{region}.console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}


def console_links(standing: Standing) -> dict[str, str]:
    """Title -> address; empty for a partition whose console's address is not public."""
    host = _HOSTS.get(standing.partition)
    if host is None:
        return {}
    start, region = f"https://{host.format(region=standing.region)}", standing.region
    return {
        "conformance pack": f"{start}/config/home?region={region}#/conformance-packs",
        "StackSet": f"{start}/cloudformation/home?region={region}#/stacksets",
    }
