#!/usr/bin/env python3
"""Asks Evidently and NannyML what they say of Adult (train against test) and of California housing (reference against
analysis, as a whole and month by month), and writes tests/vectors/figures.json, which `tests/drift_agreement.rs`
holds the shipped plugins against. That test needs no Python; this script is run when the programs or the data change:

    python3 -m venv target/figures-venv
    target/figures-venv/bin/pip install --requirement tests/interop/requirements-figures.txt
    target/figures-venv/bin/python tests/interop/figures.py

Python 3.11 or 3.12. Every figure is theirs; nothing is computed here.
"""
import json
import os
import platform
import warnings
from importlib.metadata import version
from pathlib import Path

warnings.filterwarnings("ignore")
# Neither is to tell its makers that it was used.
os.environ |= {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"}

import nannyml
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "tests/vectors/figures.json"
PROGRAMS = ["evidently", "nannyml", "numpy", "pandas", "scipy", "scikit-learn"]
# Our names of Evidently's methods.
NUMBERS = {"psi": "psi", "jensen-shannon": "jensenshannon", "wasserstein": "wasserstein", "ks-p": "ks"}
CATEGORIES = {"psi": "psi", "jensen-shannon": "jensenshannon", "chi-squared-p": "chisquare"}


def evidently(reference, current, numbers, categories, **methods):
    """Of each column value, threshold and method; and the share of columns that have moved."""
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=categories)
    known = Dataset.from_pandas(reference[numbers + categories].reset_index(drop=True), definition)
    new = Dataset.from_pandas(current[numbers + categories].reset_index(drop=True), definition)
    metrics = Report([DataDriftPreset(**methods)]).run(new, known).dict()["metrics"]
    columns = {}
    for metric in metrics:
        config = metric["config"]
        if "column" in config:
            columns[config["column"]] = (float(metric["value"]), config["threshold"], config["method"])
        else:
            share = metric["value"]["share"]
    return columns, share


def compared(name, reference, current, numbers, categories):
    """What both programs say of one data against another."""
    columns = {column: {} for column in numbers + categories}
    for ours, theirs in NUMBERS.items():
        found, _ = evidently(reference, current, numbers, [], num_method=theirs)
        for column, (value, _, _) in found.items():
            columns[column][ours] = value
    if categories:
        for ours, theirs in CATEGORIES.items():
            found, _ = evidently(reference, current, [], categories, cat_method=theirs)
            for column, (value, _, _) in found.items():
                columns[column][ours] = value
    found, share = evidently(reference, current, numbers, categories)
    for column, (value, threshold, method) in found.items():
        # Distances grow with drift, p-values fall.
        moved = value < threshold if "p_value" in method else value >= threshold
        columns[column] |= {"test": method, "figure": value, "moved": bool(moved)}
    univariate(columns, reference, current, numbers, categories)
    return {"name": name, "rows": [len(reference), len(current)], "columns": columns, "moved-share": share}


def univariate(columns, reference, current, numbers, categories):
    """NannyML's statistics of the whole: those that Evidently has not, and the Wasserstein distance as it stands."""
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=numbers + categories,
        treat_as_categorical=categories,
        continuous_methods=["kolmogorov_smirnov", "wasserstein"],
        categorical_methods=["l_infinity"],
        chunk_number=1,
    )
    calculator.fit(reference[numbers + categories].reset_index(drop=True))
    results = calculator.calculate(current[numbers + categories].reset_index(drop=True)).filter(period="analysis").to_df()
    for column in numbers:
        columns[column]["ks"] = float(results[(column, "kolmogorov_smirnov", "value")].iloc[0])
        columns[column]["wasserstein-distance"] = float(results[(column, "wasserstein", "value")].iloc[0])
    for column in categories:
        columns[column]["l-infinity"] = float(results[(column, "l_infinity", "value")].iloc[0])


def by_month(frame):
    return [(str(month), rows) for month, rows in frame.groupby(frame["timestamp"].dt.to_period("M"))]


def performance(reference, analysis):
    """NannyML's realised performance and row counts by month, its thresholds from the reference's months, its alerts."""
    calculator = nannyml.PerformanceCalculator(
        problem_type="classification_binary", y_true="clf_target", y_pred="y_pred", y_pred_proba="y_pred_proba",
        timestamp_column_name="timestamp", metrics=["roc_auc", "f1", "precision", "recall", "accuracy"], chunk_period="M",
    )
    calculator.fit(reference)
    results = calculator.calculate(analysis).to_df()
    counter = nannyml.SummaryStatsRowCountCalculator(timestamp_column_name="timestamp", chunk_period="M")
    counter.fit(reference)
    counts = counter.calculate(analysis).to_df()
    names = {"auc": "roc_auc", "f1": "f1", "precision": "precision", "recall": "recall", "accuracy": "accuracy"}
    chunks = []
    for at in range(len(results)):
        row, count = results.iloc[at], counts.iloc[at]
        period = row[("chunk", "period")]
        # Where nothing, or everything, is predicted positive, they give no number.
        number = lambda value: None if pd.isna(value) else float(value)
        figures = {ours: {"value": number(row[(theirs, "value")]), "alert": bool(row[(theirs, "alert")])} for ours, theirs in names.items()}
        figures["predictions"] = {"value": float(count[("rows_count", "value")]), "alert": bool(count[("rows_count", "alert")])}
        chunks.append({"month": str(row[("chunk", "key")]), "period": str(period), "figures": figures})
    return chunks


def written(vectors):
    """JSON with a line for each column and chunk."""
    lines = []
    for data in vectors["drift"]:
        columns = ",\n".join(f"    {json.dumps(name)}: {json.dumps(figures)}" for name, figures in data["columns"].items())
        head = {name: value for name, value in data.items() if name != "columns"}
        lines.append(f'  {json.dumps(head)[:-1]}, "columns": {{\n{columns}}}}}')
    chunks = ",\n".join("  " + json.dumps(chunk) for chunk in vectors["performance"])
    head = json.dumps({name: vectors[name] for name in ("made_by", "versions")})
    return head[:-1] + ',\n "drift": [\n' + ",\n".join(lines) + '],\n "performance": [\n' + chunks + "]}\n"


def main():
    train, test = (pd.read_parquet(ROOT / f"data/adult/{part}.parquet") for part in ("train", "test"))
    numbers = [column for column in train if train[column].dtype.kind in "if"]
    categories = [column for column in train if column not in numbers]
    drift = [compared("adult", train, test, numbers, categories)]
    reference, analysis = (pd.read_parquet(ROOT / f"data/california_housing/{part}.parquet") for part in ("reference", "analysis"))
    numbers = ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude", "y_pred_proba"]
    categories = ["y_pred", "clf_target"]
    drift.append(compared("california", reference, analysis, numbers, categories))
    for month, rows in by_month(analysis):
        drift.append(compared(f"california {month}", reference, rows, numbers, categories))
    vectors = {
        "made_by": "tests/interop/figures.py",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PROGRAMS}},
        "drift": drift,
        "performance": performance(reference, analysis),
    }
    OUT.write_text(written(vectors))
    print(f"{OUT.relative_to(ROOT)} is new")


if __name__ == "__main__":
    main()
