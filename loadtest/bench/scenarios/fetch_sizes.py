"""P3: GET /v1/hash?url= of sources from 1 kB to 10 MB, each request with another URL and other
bytes, beside nginx passing the same sources on and the time that OpenSSL takes to digest them."""

import hashlib
import json

import measure
import report

SIZES = {"1 kB": 1000, "100 kB": 100_000, "1 MB": 1_000_000, "10 MB": 10_000_000}
RATIO_MAX = 1.10
# More would only queue where a large body keeps the server busy by itself.
CONNECTIONS = {"1 kB": 32, "100 kB": 32, "1 MB": 8, "10 MB": 8}


def counting_script(directory, name, path, first):
    """A script that makes wrk append first, first + 1, … to the path; `name` keeps them apart."""
    script = directory / f"count-{name}.lua"
    script.write_text(
        f"local n = {first}\n"
        "function request()\n"
        "  n = n + 1\n"
        f'  return wrk.format("GET", string.format("{path.replace("%", "%%")}%d", n))\n'
        "end\n")
    return script


def first_of_a_run(bench):
    """Each begins where no other does."""
    bench.first_url = getattr(bench, "first_url", 0) + 1_000_000_000
    return bench.first_url


def paths_of(origin, size):
    """What a number is appended to: at the origin or a proxy, and at tailrace."""
    own = f"/bytes/{size}?seed="
    escaped = own.replace("?", "%3F").replace("=", "%3D")
    return {"origin": own, "tailrace": f"/v1/hash?url={origin.url(escaped)}"}


def verify(origin, proxy, tailrace, paths):
    """That both do what is measured: of bytes that differ from one URL to the next."""
    digests = set()
    for n in "1", "2":
        _, source = measure.fetch(origin, paths["origin"] + n)
        digest = hashlib.sha256(source).hexdigest()
        measure.expect(proxy, paths["origin"] + n, lambda body, wanted=source: body == wanted)
        measure.expect(tailrace, paths["tailrace"] + n,
                       lambda body, wanted=digest: json.loads(body)["digests"]["sha256"] == wanted)
        digests.add(digest)
    if len(digests) != 2:
        raise measure.BenchError("the origin gives the same bytes under two URLs")


def measure_size(bench, servers_, label):
    origin, proxy, tailrace = servers_
    size, connections = SIZES[label], CONNECTIONS[label]
    paths = paths_of(origin, size)
    verify(origin, proxy, tailrace, paths)

    def asking(server, path):
        name = server.name.replace(" ", "-")
        script = counting_script(bench.directory, name, path, first_of_a_run(bench))
        return measure.with_wrk(server, "/", bench.seconds, bench.client_cpu, script, connections)

    samples = measure.interleaved({
        "tailrace": lambda: asking(tailrace, paths["tailrace"]),
        "nginx": lambda: asking(proxy, paths["origin"]),
        "digest": lambda: measure.with_digest(bench.floor_binary, size, bench.server_cpu),
    }, bench.rounds)
    return samples, measure.ratios(samples["tailrace"],
                                   measure.added(samples["nginx"], samples["digest"]))


def row(label, samples, ratios):
    cells = [f"{measure.median_cpu(samples[name]) * 1e6:.1f}"
             for name in ("tailrace", "nginx", "digest")]
    rates = [f"{measure.median_rate(samples[name]):.0f}" for name in ("tailrace", "nginx")]
    return [label, *cells, report.ratio_text(ratios), *rates]


def run(bench):
    if not bench.floor_binary.exists():
        raise measure.BenchError(f"{bench.floor_binary} is not built (-DTAILRACE_BENCH=ON)")
    rows = [["source", "tailrace CPU µs/request", "nginx proxy_pass CPU µs", "digest CPU µs",
             "÷ (nginx + digest)", "tailrace requests/s", "nginx requests/s"]]
    notes = []
    with bench.stack() as stack:
        origin = stack.enter_context(bench.origin())
        proxy = stack.enter_context(bench.nginx_proxy(origin))
        tailrace = stack.enter_context(bench.tailrace())
        for label in SIZES:
            samples, ratios = measure_size(bench, (origin, proxy, tailrace), label)
            rows.append(row(label, samples, ratios))
            notes.append(report.verdict(f"P3, {label}", ratios, RATIO_MAX))
        origin.expect_understood()
    return [report.Table("Digest of a source that another process serves, each request another "
                         "URL", rows, "\n".join(notes))]
