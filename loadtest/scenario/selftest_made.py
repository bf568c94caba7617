"""Results and samples as a run would have them, for the self-test."""

from scenario import record, sampling


def latency(count, p99_ms):
    return {"count": count, "mean_ns": 1, "p50_ns": p99_ms * 5e5, "p90_ns": p99_ms * 8e5,
            "p99_ns": p99_ms * 1e6, "p999_ns": p99_ms * 1e6, "max_ns": p99_ms * 1e6,
            "percentiles": [[50, p99_ms * 5e5], [99, p99_ms * 1e6], [100, p99_ms * 1e6]]}


def group(ok, refused=0, p99_ms=10, statuses=(), **errors):
    total = sum(errors.values())
    return {"offered": ok + refused + total, "ok": ok, "refused": refused,
            "errors": {"total": total, "content": 0, **errors}, "statuses": dict(statuses),
            "latency": latency(ok, p99_ms)}


def rows(start_s, *seconds):
    """Of the timeline; each second is (ok, refused, errors, p99 in ms)."""
    return [{"second": start_s + i, "offered": ok + refused + errors, "ok": ok, "refused": refused,
             "errors": errors, "p50_ns": p99_ms * 5e5, "p99_ns": p99_ms * 1e6,
             "max_ns": p99_ms * 1e6, "requests": {}}
            for i, (ok, refused, errors, p99_ms) in enumerate(seconds)]


def samples(cpu_s, seconds, rss=(), fds=(), threads=()):
    """One each second, with so much CPU time up to then; memory and so on as given or constant."""
    def at(values, i):
        return values[i] if values else 100
    return [sampling.Sample(i, i * cpu_s / seconds, 0, at(rss, i), at(fds, i), at(threads, i), {})
            for i in range(seconds + 1)]


def step(name, phases, taken=(), timeline=(), closed=False, late_ms=0.1):
    """`phases`: (name, seconds, group or a dict of groups by requests)."""
    found, at = [], 0
    for phase, seconds, groups in phases:
        parts = groups if "ok" not in groups else {"hash": groups}
        total = group(sum(g["ok"] for g in parts.values()),
                      sum(g["refused"] for g in parts.values())) if len(parts) > 1 else groups
        found.append({"name": phase, "start_s": float(at), "seconds": float(seconds),
                      "totals": total, "requests": parts})
        at += seconds
    plan = {"closed": closed, "phases": [
        {"name": p["name"], "seconds": p["seconds"], "recorded": True} for p in found]}
    result = {"format": 2, "phases": found, "timeline": list(timeline),
              "lateness": latency(1000, late_ms)}
    return record.Step(name, plan, result, list(taken))


def run(*steps, cpus=1, **learnt):
    """`learnt`: requests=CPU seconds each, as of closed loops of them alone."""
    made = record.Record(cpus)
    made.steps += steps
    made.costs.update(learnt)
    return made


def objective(what, of="load", **more):
    return {"what": what, "of": of, **more}
