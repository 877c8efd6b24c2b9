import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { understand } from "../../program.js";

const doc = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");

test("the line that the systemd unit runs is understood, and nothing but --older-than is left to the operator", () => {
  const unit = doc("llmctl-doctor.service");
  const line = /^ExecStart=\/usr\/bin\/env llmctl (.*)$/m.exec(unit)?.[1] ?? "";
  const olderThan = /^Environment=OLDER_THAN=(.*)$/m.exec(unit)?.[1] ?? "";
  const { flags } = understand(line.replace("$" + "{OLDER_THAN}", olderThan).split(" "));
  expect(flags).toMatchObject({ watch: true, fix: true, yes: true, olderThan: "15m", metricsPort: "9464" });
  expect(line.replace("$" + "{OLDER_THAN}", "")).not.toContain("$");
});

test("the arguments of the Kubernetes manifest are understood, and its probes ask the port that is served", () => {
  const manifest = doc("kubernetes.yaml");
  const args: string[] = JSON.parse(/^ +args: (\[.*\])$/m.exec(manifest)?.[1] ?? "[]");
  const { flags } = understand(args);
  expect(flags).toMatchObject({ watch: true, fix: true, yes: true, olderThan: "15m", metricsHost: "0.0.0.0" });
  const port = (flags as { metricsPort?: string }).metricsPort;
  expect(manifest).toContain(`containerPort: ${port}`);
  expect(manifest.match(/path: \/healthz\n +port: metrics/g)?.length).toBe(3);
});

test("every metric that is served is explained, and no other", async () => {
  const { WatchMetrics } = await import("../../../src/doctor/reconcile/metrics.js");
  const served = (await new WatchMetrics().registry.getMetricsAsJSON()).map(({ name }) => name).sort();
  const explained = new Set(
    [...doc("reconciler.md").matchAll(/`(llmctl_[a-z_]+)(?:\{outcome\})?`/g)].map(([, name]) => name),
  );
  expect([...explained].sort()).toEqual(served);
});
