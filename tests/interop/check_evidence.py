"""Verifies evidence from docs/format.md alone: the standard library, and `cryptography` for Ed25519.

    check_evidence.py FILE.cbor VKEY          what was asked, and the answer to it, as JSON

Asks walks and timelines again (ask_evidence.py also paths and samples); of other questions, of times and of cut answers it
checks every part, and says that it did not ask them. Times in bodies stay numbers: their types stand in docs/events.md.
"""
import base64, datetime, hashlib, json, struct, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CHUNK = 256
PARTS = {"evidence", "origin", "checkpoint", "question", "records", "withheld", "tree", "index", "trie", "keys", "attestations"}
ENTRIES = ({"key", "depth", "list"}, {"key", "depth"}, {"key", "depth", "other"}, {"key", "claimed"})
QUESTIONS = {"lineage", "columns", "path", "impact", "difference", "timeline", "history", "reproduce", "inventory", "sample"}

def must(truth, why):
    if not truth:
        raise ValueError(why)
def ascend(values): return all(one < two for one, two in zip(values, values[1:]))
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()

def item(data, at, depth=0):
    must(depth <= 16 and at < len(data) and data[at] & 31 <= 27, "CBOR too deep, cut, or of no definite length")
    major, info, at = data[at] >> 5, data[at] & 31, at + 1
    size = 1 << info - 24 if info > 23 else 0
    value, at = int.from_bytes(data[at:at + size], "big") if size else info, at + size
    must(major == 7 or not size or value >= (24, 1 << 8, 1 << 16, 1 << 32)[info - 24], "a head that is too long")
    must(at + (value if major in (2, 3) else 0) <= len(data), "CBOR ends early")
    if major < 2:
        return (-1 - value if major else value), at
    if major < 4:
        raw = data[at:at + value]
        return (raw if major == 2 else raw.decode()), at + value
    if major < 6:
        parts, raw = [], []
        for _ in range(value * (major - 3)):
            start = at
            one, at = item(data, at, depth + 1)
            parts, raw = parts + [one], raw + [data[start:at]]
        must(major == 4 or ascend(raw[::2]), "keys of a map out of order")
        return (parts if major == 4 else dict(zip(parts[::2], parts[1::2]))), at
    must(major == 7 and info in (20, 21, 22, 25, 26, 27), "a tag or simple value that is not allowed")
    simple, form = {20: False, 21: True, 22: None}, {25: ">e", 26: ">f", 27: ">d"}
    return simple[info] if info in simple else struct.unpack(form[info], value.to_bytes(size, "big"))[0], at

def decode(data, start=0):
    value, end = item(data, start)
    must(end == len(data), "bytes after the end")
    return value

def hashes(data):
    must(len(data) % 32 == 0, "not a list of hashes")  # the last one first: who folds pops them, and fails where there are too few
    return [data[at:at + 32] for at in range(0, len(data), 32)][::-1]

def fold_leaves(start, end, leaves, beside):
    """RFC 6962 over [start, end), whose leaves at hand are `leaves` (index to hash)."""
    here = {index: leaf for index, leaf in leaves.items() if start <= index < end}
    if not here or end - start == 1:
        return here[start] if here else beside.pop()
    middle = start + (1 << ((end - start - 1).bit_length() - 1))
    left = fold_leaves(start, middle, here, beside)
    return sha(b"\1", left, fold_leaves(middle, end, here, beside))

def multiproof(size, leaves, data):
    must(leaves and max(leaves) < size, "leaves beyond the tree, or none")
    root = fold_leaves(0, size, leaves, beside := hashes(data))
    must(not beside, "too many hashes")
    return root

def bits(place): return format(int.from_bytes(place, "big"), "0256b")
def fold_keys(paths, depth, beside):
    """The subtree at `depth` that the paths (bits of the place, depth of its end, end) lead into, and whether it is one leaf."""
    if not paths:
        found = beside.pop()
        return found, "empty" if found == bytes(32) else "other"
    if paths[0][1] == depth:
        must(all(path[1:] == paths[0][1:] for path in paths), "paths to one place differ")
        if paths[0][2] is None:
            return bytes(32), "empty"
        place, count, root = paths[0][2]
        must(all(bits(place)[:depth] == path[0][:depth] for path in paths) and count, "another path, or no postings")
        return sha(b"\2", place, count.to_bytes(8, "big"), root), "leaf"
    must(depth < 256, "a path longer than a key")
    left, one = fold_keys([path for path in paths if path[0][depth] == "0"], depth + 1, beside)
    right, two = fold_keys([path for path in paths if path[0][depth] == "1"], depth + 1, beside)
    must("empty" not in (one, two) or "other" in (one, two), "what stands alone should stand higher")
    return sha(b"\3", left, right), "other"

