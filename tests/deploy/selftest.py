"""Shows that the checks of this folder find out what they are for."""

import exposition
import queries

EXPOSITION = exposition.Exposition("""\
# TYPE tailrace_things_total counter
tailrace_things_total{kind="small",side="us"} 1
tailrace_things_total{kind="large",side="origin"} 1
# TYPE tailrace_wait_seconds histogram
tailrace_wait_seconds_bucket{lane="long",le="+Inf"} 0
tailrace_wait_seconds_sum{lane="long"} 0
tailrace_wait_seconds_count{lane="long"} 0
""")
RECORDED = {"job:things:rate5m": {"job": None}}

GOOD = [
    'sum by (kind) (rate(tailrace_things_total{side="us",kind=~"small|large"}[5m]))',
    "histogram_quantile(0.99, sum by (lane, le) (rate(tailrace_wait_seconds_bucket[1m])))",
    'count_values by (job) ("le", tailrace_things_total) and on (job, le) job:things:rate5m',
    'count(up{job="tailrace"} == 0) or vector(0) > bool 1e3',
    "-sum without (side) (tailrace_things_total offset 5m) / on () group_left () time()",
]
BAD = {
    "rate(tailrace_thing_total[5m])": "there is no metric tailrace_thing_total",
    "job:things:rate1h": "there is no metric job:things:rate1h",
    'tailrace_things_total{lane="long"}': 'tailrace_things_total has no lane="long"',
    'tailrace_things_total{kind="huge"}': 'tailrace_things_total has no kind="huge"',
    'tailrace_things_total{kind=~"hu.*"}': 'tailrace_things_total has no kind=~"hu.*"',
    'job:things:rate5m{instance="a"}': 'job:things:rate5m has no instance="a"',
    "sum by (lane) (tailrace_things_total)": "no metric here has the label lane",
    "tailrace_things_total and on (lane) up": "no metric here has the label lane",
    '{kind="small"}': "a selector without a name",
    "tailrace_things_total{kind small}": "not a matcher: kind small",
    "tailrace_things_total{kind": "no } after 'tailrace_things_total'",
    "up # down": "not PromQL from here on: '# down'",
}


def run(tally):
    for text in GOOD:
        query = queries.Query("", text)
        tally.add(f"nothing is wrong with {text}",
                  queries.problems_of(query, EXPOSITION, RECORDED))
    for text, expected in BAD.items():
        found = queries.problems_of(queries.Query("", text), EXPOSITION, RECORDED)
        tally.add(f"{text} is found out", [] if found == [expected] else [f"said: {found}"])
    legend = queries.Query("", "sum by (kind) (tailrace_things_total)", "{{side}}")
    found = queries.problems_of(legend, EXPOSITION, RECORDED)
    expected = ["the legend shows side, which the result has not"]
    tally.add("a legend of another label is found out", [] if found == expected else found)
    asked = [queries.Query("", GOOD[0])]
    unseen = "tailrace_wait_seconds is on no panel, in no rule, and not listed as unused"
    stale = "tailrace_things_total is listed as unused, and is used or gone"
    for listed, expected in (((), [unseen]), (("tailrace_wait_seconds",), []),
                             (("tailrace_wait_seconds", "tailrace_things_total"), [stale])):
        found = queries.unused_families(asked, EXPOSITION, listed)
        tally.add(f"metrics that nobody looks at, {len(listed)} of them listed, are found out",
                  [] if found == expected else found or ["nothing"])
