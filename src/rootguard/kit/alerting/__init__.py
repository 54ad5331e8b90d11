"""The ways from something root does to somebody who hears of it, link by link.

Two ways count: a trail delivers to a log group, whose metric filter feeds an alarm, which notifies a topic; or
EventBridge rules in the Regions that log root's sign-ins have targets that reach somebody. `metric_route` and
`event_route` each ask AWS (`gather_…`) and judge what came back (`judge_…`, pure).
"""
