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
    return [report.comparison("Smallest answer, 32 keep-alive connections", samples,
                              ["nginx return 200"])]
