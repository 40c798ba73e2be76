"""Hypothesis profiles: `fast` is the same on every run; `thorough` (`KQLPY_TESTS=thorough`) searches with new examples each time."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("fast", max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("KQLPY_TESTS", "fast"))
