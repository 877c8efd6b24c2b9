import { expect, test } from "vitest";
import { scene } from "../support/lab-harness.js";

const admin = (baseUrl: string, masterKey: string) => (path: string, body: object) =>
  fetch(`${baseUrl}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${masterKey}`, "content-type": "application/json", connection: "close" },
    body: JSON.stringify(body),
  });

test.each([
  ["1.79.1", [200, 401, 401]],
  ["1.109.1", [401, 401, 401]],
])(
  "%s tells a worker of a change that another one took: %j at once, on the worker that took it, a minute later",
  async (version, expected) => {
    let now = Date.now();
    const { lab, connect } = await scene({ version, workers: 2, clock: () => now });
    const [first, second] = [connect(), connect()];
    expect([await first.call("chat"), await second.call("chat")]).toEqual([200, 200]);
    now += 30_000;
    // The third connection belongs to the first worker again.
    const answer = await admin(lab.baseUrl, lab.masterKey)("/key/block", { key: lab.key });
    expect(answer.status).toBe(200);
    const found = [await second.call("chat"), await first.call("chat")];
    now += 31_000;
    found.push(await second.call("chat"));
    expect(found).toEqual(expected);
  },
);
