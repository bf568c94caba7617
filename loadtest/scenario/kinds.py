"""The kinds of scenarios: which phases are run, one after the other, and which of them objectives
may be about."""

import dataclasses
import math

from scenario.plan import phase

BELOW_PEAK = 0.6
RECOVERY = 0.5
LATENESS_MS_MAX = 1
ORIGIN_RATIO_MAX = 0.0003
BURST, BURST_SECONDS = 3, 2  # times the rate of a soak


def steady(stage):
    """One rate, after a warm-up."""
    rate = stage.rate()
    stage.run("load", [phase("warm-up", stage.seconds("warm_up"), rate, recorded=False),
                       phase("load", stage.seconds("load"), rate)])


def overload(stage):
    """For each factor: below the peak, that many times the peak, then half of it. The peak is
    measured before and after each."""
    peak = stage.peak()
    for factor in stage.scenario["factors"]:
        name = f"{factor:g}x"
        stage.run(f"overload {name}", [
            phase(f"warm-up {name}", stage.seconds("warm_up"), RECOVERY * peak, recorded=False),
            phase(f"before {name}", stage.seconds("before"), BELOW_PEAK * peak),
            phase(f"overload {name}", stage.seconds("overload"), factor * peak),
            phase(f"after {name}", stage.seconds("after"), RECOVERY * peak)])
        peak = stage.peak()


def spike(stage):
    """The rate, some seconds of a multiple of it, the rate again."""
    rate, factor = stage.rate(), stage.scenario["factors"][0]
    stage.run("spike", [
        phase("warm-up", stage.seconds("warm_up"), rate, recorded=False),
        phase("before", stage.seconds("before"), rate),
        phase("spike", stage.seconds("overload"), rate * factor),
        phase("after", stage.seconds("after"), rate)])


def soak(stage):
    """So many requests that what leaks is seen. First more than the service can take, for a moment:
    connections that are opened only in a rare burst would look like a leak."""
    rate = stage.rate()
    total = stage.options.requests or stage.scenario["total_requests"]
    seconds = stage.seconds("load") if stage.options.quick else math.ceil(total / rate)
    stage.run("soak", [phase("burst", BURST_SECONDS, BURST * rate, recorded=False),
                       phase("warm-up", stage.seconds("warm_up"), rate, recorded=False),
                       phase("soak", seconds, rate)])


def beside(stage):
    """Rounds of the requests named in the scenario alone, and with the others beside them at the
    same rate of their own."""
    named = stage.scenario["beside"]
    weights = {request["name"]: request["weight"] for request in stage.planner.requests}
    rate = stage.rate()
    for number in range(1, 1 + stage.scenario["rounds"]):
        for name, total, only in (
                ("alone", rate, [named]),
                ("beside", rate * sum(weights.values()) / weights[named], None)):
            stage.run(f"{name} {number}", [
                phase(f"warm-up {name} {number}", stage.seconds("warm_up"), total, recorded=False),
                phase(f"{name} {number}", stage.seconds("load"), total)], only=only)


def of_each_factor(scenario):
    return [f"{stem} {which}" for stem in ("before", "overload", "after")
            for which in ("each", *(f"{factor:g}x" for factor in scenario["factors"]))]


def of_each_round(scenario):
    return [f"{stem} {number}" for stem in ("alone", "beside")
            for number in range(1, 1 + scenario["rounds"])]


@dataclasses.dataclass
class Kind:
    play: object  # runs it on a stage
    phases: object  # scenario -> what objectives may be about
    seconds: tuple  # phases whose length the scenario says
    needs: tuple  # keys that the scenario has; those that only others need it must not have


KINDS = {
    "steady": Kind(steady, lambda _: ["load"], ("peak", "warm_up", "load"), ("rate",)),
    "overload": Kind(overload, of_each_factor,
                     ("peak", "warm_up", "before", "overload", "after"), ("factors",)),
    "spike": Kind(spike, lambda _: ["before", "spike", "after"],
                  ("peak", "warm_up", "before", "overload", "after"), ("rate", "factors")),
    "soak": Kind(soak, lambda _: ["soak"], ("peak", "warm_up", "load"),
                 ("rate", "total_requests")),
    "beside": Kind(beside, of_each_round, ("peak", "warm_up", "load"),
                   ("rate", "beside", "rounds")),
}
NEEDED_BY_SOME = sorted({key for kind in KINDS.values() for key in kind.needs})


def objectives(scenario):
    """With one that is about every factor written out for each, and with those that every run has,
    about all of its phases: an origin of ours that failed leaves the service less to do, and a
    generator that was late has measured itself."""
    found = []
    for objective in scenario["objectives"]:
        if objective["of"].endswith(" each"):
            stem = objective["of"].removesuffix(" each")
            found += [dict(objective, of=f"{stem} {factor:g}x") for factor in scenario["factors"]]
        else:
            found.append(objective)
    phases = [name for name in KINDS[scenario["kind"]].phases(scenario)
              if not name.endswith(" each")]
    found += [{"what": "origin_ratio", "of": name, "at_most": ORIGIN_RATIO_MAX}
              for name in phases]
    return [*found, {"what": "lateness_ms", "of": phases[0], "phases": phases,
                     "at_most": scenario.get("lateness_ms_max", LATENESS_MS_MAX)}]
