// `my-rule`: the contract's side. The rule itself is in `rule.js`.

import { fromBody } from "sagwan:plugin/json@1.0.0";
import { SCHEMA, judge, settings as read } from "./rule.js";

const KINDS = ["model.evaluated"];

export const validation = {
  describe() {
    return {
      name: "my-rule",
      version: "0.1.0",
      summary: "Refuses an evaluation whose metric is below a minimum",
      settingsSchema: JSON.stringify(SCHEMA),
      kinds: KINDS,
      attributes: [],
    };
  },

  checkSettings(settings) {
    const [, errors] = read(settings);
    // What is thrown becomes the error of the result.
    if (errors.length > 0) throw errors;
  },

  validate(event, settings) {
    if (!KINDS.includes(event.kind)) return { tag: "abstain" };
    // The ledger calls only with settings that `checkSettings` passed, and bodies that it has read itself.
    const [known] = read(settings);
    const [word, value] = judge(fromBody(event.kind, event.body), known);
    if (word === "too-low") {
      const message = `${known.metric} is ${value}, below ${known.minimum}`;
      return { tag: "reject", val: [finding("metric-too-low", message, `/body/metrics/${escaped(known.metric)}`)] };
    }
    if (word === "missing") {
      const message = `the evaluation does not say what ${known.metric} is`;
      return { tag: "reject", val: [finding("metric-missing", message, "/body/metrics")] };
    }
    return { tag: "accept", val: [] };
  },
};

// A name in a JSON pointer (RFC 6901).
function escaped(name) {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function finding(code, message, pointer) {
  return { code, severity: "major", message, pointer, evidence: [], attributes: [] };
}
