import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { understand } from "../support/program.js";

const doc = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

test("the line that the systemd unit runs is understood, and nothing but --older-than is left to the operator", () => {
  const unit = doc("llmctl-doctor.service");
  const line = /^ExecStart=\/usr\/bin\/env llmctl (.*)$/m.exec(unit)?.[1] ?? "";
  const olderThan = /^Environment=OLDER_THAN=(.*)$/m.exec(unit)?.[1] ?? "";
  const { flags } = understand(line.replace("$" + "{OLDER_THAN}", olderThan).split(" "));
  expect(flags).toMatchObject({ watch: true, fix: true, yes: true, olderThan: "15m", metricsPort: "9464" });
  expect(line.replace("$" + "{OLDER_THAN}", "")).not.toContain("$");
});

test("the Kubernetes manifest parses, its arguments are understood, and its probes and its service ask the port that is served", () => {
  const documents = parseAllDocuments(doc("kubernetes.yaml"));
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  const [deployment, service] = documents.map((one) => one.toJS());
  expect([deployment.kind, service.kind]).toEqual(["Deployment", "Service"]);
  const pod = deployment.spec.template;
  const [container] = pod.spec.containers;
  const { flags } = understand(container.args);
  expect(flags).toMatchObject({ watch: true, fix: true, yes: true, olderThan: "15m", metricsHost: "0.0.0.0" });
  const port = Number((flags as { metricsPort?: string }).metricsPort);
  expect(container.ports).toEqual([{ name: "metrics", containerPort: port }]);
  const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
  for (const probe of probes) expect(probe.httpGet).toEqual({ path: "/healthz", port: "metrics" });
  expect(service.spec.ports).toEqual([{ name: "metrics", port, targetPort: "metrics" }]);
  // Whom the deployment and the service look for is how its pods are labelled.
  expect(pod.metadata.labels).toMatchObject(deployment.spec.selector.matchLabels);
  expect(pod.metadata.labels).toMatchObject(service.spec.selector);
  expect(pod.metadata.annotations["prometheus.io/port"]).toBe(`${port}`);
  // What it writes it writes where it may: the rest is read-only.
  const volumes = pod.spec.volumes.map(({ name }: { name: string }) => name);
  for (const { name } of container.volumeMounts) expect(volumes).toContain(name);
  const env = new Map(container.env.map(({ name, value }: { name: string; value: string }) => [name, value]));
  expect(env.get("XDG_STATE_HOME")).toBe(container.volumeMounts[0].mountPath);
});

test("every metric that is served is explained, and no other", async () => {
  const { WatchMetrics } = await import("../../src/watch/metrics.js");
  const served = (await new WatchMetrics().registry.getMetricsAsJSON()).map(({ name }) => name).sort();
  const explained = new Set(
    [...doc("reconciler.md").matchAll(/`(llmctl_[a-z_]+)(?:\{outcome\})?`/g)].map(([, name]) => name),
  );
  expect([...explained].sort()).toEqual(served);
});
