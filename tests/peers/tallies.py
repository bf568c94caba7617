"""Counting of checks, and a run that ends in time: what the tests with other processes share."""

import os
import signal
import threading


class Tally:
    def __init__(self, suite):
        self.suite, self.lock, self.passed, self.failed = suite, threading.Lock(), 0, 0

    def add(self, what, problems, *details):
        with self.lock:
            self.passed += not problems
            self.failed += bool(problems)
            if problems:
                print(f"FAILED {self.suite}: {what}", *problems, *details, sep="\n    ", flush=True)

    def note(self, line):
        with self.lock:
            print(line, flush=True)

    def end(self):
        """Prints the last line; the exit status."""
        # .ci/run adds up several runs from this file.
        if "DEV_TALLY" in os.environ:
            with open(os.environ["DEV_TALLY"], "a", encoding="utf-8") as file:
                file.write(f"{self.passed} {self.failed}\n")
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


class Ended(Exception):
    """A signal, or the time is up. As an exception it passes every `with`: no server stays."""


def _end_early(number, _):
    raise Ended(signal.Signals(number).name)


def end_within(seconds):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, _end_early)
    signal.alarm(seconds)
