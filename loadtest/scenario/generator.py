"""Runs tailrace-load with a plan, and takes only results that it can stand by."""

import contextlib
import json
import subprocess
import sys

import measure
from servers import BenchError, child_setup

from scenario import plan as plans

FORMAT = 2
NOTHING_SUCCEEDED = 1  # an exit code with a result all the same
GRACE_S = 60
STOP_SECONDS_MAX = 10


@contextlib.contextmanager
def started(command, cpus, errors):
    """A child that does not outlive the block."""
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL,
                               stdout=errors, stderr=errors, preexec_fn=child_setup(cpus))
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def checked(result, plan):
    """A result of this plan, whole: what is missing or does not add up must not be judged."""
    if not isinstance(result, dict) or result.get("format") != FORMAT:
        raise BenchError(f"the generator's result is not of format {FORMAT}: is it an old binary?")
    for phase in plan["phases"]:
        if phase["recorded"] and phase["name"] not in [p["name"] for p in result["phases"]]:
            raise BenchError(f"the generator's result lacks the phase '{phase['name']}'")
    for phase in result["phases"]:
        for group in [phase["totals"], *phase["requests"].values()]:
            if group["offered"] != group["ok"] + group["refused"] + group["errors"]["total"]:
                raise BenchError(f"phase '{phase['name']}': offered is not ok + refused + errors")
    return result


class Generator:
    def __init__(self, binary, cpus, raised=True):
        if not binary.exists():
            raise BenchError(f"{binary} is not built")
        self.binary, self.cpus = binary, cpus
        # Sent late because of other work on its CPU, a request says nothing about the service.
        self.prefix = measure.raised_priority() if raised else []

    def run(self, plan, files, sampler):
        """The result of a plan. `files`: a path without suffix; plan, result and log go there."""
        plan_file = plans.written(files.with_suffix(".plan.json"), plan)
        result_file, log = files.with_suffix(".result.json"), files.with_suffix(".log")
        command = [*self.prefix, self.binary, "--plan", plan_file, "--json", result_file,
                   "--progress"]
        limit_s = plans.total_seconds(plan) + plan["timeout_ms"] / 1000 + GRACE_S
        watched = sys.stderr.isatty()
        with open(log, "wb") as output:
            with started(command, self.cpus, None if watched else output) as process:
                sampler.generator_pid = process.pid
                try:
                    status = process.wait(limit_s)
                except subprocess.TimeoutExpired:
                    raise BenchError(f"the generator did not end within {limit_s:.0f} s") from None
        if status not in (0, NOTHING_SUCCEEDED) or not result_file.exists():
            raise BenchError(f"the generator ended with status {status}:\n"
                             + log.read_text(errors="replace")[-2000:])
        return checked(json.loads(result_file.read_text()), plan)
