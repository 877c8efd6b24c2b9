import { expect, test } from "vitest";
import type { Admission, Attempt } from "../../src/lab/admission/index.js";
import { LimitedAdmission } from "../../src/lab/admission/limited.js";
import type { Lease, Limiter } from "../../src/limiter/index.js";

test("a call that comes while another one ends gets no slot of the release's only to be refused by the other limiter", async () => {
  let free = true;
  let slots = 0;
  let came: Promise<unknown> | undefined;
  const release: Admission = {
    admit: async () => {
      slots++;
      return {
        admitted: true,
        statuses: [],
        finish: async () => {
          came ??= both.admit(attempt);
          await came;
          slots--;
        },
      };
    },
  };
  const limiter = {
    acquire: async () => {
      if (!free) return { status: "denied" };
      free = false;
      return { status: "granted", lease: { release: async () => (free = true) } as unknown as Lease };
    },
  } as unknown as Limiter;
  const both = new LimitedAdmission(release, limiter);
  const attempt = { owner: "key", limits: { max_parallel_requests: 1 }, worker: { life: 1 } } as unknown as Attempt;
  const first = await both.admit(attempt);
  if (!first.admitted) throw new Error("the first call was refused");
  await first.finish([], { input: 0, output: 0 });
  expect(await came).toMatchObject({ admitted: true });
  expect(slots).toBe(1);
});
