"""P6: digests of 1 kB, 1000 a second, while images saturate all cores; with the lanes as they are, and
as they could have been (tailrace-lanes). The client of the digests has a raised priority, so that
what is measured is the service's delay."""

import dataclasses
import os
import statistics
import time

import measure
import report
from scenarios import origin_latency, resize
from servers import BenchError

RATE_PER_S = 1000
BODY_BYTES = 1000
WIDTH = 720
CONNECTIONS = 32
PRIORITY = 10  # of a real-time client: what it is late itself is not the service's delay
SETTLE_S = 0.5
P99_MAX_US = 1000
SECONDS_MAX = 1800
LATENESS_MAX_US = 1000  # of the generator's p99: beyond, it lacked CPU and measured itself
TRIES_MAX = 10
CHOSEN = "nice 10"  # exec::lanes_options
EQUAL = "nice 0"
RESERVED = "nice 0, a core kept free"
LANES = {CHOSEN: "nice:10", EQUAL: "separate", "nice 5": "nice:5", "nice 19": "nice:19",
         "SCHED_BATCH": "batch", "slices of 10 ms": "slice:10", RESERVED: "separate",
         "common": "common"}
INLINE = "POST, on the I/O thread"
OFFLOADED = "of a local file, through the short lane"


@dataclasses.dataclass
class Phase:
    p50_us: float
    p99_us: float
    p999_us: float
    lateness_us: float  # the generator's own, p99
    images_per_s: float


def prefix():
    """Before the command of the client that is measured."""
    command = ["chrt", "-f", PRIORITY]
    if os.geteuid() != 0:
        raise BenchError("raising the client's priority needs root")
    return command


def server(bench, folder, lanes):
    cores = len(os.sched_getaffinity(0))
    extra = ["--long-threads", str(max(1, cores - 1))] if lanes == RESERVED else []
    return bench.tailrace_with_lanes(LANES[lanes], folder, *extra)


def image_path(image):
    return "/v1/resize?" + measure.query(width=WIDTH, format="jpeg", url=f"local:///{image.name}")


def digests(bench, tailrace, way):
    """What the client of the digests saw."""
    path, more = {
        INLINE: ("/v1/hash", ["--body-size", BODY_BYTES]),
        OFFLOADED: ("/v1/hash?url=local:///small", []),
    }[way]
    result = measure.open_loop(bench.load_binary, tailrace, path, RATE_PER_S, bench.seconds, None,
                               prefix(), "--connections", CONNECTIONS, *more)
    return [result["latency"][name] / 1e3 for name in ("p50_ns", "p99_ns", "p999_ns")], \
        result["lateness"]["p99_ns"] / 1e3


def phase(bench, image, lanes, way):
    with server(bench, image.parent, lanes) as tailrace:
        measure.expect(tailrace, image_path(image),
                       lambda data: resize.image_size(data) == ("jpeg", WIDTH))
        cores = len(os.sched_getaffinity(0))
        load = measure.Load(bench.load_binary, bench.directory / "load.log", None, "--closed",
                            "--connections", 4 * cores, "--timeout-ms", 60_000,
                            "--duration", bench.seconds + 2 * SETTLE_S,
                            tailrace.url(image_path(image)))
        with load:
            time.sleep(SETTLE_S)
            before = origin_latency.look(tailrace)
            latency, lateness = digests(bench, tailrace, way)
            after = origin_latency.look(tailrace)
            load.wait(90)
        if load.result["errors"]["total"]:
            raise BenchError(f"images beside {lanes}: {load.result['errors']} {load.result['statuses']}")
    return Phase(*latency, lateness, (after.images - before.images) / (after.at - before.at))


def undisturbed(bench, image, lanes, way):
    """One in which nobody else took the CPU from the generator, whatever the service did."""
    for _ in range(TRIES_MAX):
        found = phase(bench, image, lanes, way)
        if found.lateness_us <= LATENESS_MAX_US:
            return found
    raise BenchError(f"the machine has other work: the generator was late {TRIES_MAX} times")


def row(way, lanes, found, equal):
    def text(values):
        return f"{statistics.median(values):.0f} ({min(values):.0f}…{max(values):.0f})"
    return [way, lanes, f"{statistics.median(p.p50_us for p in found):.0f}",
            text([p.p99_us for p in found]), text([p.p999_us for p in found]),
            f"{statistics.median(p.images_per_s for p in found):.1f}",
            "" if found is equal else report.ratio_text(
                [a.images_per_s / b.images_per_s for a, b in zip(found, equal)])]


def tables(phases):
    """`phases`: (way, lanes) -> a Phase for each round."""
    rows = [["digest", "threads for images", "p50 µs", "p99 µs", "p99.9 µs", "images/s", f"÷ {EQUAL}"]]
    notes = []
    for (way, lanes), found in phases.items():
        rows.append(row(way, lanes, found, phases[way, EQUAL]))
    for way in (INLINE, OFFLOADED):
        notes.append(report.verdict(f"P6, p99 in ms, {way}",
                                    [p.p99_us / 1e3 for p in phases[way, CHOSEN]],
                                    P99_MAX_US / 1e3))
    late = max(p.lateness_us for found in phases.values() for p in found)
    notes.append(f"The generator's own lateness (p99) was at most {late:.0f} µs; runs in which it was "
                 f"more than {LATENESS_MAX_US} are made again.")
    return [report.Table(
        f"Digests of {BODY_BYTES} bytes, {RATE_PER_S}/s, while images ({WIDTH} px) saturate all cores; "
        f"client at real-time priority", rows, "\n".join(notes))]


def run(bench):
    folder = bench.fresh_directory("images")
    image = origin_latency.source_image(bench, folder)
    (folder / "small").write_bytes(os.urandom(BODY_BYTES))
    # Where the I/O thread digests, one lane or two makes no difference.
    subjects = [(way, lanes) for way in (INLINE, OFFLOADED) for lanes in LANES
                if not (way == INLINE and lanes == "common")]
    phases = {subject: [] for subject in subjects}
    for turn in range(bench.rounds):
        shift = turn % len(subjects)
        for way, lanes in subjects[shift:] + subjects[:shift]:
            phases[way, lanes].append(undisturbed(bench, image, lanes, way))
    return tables(phases)
