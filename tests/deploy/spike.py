"""The spike scenario of loadtest/ under the eyes of a real Prometheus: the page comes with the spike
and goes while the load goes on."""

import pathlib

import files
import live
import processes

FASTER = 200  # then the longest short window, 30 minutes, is well within the load after the spike
SCENARIO_SECONDS_MAX = 90


class Scenario(processes.Server):
    """It starts a service of its own; with the small sample, for which nothing has to be made."""

    def __init__(self, build, directory):
        output = directory / "spike"
        self.ports = output / "logs/tailrace/ports"
        super().__init__("the spike scenario", [
            files.ROOT / "loadtest/scenario/run", "spike", f"--build={build}",
            f"--image={files.ROOT / 'config/samples/river.jpg'}", f"--output={output}"],
            directory / "spike.log")

    def find_port(self):
        return processes.ports_in(self.ports).get("public")

    def admin_port(self):
        return processes.ports_in(self.ports)["admin"]

    def has_said(self, text):
        return text in self.output.read_text()

    def is_running(self):
        return self.process.poll() is None


def run(build, directory, tally):
    directory = pathlib.Path(directory) / "spiked"
    directory.mkdir()
    with Scenario(build, directory) as scenario, \
            live.Prometheus(directory, f"127.0.0.1:{scenario.admin_port()}", FASTER) as prometheus:
        def page():
            return prometheus.state(live.PAGE)

        begun = live.wait("the spike's part of the scenario", 60, lambda: not scenario.is_running()
                          or scenario.has_said("\nspike: "))
        problems = begun or live.wait("Prometheus is ready", 20, prometheus.is_ready)
        # Finding the peak may have refused some.
        tally.add("before the spike nothing pages",
                  problems or live.wait("no page", 9, lambda: page() == "inactive"))
        fired = live.wait("the page fires", 30, lambda: page() == "firing")
        tally.add("the spike pages", fired)
        cleared = live.wait("the page ends", 30, lambda: page() == "inactive")
        tally.add("the page ends with the spike", cleared or (
            [] if scenario.is_running() else ["so did the load"]))
        ended = live.wait("the scenario's end", SCENARIO_SECONDS_MAX,
                          lambda: not scenario.is_running())
        # Whether it meets its objectives is not for a shared machine to say.
        tally.add("the scenario has a verdict", ended or (
            [] if scenario.process.returncode in (0, 1) else [scenario.output.read_text()[-2000:]]))
