"""What can be wrong with a scenario."""


class ScenarioError(Exception):
    """A scenario file that cannot be run as it stands."""
