"""GET /v1/resize of local files, beside vipsthumbnail of the distribution on the same files."""

import os
import pathlib
import shutil
import struct
import subprocess

import measure
import report
import servers

CASES = [(720, "jpeg", "jpg[Q=80,strip]"), (300, "jpeg", "jpg[Q=80,strip]"),
         (300, "webp", "webp[Q=79,strip]")]
COPIES = 8
CONNECTIONS = 2


def image_size(data):
    """(format, width) of a JPEG or WebP; None for what is neither."""
    if data[:4] == b"RIFF" and data[8:15] == b"WEBPVP8":
        if data[15:16] == b"X":
            return "webp", int.from_bytes(data[24:27], "little") + 1
        if data[15:16] == b" ":
            return "webp", struct.unpack_from("<H", data, 26)[0] & 0x3FFF
        return "webp", (int.from_bytes(data[21:23], "little") & 0x3FFF) + 1
    if data[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 9 < len(data):
        marker, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return "jpeg", struct.unpack_from(">H", data, at + 7)[0]
        at += 2 + length
    return None


def find_images(root):
    """The reference images where they are, else the samples that ship with the project."""
    shared = root.parent / "shared" / "images"
    for folder in (shared, root / "config" / "samples"):
        images = sorted(p for p in folder.glob("*") if p.suffix in (".jpg", ".jpeg", ".png"))
        if images:
            return images[:2]
    raise servers.BenchError("no images: neither ../shared/images nor config/samples has any")


def _thumbnail_cpu(files, width, output, cpu):
    """CPU seconds of one vipsthumbnail process for all files."""
    environment = dict(os.environ, VIPS_CONCURRENCY="1")
    child = subprocess.Popen(
        ["taskset", "-c", str(cpu), "vipsthumbnail", "-s", f"{width}x", "-o", output,
         *map(str, files)], env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise servers.BenchError(f"vipsthumbnail failed on {files[0]}")
    return usage.ru_utime + usage.ru_stime


def thumbnail_sample(copies, width, output, cpu):
    """Per image, without what starting the process costs."""
    many = _thumbnail_cpu(copies, width, output, cpu)
    one = _thumbnail_cpu(copies[:1], width, output, cpu)
    per_image = (many - one) / (len(copies) - 1)
    return measure.Sample(per_image, 1 / per_image)


def _measure_case(bench, tailrace, source, copies, case):
    width, output_format, vips_output = case
    path = "/v1/resize?" + measure.query(url=f"local:///{source}", width=width,
                                         format=output_format)
    measure.expect(tailrace, path, lambda data: image_size(data) == (output_format, width))
    subjects = {"tailrace": lambda: measure.with_tailrace_load(
        bench.load_binary, tailrace, path, bench.seconds / 2, bench.client_cpu, CONNECTIONS)}
    if shutil.which("vipsthumbnail"):
        # Named copies: libvips would remember the result for a name it has seen.
        subjects["vipsthumbnail"] = lambda: thumbnail_sample(
            copies, width, f"{bench.directory}/thumbnails/%s.{vips_output}", bench.server_cpu)
    return measure.interleaved(subjects, bench.rounds)


def run(bench):
    root = bench.fresh_directory("images")
    root.mkdir()
    (bench.directory / "thumbnails").mkdir(exist_ok=True)
    rows = [["source", "result", "tailrace CPU ms/request", "requests/s", "vipsthumbnail CPU ms",
             "÷ vipsthumbnail"]]
    with bench.tailrace(root) as tailrace:
        for image in find_images(bench.root):
            copies = [root / f"{image.stem}-{i}{image.suffix}" for i in range(COPIES)]
            for copy in copies:
                shutil.copyfile(image, copy)
            for case in CASES:
                samples = _measure_case(bench, tailrace, copies[0].name, copies, case)
                own, other = samples["tailrace"], samples.get("vipsthumbnail")
                rows.append([
                    pathlib.Path(image).name, f"{case[0]} px {case[1]}",
                    f"{measure.median_cpu(own) * 1e3:.1f}", f"{measure.median_rate(own):.0f}",
                    f"{measure.median_cpu(other) * 1e3:.1f}" if other else "not installed",
                    report.ratio_text(measure.ratios(own, other)) if other else ""])
    return [report.Table(f"Resize of local files, closed loop of {CONNECTIONS} connections", rows)]
