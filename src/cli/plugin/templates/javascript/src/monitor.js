// `my-rule`: the contract's side. The rule itself is in `rule.js`.

import { fromBody } from "sagwan:plugin/json@1.0.0";
import { get, set } from "sagwan:plugin/state@1.0.0";
import { SCHEMA, judge, settings as read } from "./rule.js";

const KINDS = ["model.evaluated"];

export const monitoring = {
  describe() {
    return {
      name: "my-rule",
      version: "0.1.0",
      summary: "Raises an alert when a model's metric falls below a minimum",
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

  observe(event, settings) {
    if (!KINDS.includes(event.kind)) return [];
    // The ledger calls only with settings that `checkSettings` passed, and bodies that it has read itself.
    const [known] = read(settings);
    const [word, value] = judge(fromBody(event.kind, event.body), known);
    if (word === "missing") return [];
    // What is remembered is kept by model, whatever its version.
    const model = event.subject.split("@")[0];
    const before = get(model);
    set(model, new TextEncoder().encode(String(value)));
    const metric = { name: known.metric, value, threshold: known.minimum };
    const said = [
      { tag: "measurement", val: { subject: event.subject, metrics: [metric], attributes: [] } },
    ];
    if (word === "too-low") {
      const was = before === undefined ? "" : ` (it was ${new TextDecoder().decode(before)})`;
      const message = `${known.metric} is ${value}, below ${known.minimum}${was}`;
      said.push({
        tag: "alert",
        val: {
          subject: event.subject,
          code: "metric-too-low",
          severity: "major",
          message,
          metrics: [metric],
          evidence: [],
          attributes: [],
        },
      });
    }
    return said;
  },

  tick() {
    return [];
  },
};
