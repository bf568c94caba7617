"""From values to a place between 0 and 1, and the round values that an axis names."""

import math

STEPS = (1, 2, 2.5, 5, 10)
PERCENTILES = (0, 50, 90, 99, 99.9, 99.99, 99.999)


def number(value):
    """Short, with k, M or G: what stands at a tick."""
    if value == 0:
        return "0"
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            return f"{value / (1e3 if letter == 'k' else limit):.4g}{letter}"
    return f"{value:.4g}"


def round_step(span, count):
    """The smallest of 1, 2, 2.5, 5 times a power of ten that `span` has at most `count` of."""
    rough = span / count
    power = 10 ** math.floor(math.log10(rough))
    return next(step * power for step in STEPS if step * power >= rough * (1 - 1e-9))


class Linear:
    """From `low` to the round value at or above `high`."""

    def __init__(self, high, low=0, count=6, rounded=True):
        span = high - low if high > low else 1
        self.step = round_step(span, count)
        self.low = low
        self.high = low + (math.ceil(span / self.step - 1e-9) * self.step if rounded else span)

    def at(self, value):
        return (value - self.low) / (self.high - self.low)

    def ticks(self):
        count = math.floor((self.high - self.low) / self.step + 1e-9)
        return [(value, number(value))
                for value in (self.low + i * self.step for i in range(count + 1))]

    def has(self, value):
        return value is not None and math.isfinite(value)


class Log:
    """From the power of ten below the smallest value to a round one above the largest."""

    def __init__(self, low, high):
        low = low if low > 0 else 1e-3
        self.low = 10.0 ** math.floor(math.log10(low) + 1e-9)
        self.high = max(self.low * 10, self._above(max(high, low)))

    @staticmethod
    def _above(value):
        power = 10.0 ** math.floor(math.log10(value))
        return next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))

    def at(self, value):
        return math.log10(value / self.low) / math.log10(self.high / self.low)

    def ticks(self):
        decades = round(math.log10(self.high / self.low), 6)
        steps = (1, 2, 5) if decades <= 3 else (1,)
        found, power = [], self.low
        while power <= self.high * (1 + 1e-9):
            found += [(step * power, number(step * power)) for step in steps
                      if step * power <= self.high * (1 + 1e-9)]
            power *= 10
        return found

    def has(self, value):
        return value is not None and math.isfinite(value) and value > 0


class Percentile:
    """Each further nine takes as much room as the one before; 100 % has no place."""

    def __init__(self, high=99.99):
        self.shown = [p for p in PERCENTILES if p <= max(high, 90)]

    @staticmethod
    def _nines(percentile):
        return -math.log10(1 - percentile / 100)

    def at(self, value):
        return self._nines(value) / self._nines(self.shown[-1])

    def ticks(self):
        return [(p, f"{p:g} %") for p in self.shown]

    def has(self, value):
        return value is not None and 0 <= value <= self.shown[-1]
