"""P5: images from an origin that is 60 ms away, beside one that is next door, at saturation. The
ratio of the rates, and how busy the threads for long jobs are."""

import dataclasses
import pathlib
import shutil
import statistics
import subprocess
import time
import urllib.parse

import measure
import report
from scenarios import resize
from servers import BenchError

LATENCY_MS = 60
WIDTH = 300
SOURCE_SIDES = 2725, 2225
RATE_RATIO_MIN = 0.95
LONG_THREADS = 1  # the server has one CPU
# An image takes some 15 ms of a thread: so many requests cover 60 ms and keep a queue.
CONNECTIONS = 16
# A closed loop keeps it standing, and who is refused in one comes again at once: all are let in.
WAIT_FLAGS = ("--long-queue-wait-ms-max=60000", "--long-queue-burst-wait-ms-max=60000")
URLS = 20_000
SETTLE_S = 1
DONE = 'tailrace_http_requests_total{route="/v1/resize",method="GET",status="200"}'
BUSY = 'tailrace_executor_busy_seconds_total{lane="long"}'


def source_image(bench, folder):
    """The image that was named, or the largest sample at the size of a camera's."""
    folder.mkdir()
    if bench.image:
        return pathlib.Path(shutil.copy(bench.image, folder))
    if not shutil.which("vips"):
        raise BenchError("vips is not installed; name a JPEG with --image")
    made = folder / "large.jpg"
    width, height = map(str, SOURCE_SIDES)
    subprocess.run(["vips", "thumbnail", bench.root / "config/samples/river.jpg",
                    f"{made}[Q=90,strip]", width, "--height", height, "--size", "force"],
                   check=True, timeout=60)
    return made


def path_of(origin, image, latency_ms, number):
    """Each number another URL, or a cache could answer for the origin."""
    source = origin.url(f"/file/{image.name}?latency_ms={latency_ms}&seed={number}")
    return "/v1/resize?" + urllib.parse.urlencode(
        {"width": WIDTH, "format": "jpeg", "url": source})


def url_list(bench, tailrace, origin, image, latency_ms):
    path = bench.directory / f"urls-{latency_ms}"
    path.write_text("".join(tailrace.url(path_of(origin, image, latency_ms, n)) + "\n"
                            for n in range(URLS)))
    return path


@dataclasses.dataclass
class Look:
    """The server's counters at one moment."""
    images: float
    busy_s: float
    cpu_s: float
    at: float


def look(server):
    series = measure.metrics(server)
    return Look(series.get(DONE, 0), series[BUSY], measure.cpu_seconds(server.pid),
                time.monotonic())


class Phase:
    """What one run did between two looks while the load went on."""

    def __init__(self, before, after):
        seconds, images = after.at - before.at, after.images - before.images
        self.rate = images / seconds
        self.busy = (after.busy_s - before.busy_s) / (LONG_THREADS * seconds)
        self.cpu_s = (after.cpu_s - before.cpu_s) / images


def saturated(bench, tailrace, urls):
    seconds = 2 * bench.seconds
    load = measure.Load(bench.load_binary, bench.directory / "load.log", bench.client_cpu,
                        "--closed", "--connections", CONNECTIONS, "--url-list", urls,
                        "--duration", seconds + 2 * SETTLE_S)
    with load:
        time.sleep(SETTLE_S)
        before = look(tailrace)
        time.sleep(seconds)
        after = look(tailrace)
        load.wait(60)
    if load.result["errors"]["total"]:
        raise BenchError(f"errors: {load.result['errors']} {load.result['statuses']}")
    if after.images == before.images:
        raise BenchError("no image was made")
    return Phase(before, after)


def run(bench):
    folder = bench.fresh_directory("images")
    image = source_image(bench, folder)
    phases = {0: [], LATENCY_MS: []}
    with bench.stack() as stack:
        origin = stack.enter_context(bench.origin("--root", folder))
        tailrace = stack.enter_context(bench.tailrace(
            None, "--long-threads", str(LONG_THREADS), *WAIT_FLAGS))
        urls = {}
        for latency in phases:
            urls[latency] = url_list(bench, tailrace, origin, image, latency)
            measure.expect(tailrace, path_of(origin, image, latency, URLS),
                           lambda data: resize.image_size(data) == ("jpeg", WIDTH))
        for turn in range(bench.rounds):
            order = list(phases) if turn % 2 == 0 else list(phases)[::-1]
            for latency in order:
                phases[latency].append(saturated(bench, tailrace, urls[latency]))
        origin.expect_understood()
    ratios = [far.rate / near.rate for near, far in zip(phases[0], phases[LATENCY_MS])]
    word = "pass" if statistics.median(ratios) >= RATE_RATIO_MIN else "MISS"
    rows = [["origin", "images/s", "long lane busy (wall)", "CPU ms/image"]]
    for latency, found in phases.items():
        rows.append([f"{latency} ms", f"{statistics.median(p.rate for p in found):.1f}",
                     report.ratio_text([p.busy for p in found]),
                     f"{statistics.median(p.cpu_s for p in found) * 1e3:.1f}"])
    return [report.Table(
        f"Resize to {WIDTH} px of {image.name}, {image.stat().st_size / 1e6:.1f} MB, from an "
        f"origin near and far; {CONNECTIONS} connections in a closed loop, {LONG_THREADS} thread for "
        "images", rows,
        f"P5, rate at {LATENCY_MS} ms ÷ rate at 0 ms: {report.ratio_text(ratios, 3)}, target at "
        f"least {RATE_RATIO_MIN:.2f}: {word}.")]
