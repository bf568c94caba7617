"""The executor beside boost::asio::thread_pool and oneTBB: tiny jobs from outside, fork and join of
a thousand, a coroutine's hop to a worker and back, and how long a sleeping worker takes to start."""

import dataclasses
import json
import statistics

import measure
import report
from servers import BenchError

POOLS = ["tailrace", "asio", "tbb"]
TASKS = 1000  # in each iteration of every shape but wake
MIN_TIME_S = 0.1  # for each of them in each round
ROUNDS_PER_ROUND = 4  # they are short, and whether two threads meet on one core is luck
TITLES = {"outside": "tiny jobs from one thread outside", "fork_join": "a job that starts 1000",
          "hop": "a coroutine's hop and back", "wake": "waking the only worker"}


@dataclasses.dataclass
class Figure:
    """Seconds for one job."""
    cpu_s: float
    wall_s: float
    p50_s: float = 0
    p99_s: float = 0


def figures(text):
    """Of one run of bench_executor: (shape, argument) -> pool -> Figure."""
    found = {}
    for entry in json.loads(text)["benchmarks"]:
        shape, pool, argument = entry["name"].split("/")[:3]
        if entry["time_unit"] != "ns":
            raise BenchError(f"{entry['name']} counts in {entry['time_unit']}")
        jobs = 1 if shape == "wake" else TASKS
        found.setdefault((shape, int(argument)), {})[pool] = Figure(
            entry["cpu_time"] / 1e9 / jobs, entry["real_time"] / 1e9 / jobs,
            entry.get("p50_s", 0), entry.get("p99_s", 0))
    return found


def one_run(bench):
    return figures(measure.run_bound(
        [bench.build / "bench_executor", "--benchmark_format=json",
         f"--benchmark_min_time={MIN_TIME_S}"], None, 120))


def ratios(rounds, pool, of):
    """Of ours to that pool's, round by round; none where the pool has no such shape."""
    return [of(found["tailrace"]) / of(found[pool]) for found in rounds if pool in found]


def row(name, rounds, of, factor):
    """A median for each pool, and ours divided by each of the others'."""
    cells = [name]
    for pool in POOLS:
        values = [of(found[pool]) * factor for found in rounds if pool in found]
        cells.append(f"{statistics.median(values):.{1 if factor < 1e9 else 0}f}" if values else "")
    for pool in POOLS[1:]:
        found = ratios(rounds, pool, of)
        cells.append(report.ratio_text(found) if found else "")
    return cells


def tables(runs):
    """`runs`: what figures() said of each."""
    heads = [*("boost::asio::thread_pool" if p == "asio" else "oneTBB" if p == "tbb" else p
               for p in POOLS), "tailrace ÷ asio", "÷ oneTBB"]
    cost, latency = [["ns per job", *heads]], [["µs", *heads]]
    for shape, argument in runs[0]:
        rounds = [run[shape, argument] for run in runs]
        unit = "coroutines" if shape == "hop" else "workers"
        name = f"{TITLES[shape]}, {argument} {unit if argument > 1 else unit[:-1]}"
        if shape == "wake":
            cost.append(row(f"{TITLES[shape]}, CPU", rounds, lambda f: f.cpu_s, 1e9))
            latency.append(row("p50", rounds, lambda f: f.p50_s, 1e6))
            latency.append(row("p99", rounds, lambda f: f.p99_s, 1e6))
        else:
            cost.append(row(f"{name}, CPU", rounds, lambda f: f.cpu_s, 1e9))
            cost.append(row(f"{name}, wall", rounds, lambda f: f.wall_s, 1e9))
    return [
        report.Table("The executor beside other pools: what a tiny job costs", cost,
                     f"Medians of {len(runs)} rounds. CPU of the whole process; ours reads the "
                     "clock twice for each job, for the queue's metrics and deadlines."),
        report.Table("From submitting a job to its start, the only worker asleep for 1 ms", latency)]


def run(bench):
    if not (bench.build / "bench_executor").exists():
        raise BenchError("bench_executor is not built")
    return tables([one_run(bench) for _ in range(bench.rounds * ROUNDS_PER_ROUND)])
