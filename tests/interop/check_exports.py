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
        "dataQualityMetrics", "columnLineage",
    }
    assert wanted <= seen, wanted - seen
    print(f"accepted OpenLineage by openlineage-python: {kinds}")

    run = next(event for event in events if "run" in event)
    for change, field in ((lambda e: e["run"].update(runId="x"), "run id"), (lambda e: e.update(eventTime="x"), "time")):
        broken = copy.deepcopy(run)
        change(broken)
        refuses(f"an OpenLineage event with a bad {field}", lambda: read(broken))


def check_cyclonedx():
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    validator = JsonStrictValidator(SchemaVersion.V1_7)
    problem = validator.validate_str(text("cyclonedx"))
    assert problem is None, problem
    bom = json.loads(text("cyclonedx"))
    refs = {part["bom-ref"] for part in bom["components"] + bom.get("services", [])}
    refs |= {bom["metadata"]["component"]["bom-ref"]} if "component" in bom["metadata"] else set()
    assert len(refs) >= len(bom["components"]) + len(bom["services"]), "a reference stands twice"
    for row in bom["dependencies"]:
        assert row["ref"] in refs and refs.issuperset(row.get("dependsOn", [])), row
    model = next(part for part in bom["components"] if part["type"] == "machine-learning-model")
    card = model["modelCard"]
    assert card["modelParameters"]["task"] and card["modelParameters"]["datasets"] and model["hashes"], model
    assert card["quantitativeAnalysis"]["performanceMetrics"] and card["considerations"]["useCases"]
    assert any(own["name"].endswith(":leaf") for own in model["properties"])
    depends = {row["ref"]: row.get("dependsOn", []) for row in bom["dependencies"]}
    assert "dataset/clean@1" in depends["model/credit@1"] and depends["deployment/credit-api"] == ["model/credit@1"], depends
    for run in bom["formulation"][0]["workflows"]:
        for port in run.get("inputs", []) + run.get("outputs", []):
            assert port["resource"]["ref"] in refs, port
    print(f"accepted CycloneDX 1.7 by cyclonedx-python-lib: {len(refs)} parts")

    for change, what in (
        (lambda b: b["components"][0].update(type="model"), "an unknown type"),
        (lambda b: b["components"][0].update(extra=1), "an unknown field"),
        (lambda b: b.update(serialNumber="1"), "a bad serial number"),
    ):
        broken = copy.deepcopy(bom)
        change(broken)

        def read():
            found = validator.validate_str(json.dumps(broken))
            if found is not None:
                raise ValueError(found)

        refuses(f"a bill of materials with {what}", read)


def check_rocrate():
    from rocrate.rocrate import ROCrate

    crate_folder = folder / "crate"
    crate_folder.mkdir()
    (crate_folder / "ro-crate-metadata.json").write_text(text("ro-crate"), encoding="utf-8")
    crate = ROCrate(crate_folder)
    actions = [own for own in crate.get_entities() if own.type == "CreateAction"]
    assert actions and crate.root_dataset["conformsTo"].id.startswith("https://w3id.org/ro/wfrun/process/")
    done = next(own for own in actions if "CompletedActionStatus" in str(own["actionStatus"]))
    for action in actions:
        assert action["instrument"] and action["agent"] and action["startTime"], action.id
        for own in action["object"] + action.get("result", []):
            assert own.type in ("File", "PropertyValue"), own
    assert {own.id for own in done["result"]} & {own.id for own in crate.root_dataset["hasPart"]}, "a result is no part"
    dangling = []

    def references(value):
        if isinstance(value, dict):
            if set(value) == {"@id"} and not crate.dereference(value["@id"]) and not value["@id"].startswith("http"):
                dangling.append(value["@id"])
            for inner in value.values():
                references(inner)
        elif isinstance(value, list):
            for inner in value:
                references(inner)

    references(json.loads(text("ro-crate"))["@graph"])
    assert not dangling, dangling
    again = folder / "again"
    crate.write(again)
    written = {own["@id"]: own for own in json.loads((again / "ro-crate-metadata.json").read_text())["@graph"]}
    for own in json.loads(text("ro-crate"))["@graph"]:
        assert own["@id"] in written, own["@id"]
    print(f"accepted RO-Crate by rocrate: {len(actions)} actions, {len(crate.data_entities)} data entities")

    broken = json.loads(text("ro-crate"))
    broken["@graph"][0]["about"] = {"@id": "nowhere"}
    refuses("a crate without its root", lambda: ROCrate(broken))


def check_intoto():
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from google.protobuf import json_format
    from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
    from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
    from in_toto_attestation.v1 import statement, statement_pb2
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey

    predicates = {
        "https://in-toto.io/attestation/test-result/v0.1": test_result_pb2.TestResult,
        "https://slsa.dev/provenance/v1": provenance_pb2.Provenance,
        # The package has no class for it: its fields are checked by hand.
        "https://in-toto.io/attestation/svr/v0.2": None,
    }
    seen = dict.fromkeys(predicates, 0)

    def key(name):
        return SSlibKey.from_crypto(load_pem_public_key((folder / name).read_bytes()), keyid=envelope["signatures"][0]["keyid"])

    for line in text("in-toto.dsse").splitlines():
        envelope = json.loads(line)
        opened = Envelope.from_dict(copy.deepcopy(envelope))
        assert opened.verify([key("signer.pem")], 1)
        assert opened.payload_type == "application/vnd.in-toto+json"
        content = json.loads(opened.payload)
        parsed = statement_pb2.Statement()
        json_format.ParseDict(content, parsed)
        checked = statement.Statement(subjects=list(parsed.subject), predicate_type=parsed.predicate_type, predicate=parsed.predicate)
        checked.validate()
        cls = predicates[content["predicateType"]]
        if cls is None:
            own = content["predicate"]
            assert set(own) == {"verifier", "timeCreated", "properties"} and set(own["verifier"]) == {"id", "policies"}
            assert own["properties"] and all(isinstance(name, str) for name in own["properties"])
        else:
            json_format.ParseDict(content["predicate"], cls())
        seen[content["predicateType"]] += 1
    assert all(seen.values()), seen
    print(f"accepted in-toto in DSSE by in-toto-attestation and securesystemslib: {sum(seen.values())} statements")

    first = text("in-toto.dsse").splitlines()[0]
    envelope = json.loads(first)
    refuses("an envelope under another key", lambda: Envelope.from_dict(json.loads(first)).verify([key("stranger.pem")], 1))
    changed = json.loads(first)
    changed["payload"] = changed["payload"][:20] + ("A" if changed["payload"][20] != "A" else "B") + changed["payload"][21:]
    refuses("an envelope whose payload was changed", lambda: Envelope.from_dict(changed).verify([key("signer.pem")], 1))
    other = json.loads(first)
    other["payloadType"] = "text/plain"
    refuses("an envelope of another type", lambda: Envelope.from_dict(other).verify([key("signer.pem")], 1))
    refuses("a test result with an unknown field", lambda: json_format.ParseDict({"outcome": "PASSED"}, test_result_pb2.TestResult()))


for check in (check_prov, check_openlineage, check_cyclonedx, check_rocrate, check_intoto):
    check()
