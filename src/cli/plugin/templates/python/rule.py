"""The rule, without the ledger: `python3 -m unittest` runs it natively."""

import json

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "metric": {"type": "string", "default": "auc", "description": "The metric that must be good enough."},
        "minimum": {"type": "number", "default": 0.7, "description": "The least that is good enough."},
    },
}


def is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def settings(text: str) -> tuple[dict, list[str]]:
    """Settings with their defaults, and what is wrong with them: the field, and what to write."""
    try:
        given = json.loads(text)
    except ValueError as error:
        return {}, [f"settings: {error}; write JSON"]
    if not isinstance(given, dict):
        return {}, ["settings: write a JSON object, such as {}"]
    errors = []
    for name, value in given.items():
        if name == "metric":
            if not isinstance(value, str):
                errors.append('metric: write the name of a metric, such as "auc"')
        elif name == "minimum":
            if not is_number(value):
                errors.append("minimum: write a number, such as 0.7")
        else:
            errors.append(f"{name}: there is no such setting; there are metric and minimum")
    return {"metric": "auc", "minimum": 0.7} | given, errors


def judge(body: str, settings: dict) -> tuple[str, float | None]:
    """Judges the body of a `model.evaluated`, as JSON text: a word, and the metric's value."""
    value = json.loads(body).get("metrics", {}).get(settings["metric"])
    if not is_number(value):
        return "missing", None
    return ("too-low" if value < settings["minimum"] else "enough"), float(value)
