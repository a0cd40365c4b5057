"""`my-rule`: the contract's side. The rule itself is in `rule.py`."""

import json

import rule
from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import json as ledger_json
from wit_world.imports.types import (
    Description,
    Event,
    Finding,
    Severity,
    Verdict,
    Verdict_Abstain,
    Verdict_Accept,
    Verdict_Reject,
)

KINDS = ["model.evaluated"]


class Validation(exports.Validation):
    def describe(self) -> Description:
        summary = "Refuses an evaluation whose metric is below a minimum"
        return Description("my-rule", "0.1.0", summary, json.dumps(rule.SCHEMA), KINDS, [])

    def check_settings(self, settings: str) -> None:
        _, errors = rule.settings(settings)
        if errors:
            raise Err(errors)

    def validate(self, event: Event, settings: str) -> Verdict:
        if event.kind not in KINDS:
            return Verdict_Abstain()
        # The ledger calls only with settings that `check_settings` passed, and bodies that it has read itself.
        known, _ = rule.settings(settings)
        metric = known["metric"]
        word, value = rule.judge(ledger_json.from_body(event.kind, event.body), known)
        if word == "too-low":
            message = f"{metric} is {value}, below {known['minimum']}"
            # A name in a JSON pointer (RFC 6901).
            name = metric.replace("~", "~0").replace("/", "~1")
            return Verdict_Reject([finding("metric-too-low", message, f"/body/metrics/{name}")])
        if word == "missing":
            message = f"the evaluation does not say what {metric} is"
            return Verdict_Reject([finding("metric-missing", message, "/body/metrics")])
        return Verdict_Accept([])


def finding(code: str, message: str, pointer: str) -> Finding:
    return Finding(code, Severity.MAJOR, message, pointer, [], [])
