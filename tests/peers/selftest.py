"""The differential test finds lax backends out, and a strict one innocent."""

import backends
import corpus
import differential
import proxies

# The stub is strict about nothing that these do not need.
FORMS = ("length", "chunked", "chunks", "a request as a chunk", "extension", "trailers")

EXPECTED = {
    None: None,
    "length-only": "served but never forwarded",
    "short": "bytes, sent were",
    "uncounted": "forwarded but never served",
}


def problems_with(proxy, backend, cases):
    test = differential.Differential(proxy, backend, agree_seconds=0.3)
    return [problem for _, wrong in test.run(cases) for problem in wrong]


def run(directory, tally):
    cases = [case for case in corpus.from_forms(0)
             if case.name in {f"{form}, HTTP/1.1, in two pieces" for form in FORMS}]
    for laxness, expected in EXPECTED.items():
        for name in ("haproxy", "nginx"):
            with backends.Stub(laxness) as backend, \
                    proxies.ALL[name](directory / f"{name}-{laxness}", backend.port) as proxy:
                found = problems_with(proxy, backend, cases)
            if expected is None:
                tally.add(f"selftest: {backend.name} behind {name} is innocent", found)
            else:
                seen = any(expected in problem for problem in found)
                tally.add(f"selftest: {backend.name} behind {name} is found out",
                          [] if seen else [f"no '{expected}' in:", *found])
