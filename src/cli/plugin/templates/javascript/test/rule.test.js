import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, settings } from "../src/rule.js";

test("a metric must reach the minimum", () => {
  const [known, errors] = settings("{}");
  assert.deepEqual(errors, []);
  assert.deepEqual(judge('{"metrics":{"auc":0.7}}', known), ["enough", 0.7]);
  assert.deepEqual(judge('{"metrics":{"auc":0.69}}', known), ["too-low", 0.69]);
  assert.deepEqual(judge('{"metrics":{"f1":0.9}}', known), ["missing", undefined]);
  assert.deepEqual(judge("{}", known), ["missing", undefined]);
});

test("what is no setting is refused", () => {
  for (const wrong of ["", "[]", '{"minimum":"high"}', '{"metric":1}', '{"maximum":1}']) {
    assert.equal(settings(wrong)[1].length, 1, wrong);
  }
});
