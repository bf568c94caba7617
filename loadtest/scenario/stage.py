"""Where a scenario plays: the servers, on their CPUs, and the generator. What happens there goes
into a record."""

import contextlib
import pathlib
import shutil

from servers import BenchError

from scenario import generator, plan, record, sampling, sources, subjects

ROOT = pathlib.Path(__file__).resolve().parents[2]
FEW = {"peak": 3, "warm_up": 1, "load": 5}  # --quick: seconds instead of the scenario's, at most
QUICK_SECONDS = 5
REFUSED_MAX = 0.01  # of the successes of a closed loop; and as many errors


class Stage(contextlib.ExitStack):
    def __init__(self, scenario, options, output):
        super().__init__()
        self.scenario, self.options, self.output = scenario, options, output
        self.cpus = options.cpus
        self.record = record.Record(self.cpus.service_count)
        self.peaks = 0

    def __enter__(self):
        super().__enter__()
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise
        return self

    def _set_up(self):
        subjects.own_cpus(self.cpus)
        logs = self.output / "logs"
        logs.mkdir()
        self.files = sources.Files(self.scenario, ROOT, self.output / "files", self.options.image)
        self.callback(shutil.rmtree, self.files.folder)
        self.origins = {
            name: self.enter_context(subjects.origin(
                self.options.build / "tailrace-origin", logs / f"origin-{name}",
                self.cpus.client, self.files.folder, flags))
            for name, flags in self.scenario.get("origins", {}).items()}
        self.service = self.enter_context(self._service(logs))
        self.generator = generator.Generator(self.options.generator, self.cpus.client,
                                             self.options.raised
                                             and self.scenario.get("raised", True))
        self.planner = plan.Planner(
            self.scenario, self.service.url(""), self.files,
            {name: origin.url("") for name, origin in self.origins.items()}, self.options.seed)

    def _service(self, logs):
        if self.options.peer:
            return subjects.AsyncioImages(logs / "peer", self.cpus.service,
                                          ["--processes", self.options.peer_processes
                                           or self.cpus.service_count])
        return subjects.Tailrace(
            self.options.build / "tailrace", logs / "tailrace", self.cpus.service,
            self.files.folder, [*self.scenario.get("service_flags", []),
                                *self.options.service_flags])

    def seconds(self, phase):
        """How long a phase lasts, by the scenario or as the command line wants it."""
        wanted = self.scenario["seconds"][phase]
        if phase == "load" and self.options.seconds:
            return self.options.seconds
        return min(wanted, FEW.get(phase, QUICK_SECONDS)) if self.options.quick else wanted

    def run(self, name, phases, **more):
        """One run of the generator with the service watched meanwhile; its step of the record."""
        planned = self.planner.plan(phases, **more)
        self.options.say(f"{name}: " + ", ".join(
            f"{p['name']} {p['seconds']} s" + (f" at {p['rate']:.4g}/s" if "rate" in p else "")
            for p in phases))
        with sampling.Sampler(self.service, self.cpus.service) as sampler:
            result = self.generator.run(planned, self.output / name.replace(" ", "-"), sampler)
        if sampler.failure is not None:
            raise BenchError(f"the service could not be watched: {sampler.failure}")
        step = record.Step(name, planned, result, sampler.samples)
        self.record.steps.append(step)
        for failure in result.get("first_failures", []):
            self.options.say(f"  {failure}")
        return step

    def closed_loop(self, name, only=None, connections=None):
        """A phase that saturates the service without overrunning it: with half as many connections
        again while it refuses, since a client that asks again at once makes the service spend its
        time on refusals. What fails in other ways is no peak of anything."""
        per_cpu = self.scenario["closed_connections_per_cpu"]
        connections = connections or per_cpu * self.cpus.service_count
        phases = [plan.phase(f"warm-up of {name}", self.seconds("warm_up"), recorded=False),
                  plan.phase(name, self.seconds("peak"))]
        while True:
            step = self.run(name, phases, closed=True, connections=connections, only=only)
            found = step.phase(name)
            group = found.group()
            most = REFUSED_MAX * group["ok"]
            if group["ok"] and max(group["refused"], group["errors"]["total"]) <= most:
                return found
            if connections == 1 or not group["refused"]:
                raise BenchError(f"{name}: {group['ok']} ok, {group['refused']} refused, "
                                 f"errors {group['errors']}, statuses {group['statuses']}")
            self.record.steps.remove(step)
            connections //= 2
            self.options.say(f"  refused {group['refused']}; again with {connections} connections")

    def peak(self):
        """Successes per second of the mix when it saturates the service without overrunning it.
        The first time, each kind of request is also measured alone, one after the other: the
        cheap ones of a mix do not come in batches either."""
        names = [request["name"] for request in self.planner.requests]
        if not self.record.costs and len(names) > 1:
            for name in names:
                self.record.learn(name, self.closed_loop(f"only {name}", [name], 1))
        self.peaks += 1
        found = self.closed_loop(f"peak {self.peaks}")
        if len(names) == 1:
            self.record.learn(names[0], found)
        self.options.say(f"  {found.ok_per_s():.4g}/s")
        return found.ok_per_s()

    def rate(self):
        """The scenario's, or the command line's."""
        if self.options.rate:
            return self.options.rate
        wanted = self.scenario["rate"]
        return wanted["per_s"] if "per_s" in wanted else wanted["of_peak"] * self.peak()

    def expect_understood(self):
        for origin in self.origins.values():
            origin.expect_understood()