def check_list(count, chunks, beside):
    """The list root, and the postings given: position to index."""
    must(all(len(own) == min(CHUNK, count - number * CHUNK) for number, own in chunks), "a chunk is cut")
    must(ascend([index for _, own in chunks for index in own]), "indices do not ascend")
    leaves = {number: sha(b"\0", *(index.to_bytes(8, "big") for index in own)) for number, own in chunks}
    given = {number * CHUNK + at: index for number, own in chunks for at, index in enumerate(own)}
    return multiproof(-(-count // CHUNK), leaves, beside), given

def bstr(data):
    width = next(width for width in (0, 1, 2, 4) if len(data) < (24 if width == 0 else 1 << 8 * width))
    return bytes([0x40 | {0: len(data), 1: 24, 2: 25, 4: 26}[width]]) + len(data).to_bytes(4, "big")[4 - width:] + data

def check_checkpoint(note, origin, vkey):
    name, _, key = vkey.split("+", 2)
    raw = base64.b64decode(key, validate=True)
    text, _, signatures = note.partition("\n\n")
    lines = text.split("\n")
    must(raw[0] == 1 and name == origin == lines[0], "another log, or its key")
    own = [line.split(" ")[2] for line in signatures.splitlines() if line.startswith("— %s " % origin)]
    found = [base64.b64decode(line, validate=True) for line in own]
    found = [one[4:] for one in found if one[:4] == sha(name.encode(), b"\n", raw)[:4]]
    must(found, "the checkpoint is not signed by the key")
    for signature in found:  # raises InvalidSignature; this library is less strict than the format about keys of small order
        Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature, (text + "\n").encode())
    return int(lines[1]), base64.b64decode(lines[2], validate=True)

def statement(data, keys, used):
    must(data[:2] == b"\xd2\x84", "no COSE_Sign1")
    protected, unprotected, payload, signature = decode(data, 1)
    header, events = decode(protected), decode(payload)
    must(unprotected == {} and header[1] == -8 and set(header) == {1, 3, 4, 15, 16}, "the header of a statement")
    key = Ed25519PublicKey.from_public_bytes(keys[header[4]])
    key.verify(signature, b"\x84\x6aSignature1" + bstr(protected) + b"\x40" + bstr(payload))
    used.add(header[4])
    events = [events] if isinstance(events, dict) else events
    must(events and events[0]["subject"] == header[15][2], "a statement's subject")
    return header[15][1], events

def mentions(event): return [event["subject"]] + [one["subject"] for way in ("inputs", "outputs") for one in event.get(way, [])]
def keys_of(actor, events):
    of_env = {"e:%s:%s" % (event["env"], event["kind"]) for event in events if "env" in event}
    return {"a:" + actor} | of_env | {"k:" + event["kind"] for event in events} | {"s:" + one for event in events for one in mentions(event)}

class Evidence:
    def __init__(self, data, vkey):
        self.parts = parts = decode(data)
        must(parts["evidence"] == 1 and set(parts) <= PARTS, "another version, or a part that is none")
        self.size, root = check_checkpoint(parts["checkpoint"], parts["origin"], vkey)
        given, self.withheld = dict(map(tuple, parts["records"])), dict(map(tuple, parts.get("withheld", [])))
        leaves = {index: sha(b"\0", bytes_) for index, bytes_ in given.items()} | self.withheld
        must(len(leaves) == len(parts["records"]) + len(parts.get("withheld", [])), "an entry twice")
        must(multiproof(self.size, leaves, parts["tree"]) == root, "the entries are not the tree's")
        keys, used = {sha(bytes.fromhex("a301012006215820"), raw): raw for raw in parts["keys"]}, set()
        self.records = {index: statement(bytes_, keys, used) for index, bytes_ in given.items()}
        is_seal = lambda actor, events: actor == "service:ledger" and events[0]["kind"] == "seal"
        self.seals = {index: of[1][0]["body"] for index, of in self.records.items() if is_seal(*of)}
        self.records = {index: of for index, of in self.records.items() if index not in self.seals}
        must(all(seal["size"] == index for index, seal in self.seals.items()) and self.size - 1 in self.seals, "a seal astray")
        must(used == set(keys), "a key too many")
        self.check_index()
        self.read, self.read_records = {}, set()
        self.read_seals = {self.size - 1} | {self.seal_of(index) for index in self.records}
    def seal_of(self, index):
        found = min((at for at in self.seals if at >= index), default=index)
        must(found in self.seals and self.seals[found]["first"] <= index, "no seal covers %d" % index)
        return found
    def check_index(self):
        self.lists, paths = {}, []
        must(ascend([entry["key"] for entry in self.parts["index"]]), "keys out of order")
        for entry in self.parts["index"]:
            must(set(entry) in ENTRIES, "an entry that says too much, or too little")
            place, claimed, part = sha(entry["key"].encode()), entry.get("claimed", []), entry.get("list")
            root, given = check_list(**part) if part else (None, dict(enumerate(claimed)))
            end = (place, part["count"], root) if part else tuple(entry.get("other", [])) or None
            must(ascend(claimed) and (part or not end or end[0] != place), "indices out of order, or the key's own leaf as another's")
            self.lists[entry["key"]] = (given, part["count"] if part else len(claimed))
            paths += [] if "claimed" in entry else [(bits(place), entry["depth"], end)]
        beside = hashes(self.parts["trie"])
        must(not paths or fold_keys(sorted(paths, key=lambda path: path[0]), 0, beside)[0] == self.seals[self.size - 1]["index"],
             "the lists are not the index's")
        must(not beside, "too many hashes")
        self.claimed = {entry["key"] for entry in self.parts["index"] if "claimed" in entry}
        for index, name in ((index, name) for index in self.records for name in self.lists):
            is_own, stands = name in keys_of(*self.records[index]), index in self.lists[name][0].values()
            must(is_own or not stands, "a list names a stranger")
            must(stands or not is_own or name in self.claimed or self.below(name, index) is None, "a list lacks a record")
    def below(self, name, end):
        """How many postings are below `end`, where those on both sides of it are given."""
        given, count = self.lists[name]
        before = max((at + 1 for at in given if given[at] < end), default=0)
        after = min((at for at in given if given[at] >= end), default=count)
        return before if before == after else None
    def need(self, name, positions, end):
        """How many postings are below `end`; `positions` gives those to show, by the last of the list and that number."""
        must(name in self.lists and self.below(name, end) is not None, "nothing about %s, or its list is cut" % name)
        count, below = self.lists[name][1], self.below(name, end)
        needed = self.read.setdefault(name, (set(), [0]))
        needed[0].update(at // CHUNK for at in positions(count - 1, below) if 0 <= at < count)
        needed[1].append(end)
        return below
    def up_to(self, name, end):
        """All postings of a key below `end`."""
        below = self.need(name, lambda last, below: range(min(below, last) + 1), end)
        found = [self.lists[name][0][at] for at in range(below)]
        self.read_records.update(found)
        return found
    def ruling(self, index, position):
        """The seal of an event, and its row for it."""
        in_runs = lambda runs, at: seal["table"][[row for count, row in runs for _ in range(count)][at]]
        seal = self.seals[self.seal_of(index)]
        row = in_runs(seal["codes"], index - seal["first"])
        return seal, in_runs(row["events"], position) if row.get("events") else row
    def hidden(self): return row(withheld=sorted(self.read_records & set(self.withheld)))
    def events(self, index): return list(enumerate(self.records.get(index, (None, []))[1]))
    def nothing_more(self):
        must(set(self.read) == set(self.lists) and self.read_seals == set(self.seals), "a list or seal too many")
        must(self.read_records == set(self.records) | set(self.withheld), "a record too many, or too few")
        for name, (needed, ends) in self.read.items():
            at, given = zip(*self.lists[name][0].items()) if self.lists[name][0] else ((), ())
            is_exact = max(given, default=-1) < max(ends) if name in self.claimed else {one // CHUNK for one in at} == needed
            must(is_exact, "more of a list than is needed")

def plain(value):
    """CBOR as JSON."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return "sha256:" + value.hex() if isinstance(value, bytes) else value
def row(**fields):
    """Fields that have something to say."""
    return {name.rstrip("_"): plain(value) for name, value in fields.items() if value or value == {} or type(value) is int}

def time(ms):
    seconds = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=ms // 1000)
    return seconds.isoformat() + (".%03d" % (ms % 1000)).rstrip(".0") + "Z"
def counts(event, asked):
    ledger = ("ledger", "actor", "key", "role", "policy", "plugin", "seal", "access", "breakglass")
    of_kind = event["kind"] in asked["kinds"] if asked.get("kinds") else event["kind"].split(".")[0] not in ledger
    return event["kind"] != "denial" and of_kind and asked.get("env") in (None, event.get("env", asked.get("env")))

def edges_at(evidence, index, subject, asked, into):
    """The edges of a record into a subject, or out of it, and whether what is at the other end is kept elsewhere."""
    for position, event in evidence.events(index):
        pairs = [(one["subject"], event["subject"], one) for one in event.get("inputs", [])]
        pairs += [(event["subject"], one["subject"], one) for one in event.get("outputs", [])]
        for start, end, one in pairs if counts(event, asked) else []:
            if start != end and (end if into else start) == subject:
                yield (index, position, start, end, event["kind"], event.get("env"), one.get("digest", b"")), one.get("external")

def way(evidence, asked, end, target=None):
    """Subjects with distance, number of records, kept elsewhere; and edges. Until `target` is found, if one is given."""
    must(asked["direction"] in ("upstream", "downstream", "both"), "no direction")
    nodes, edges = {asked["subject"]: [0, None, False]}, set()
    for into in [way for way in (True, False) if asked["direction"] != ("downstream" if way else "upstream")]:
        frontier, seen = {asked["subject"]}, {asked["subject"]}
        for distance in range(1, asked["depth"] + 1):
            reached = set()
            for subject in sorted(frontier):
                if target in nodes:
                    break
                nodes[subject][1] = len(listed := evidence.up_to("s:" + subject, end))
                for edge, external in (one for at in listed for one in edges_at(evidence, at, subject, asked.get("filter", {}), into)):
                    edges.add(edge)
                    reached.add(other := edge[2] if into else edge[3])
                    nodes.setdefault(other, [-distance if into else distance, None, False])[2] |= bool(external)
            frontier, seen = reached - seen, seen | reached
    must(len(nodes) <= asked["nodes_max"] and len(edges) <= asked["edges_max"], "a cut walk: not asked again here")
    return nodes, sorted(edges)

def edge_row(evidence, edge):
    (index, position, start, end, kind, env, digest), (seal, ruling) = edge, evidence.ruling(*edge[:2])
    return row(index=index, position=position or None, from_=start, to=end, kind=kind, env=env, t=time(seal["t"]),
               digest=digest or None, against_rules=ruling["decision"] == "deny")

def walk(evidence, asked, end):
    nodes, edges = way(evidence, asked, end)
    order = sorted(nodes, key=lambda name: (abs(nodes[name][0]), nodes[name][0], name))
    rows = [{"subject": name, "distance": nodes[name][0]} | row(external=nodes[name][2])
            | ({} if nodes[name][1] is None else {"records": nodes[name][1]}) for name in order]
    return {"nodes": rows, "edges": [edge_row(evidence, edge) for edge in edges]} | evidence.hidden()

def line(evidence, index, position, asked=None):
    (actor, events), (seal, of) = evidence.records[index], evidence.ruling(index, position)
    event, of = events[position], of | {"plugins": seal.get("plugins")}
    of = event["body"] | {"decision": "deny", "outcome": "refused"} if event["kind"] == "denial" else of
    said = [(of["plugins"][one["plugin"]], one["verdict"]) for one in of.get("verdicts", [])]
    among = [way for way in ("output", "input") if asked in [one["subject"] for one in event.get(way + "s", [])]]
    return row(index=index, position=position or None, t=time(seal["t"]), kind=event["kind"], env=event.get("env"),
               subject=event["subject"], actor=actor, claimed_by=event.get("claimed_by"), rules=of["rules"],
               mentioned_as=among[0] if among and asked != event["subject"] else None, says=event["body"],
               verdicts=[{"binding": own["binding"], "component": own["component"], "verdict": word} for own, word in said],
               policy=seal["policy"], decision=of["decision"], outcome=of["outcome"])

def timeline(evidence, asked, end):
    at = [(index, position) for index in evidence.up_to("s:" + asked["subject"], end)
          for position, event in evidence.events(index) if asked["subject"] in mentions(event)]
    return {"lines": [line(evidence, *one, asked["subject"]) for one in at]} | evidence.hidden()

def check(data, vkey, asks={"lineage": walk, "timeline": timeline}):
    evidence = Evidence(data, vkey)
    question = evidence.parts["question"]
    (what, asked), = question["ask"].items()
    moments = question.get("as_of", {}) | asked.get("since", {})
    must(set(question) <= {"ask", "as_of"} and what in QUESTIONS and set(moments) <= {"index", "time"}, "no question")
    out = {"question": what, "size": evidence.size, "as_of": question.get("as_of", {}).get("index", evidence.size)}
    if what in asks and "time" not in moments:
        out["answer"] = asks[what](evidence, asked, out["as_of"])
        evidence.nothing_more()
    return out

if __name__ == "__main__": print(json.dumps(check(open(sys.argv[1], "rb").read(), open(sys.argv[2]).read().strip())))
