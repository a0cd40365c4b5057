// The rule, without the ledger: `npm test` runs it natively.

export const SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: {
    metric: { type: "string", default: "auc", description: "The metric that must be good enough." },
    minimum: { type: "number", default: 0.7, description: "The least that is good enough." },
  },
};

/** Settings with their defaults, and what is wrong with them: the field, and what to write. */
export function settings(text) {
  let given;
  try {
    given = JSON.parse(text);
  } catch (error) {
    return [{}, [`settings: ${error.message}; write JSON`]];
  }
  if (given === null || typeof given !== "object" || Array.isArray(given)) {
    return [{}, ["settings: write a JSON object, such as {}"]];
  }
  const errors = [];
  for (const [name, value] of Object.entries(given)) {
    if (name === "metric") {
      if (typeof value !== "string") errors.push('metric: write the name of a metric, such as "auc"');
    } else if (name === "minimum") {
      if (typeof value !== "number") errors.push("minimum: write a number, such as 0.7");
    } else {
      errors.push(`${name}: there is no such setting; there are metric and minimum`);
    }
  }
  return [{ metric: "auc", minimum: 0.7, ...given }, errors];
}

/** Judges the body of a `model.evaluated`, as JSON text: a word, and the metric's value. */
export function judge(body, known) {
  const value = JSON.parse(body).metrics?.[known.metric];
  if (typeof value !== "number") return ["missing", undefined];
  return [value < known.minimum ? "too-low" : "enough", value];
}
