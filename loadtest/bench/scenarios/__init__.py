"""Each module is a scenario: `run(bench)` measures and returns a list of report.Table. To add one,
write the module and name it here; the order is that of the run."""

DEFAULT = ["smallest", "hash_body", "resize", "delays"]
ALL = [*DEFAULT, "hash_table", "hash_lanes", "batch", "fetch_sizes", "origin_latency", "black_hole",
       "idle", "slow", "generator", "executor", "lanes", "recording"]
