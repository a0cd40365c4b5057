// Builds dist/my-rule.wasm.
import { componentize } from "@bytecodealliance/componentize-js";
import { mkdir, writeFile } from "node:fs/promises";

const { component } = await componentize({
  sourcePath: "src/plugin.js",
  witPath: "wit",
  worldName: "WORLD",
  // Without all of these nothing of WASI is imported: no clock, no randomness, no network.
  disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
});
await mkdir("dist", { recursive: true });
await writeFile("dist/my-rule.wasm", component);
