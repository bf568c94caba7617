"""GET /v1/hash?url= of a small source, beside nginx passing the same source on."""

import hashlib
import json
import os

import measure
import report
import servers

BODY_BYTES = 1000


def run(bench):
    body = os.urandom(BODY_BYTES)
    digest = hashlib.sha256(body).hexdigest()
    bench.write_file("origin/1k", body)

    with bench.stack() as stack:
        # The origin shares the client's CPU: what it costs is not the server's.
        origin = stack.enter_context(servers.Nginx(
            "origin", bench.fresh_directory("origin-nginx"), bench.client_cpu,
            f"location / {{ root {bench.directory}/origin; default_type text/plain; }}"))
        proxy = stack.enter_context(servers.Nginx(
            "nginx proxy_pass", bench.fresh_directory("proxy-nginx"), bench.server_cpu,
            'location / { proxy_pass http://origin; proxy_http_version 1.1; '
            'proxy_set_header Connection ""; }',
            f"upstream origin {{ server 127.0.0.1:{origin.port}; keepalive 64; "
            "keepalive_requests 1000000000; }"))
        tailrace = stack.enter_context(bench.tailrace())
        path = "/v1/hash?" + measure.query(url=origin.url("/1k"))
        measure.expect(proxy, "/1k", lambda answer: answer == body)
        measure.expect(tailrace, path,
                       lambda answer: json.loads(answer)["digests"] == {"sha256": digest})
        samples = measure.interleaved({
            "tailrace GET /v1/hash?url=": lambda: bench.wrk(tailrace, path),
            "nginx proxy_pass": lambda: bench.wrk(proxy, "/1k"),
        }, bench.rounds)
    return [report.comparison(
        f"Source of {BODY_BYTES} bytes from a local origin, 32 keep-alive connections", samples,
        ["nginx proxy_pass"])]
