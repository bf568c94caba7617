"""The smallest answer: the cost of HTTP itself."""

import measure
import report


def run(bench):
    with bench.nginx_return() as nginx, bench.tailrace() as tailrace:
        measure.expect(nginx, "/", lambda body: body == b"hello")
        measure.expect(tailrace, "/livez", lambda body: True)
        samples = measure.interleaved({
            "tailrace GET /livez": lambda: bench.wrk(tailrace, "/livez"),
            "nginx return 200": lambda: bench.wrk(nginx, "/"),
        }, bench.rounds)
    ratios = measure.ratios(samples["tailrace GET /livez"], samples["nginx return 200"])
    return [report.comparison(
        "Smallest answer, 32 keep-alive connections", samples, ["nginx return 200"],
        note=report.verdict("P1, GET /livez ÷ nginx return 200", ratios, 1))]
