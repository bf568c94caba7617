"""The runner behind `./dev load SCENARIO`: a scenario from loadtest/scenarios is played against a
real service and judged by its objectives. Entry: `run`; the way through is in cli.py."""
