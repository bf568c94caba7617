"""POST /v1/hash of a small body, beside an answer without any work and beside the floor."""

import hashlib
import json
import os

import measure
import report

BODY_BYTES = 1000


def wrk_script(directory, body):
    """A script that makes wrk POST `body`."""
    file, script = directory / "body", directory / "post.lua"
    file.write_bytes(body)
    script.write_text(
        'wrk.method = "POST"\n'
        'wrk.headers["Content-Type"] = "application/octet-stream"\n'
        f'local file = io.open("{file}", "rb")\n'
        'wrk.body = file:read("*a")\n')
    return script


def run(bench):
    body = os.urandom(BODY_BYTES)
    digest = hashlib.sha256(body).hexdigest()
    script = wrk_script(bench.directory, body)
    with bench.stack() as stack:
        nginx = stack.enter_context(bench.nginx_return())
        tailrace = stack.enter_context(bench.tailrace())
        measure.expect(nginx, "/", lambda answer: answer == b"hello", body)
        measure.expect(tailrace, "/v1/hash",
                       lambda answer: json.loads(answer)["digests"] == {"sha256": digest}, body)
        subjects = {
            "tailrace POST /v1/hash": lambda: bench.wrk(tailrace, "/v1/hash", script),
            "nginx return 200": lambda: bench.wrk(nginx, "/", script),
        }
        if bench.floor_binary.exists():
            floor = stack.enter_context(bench.floor())
            measure.expect(floor, "/", lambda answer: answer == digest.encode(), body)
            subjects["floor"] = lambda: bench.wrk(floor, "/", script)
            subjects["the digest alone"] = lambda: measure.with_digest(
                bench.floor_binary, BODY_BYTES, bench.server_cpu)
        samples = measure.interleaved(subjects, bench.rounds)
    title = f"SHA-256 of a body of {BODY_BYTES} bytes, 32 keep-alive connections"
    references = ["nginx return 200"]
    note = f"Not built (-DTAILRACE_BENCH=ON makes it): {bench.floor_binary.name}, so P1 is open."
    if "floor" in samples:
        target = "nginx return 200 + the digest"
        samples[target] = measure.added(samples["nginx return 200"], samples["the digest alone"])
        references += [target, "floor"]
        ratios = measure.ratios(samples["tailrace POST /v1/hash"], samples[target])
        note = report.verdict(f"P1, POST /v1/hash ÷ ({target})", ratios, 1)
    return [report.comparison(title, samples, references, note=note)]
