"""Sentinel rule files: reading them as they are found, checking and running them, and the alerts that they raise."""

from kqlpy.rules.alerts import Alert
from kqlpy.rules.entities import Entity
from kqlpy.rules.load import load_rule, load_rules
from kqlpy.rules.messages import KqlRuleError
from kqlpy.rules.model import EntityMapping, Rule, Trigger
from kqlpy.rules.replay import Raised, Run, replay
from kqlpy.rules.run import RuleResult, run_rule

__all__ = [
    "Alert", "Entity", "EntityMapping", "KqlRuleError", "Raised", "Rule", "RuleResult", "Run", "Trigger", "load_rule", "load_rules", "replay", "run_rule",
]  # fmt: skip
