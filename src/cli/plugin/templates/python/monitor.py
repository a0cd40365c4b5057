"""`my-rule`: the contract's side. The rule itself is in `rule.py`."""

import json
from typing import List

import rule
from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import json as ledger_json
from wit_world.imports import state
from wit_world.imports.types import (
    Alert,
    Description,
    Event,
    Measurement,
    Metric,
    Observation,
    Observation_Alert,
    Observation_Measurement,
    Severity,
)

KINDS = ["model.evaluated"]


class Monitoring(exports.Monitoring):
    def describe(self) -> Description:
        summary = "Raises an alert when a model's metric falls below a minimum"
        return Description("my-rule", "0.1.0", summary, json.dumps(rule.SCHEMA), KINDS, [])

    def check_settings(self, settings: str) -> None:
        _, errors = rule.settings(settings)
        if errors:
            raise Err(errors)

    def observe(self, event: Event, settings: str) -> List[Observation]:
        if event.kind not in KINDS:
            return []
        # The ledger calls only with settings that `check_settings` passed, and bodies that it has read itself.
        known, _ = rule.settings(settings)
        word, value = rule.judge(ledger_json.from_body(event.kind, event.body), known)
        if word == "missing":
            return []
        # What is remembered is kept by model, whatever its version.
        model = event.subject.partition("@")[0]
        before = state.get(model)
        state.set(model, str(value).encode())
        metric = Metric(known["metric"], value, float(known["minimum"]))
        said: List[Observation] = [
            Observation_Measurement(Measurement(event.subject, [metric], None, None, []))
        ]
        if word == "too-low":
            was = f" (it was {before.decode()})" if before is not None else ""
            message = f"{known['metric']} is {value}, below {known['minimum']}{was}"
            alert = Alert(event.subject, "metric-too-low", Severity.MAJOR, message, [metric], [], [])
            said.append(Observation_Alert(alert))
        return said

    def tick(self, now: int, settings: str) -> List[Observation]:
        return []
