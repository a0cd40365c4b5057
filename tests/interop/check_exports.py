"""Reads exports with the programs of those who made the formats.

Usage: check_exports.py FOLDER, with a file for each format, as tests/interop_exports.rs writes them. Prints a line
`accepted …` for each that is read and `refused …` for each changed one that is not; ends with 1 at the first surprise.
"""

import copy
import enum
import importlib
import json
import pathlib
import pkgutil
import sys
import typing
import warnings

folder = pathlib.Path(sys.argv[1])


def text(name):
    return (folder / name).read_text(encoding="utf-8")


def refuses(what, action):
    """The action must fail."""
    try:
        action()
    except Exception as error:  # whatever the foreign reader raises
        print(f"refused {what}: {type(error).__name__}")
        return
    sys.exit(f"{what} was accepted")


def check_prov():
    from prov.model import ProvActivity, ProvDerivation, ProvDocument

    # What it does not understand it drops, with a warning.
    warnings.simplefilter("error")
    document = ProvDocument.deserialize(content=text("prov"), format="json")
    again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    assert document == again and document.unified().get_records(), "it does not survive a round"
    for activity in document.unified().get_records(ProvActivity):
        start, end = activity.get_startTime(), activity.get_endTime()
        assert start is None or end is None or start <= end, activity
    assert list(document.get_records(ProvDerivation)), "no derivations"
    assert "<script>" not in document.get_provn().split("prov:label")[0]
    print(f"accepted PROV-JSON by prov: {len(document.get_records())} records")

    def read(change):
        broken = json.loads(text("prov"))
        change(broken)
        return lambda: ProvDocument.deserialize(content=json.dumps(broken), format="json")

    refuses("PROV-JSON with an unknown prefix", read(lambda d: next(iter(d["used"].values())).update({"prov:activity": "nowhere:x"})))
    refuses("PROV-JSON with a bad time", read(lambda d: next(iter(d["activity"].values())).update({"prov:startTime": "never"})))
    refuses("PROV-JSON with an unknown relation", read(lambda d: d.update(wasNothing={})))
    warnings.simplefilter("default")


def openlineage_classes():
    """The classes of the client, by the address of their schema."""
    package = importlib.import_module("openlineage.client.generated")
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        for item in vars(importlib.import_module(f"openlineage.client.generated.{module.name}")).values():
            if isinstance(item, type) and hasattr(item, "_get_schema"):
                found[item._get_schema()] = item
    return found


def build(cls, value):
    """Builds an attrs class from JSON, strictly: an unknown or missing field raises."""
    import attr

    if typing.get_origin(cls) is list:
        return [build(typing.get_args(cls)[0], item) for item in value]
    if typing.get_origin(cls) is dict:
        return {key: build(typing.get_args(cls)[1], item) for key, item in value.items()}
    options = [option for option in typing.get_args(cls) if option is not type(None)]
    if options and typing.get_origin(cls) not in (list, dict):
        return build(options[0], value)
    if isinstance(cls, type) and issubclass(cls, enum.Enum):
        return cls[value]
    if not attr.has(cls):
        wanted = (int, float) if cls is float else cls
        assert not isinstance(cls, type) or isinstance(value, wanted), (cls, value)
        return value
    hints = typing.get_type_hints(cls, vars(sys.modules[cls.__module__]) | vars(typing))
    fields = {key: build(hints.get(key, typing.Any), item) for key, item in value.items() if key not in ("_producer", "_schemaURL")}
    return cls(**fields)


def facets(classes, value):
    for name, facet in value.items():
        cls = classes[facet["_schemaURL"]]
        if not name.startswith("sagwan_"):
            built = build(cls, facet)
            assert name.replace("_", "").lower() in type(built).__name__.lower(), name
        assert facet["_producer"]


def check_openlineage():
    from openlineage.client import event_v2

    classes = openlineage_classes()
    kinds = {"RunEvent": 0, "JobEvent": 0, "DatasetEvent": 0}
    seen = set()

    def read(event):
        kind = event["schemaURL"].rsplit("/", 1)[1]
        cls = getattr(event_v2, kind)
        assert cls._get_schema() == event["schemaURL"], event["schemaURL"]
        content = {key: value for key, value in event.items() if key not in ("schemaURL", "inputs", "outputs")}
        for key in ("run", "job", "dataset"):
            if key in content:
                facets(classes, content[key].get("facets", {}))
                seen.update(content[key].get("facets", {}))
                part = {"run": event_v2.Run, "job": event_v2.Job, "dataset": event_v2.StaticDataset}[key]
                content[key] = part(**content[key])
        if "eventType" in content:
            content["eventType"] = event_v2.RunState[content["eventType"]]
        for key, part, own in (("inputs", event_v2.InputDataset, "inputFacets"), ("outputs", event_v2.OutputDataset, "outputFacets")):
            for dataset in event.get(key, []):
                for group in ("facets", own):
                    facets(classes, dataset.get(group, {}))
                    seen.update(dataset.get(group, {}))
            if key in event:
                content[key] = [part(**dataset) for dataset in event[key]]
        built = cls(**content)
        kinds[kind] += 1
        return built

    events = [json.loads(line) for line in text("openlineage").splitlines()]
    for event in events:
        read(event)
    assert all(kinds.values()), kinds
    wanted = {
        "schema", "dataSource", "ownership", "version", "jobType", "sagwan_record", "processing_engine", "outputStatistics",
        "executionParameters", "sourceCodeLocation", "errorMessage", "lifecycleStateChange", "dataQualityAssertions",
        "dataQualityMetrics",
    }
    assert wanted <= seen, wanted - seen
    print(f"accepted OpenLineage by openlineage-python: {kinds}")

    run = next(event for event in events if "run" in event)
    for change, field in ((lambda e: e["run"].update(runId="x"), "run id"), (lambda e: e.update(eventTime="x"), "time")):
        broken = copy.deepcopy(run)
        change(broken)
        refuses(f"an OpenLineage event with a bad {field}", lambda: read(broken))


for check in (check_prov, check_openlineage):
    check()
