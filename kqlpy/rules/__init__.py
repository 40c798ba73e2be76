"""Sentinel rule files: reading them as they are found, running them, and telling whether they alert."""

from kqlpy.rules.load import load_rule
from kqlpy.rules.messages import KqlRuleError
from kqlpy.rules.model import EntityMapping, Rule, Trigger
from kqlpy.rules.run import RuleResult, run_rule

__all__ = ["EntityMapping", "KqlRuleError", "Rule", "RuleResult", "Trigger", "load_rule", "run_rule"]
