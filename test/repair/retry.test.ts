import { expect, test } from "vitest";
import type { ReleaseAction } from "../../src/litellm/release-action.js";
import { retryWhileFlickering } from "../../src/repair/retry.js";
import { counter } from "../support/doctor-fixture.js";

const number = { kind: "release-counter", key: counter, value: "3", lowerBy: null } as const;
const set: ReleaseAction = {
  ...{ kind: "release-slots", key: counter, members: [] },
  ...{ olderThanMs: 0, whole: true, endless: false },
};

/** Shows these values one after another, the last for ever, to a look for "3"; what was seen last, and how often it looked. */
async function look(act: ReleaseAction, values: readonly string[], goOn = () => true) {
  let looks = 0;
  const see = async () => values[Math.min(looks++, values.length - 1)];
  const seen = await retryWhileFlickering(act, see, (value) => value === "3", goOn);
  return { seen, looks };
}

test("a number with an expiry is looked at again: a refused call may have lifted it for a moment", async () => {
  expect(await look({ ...number, endless: false }, ["4", "4", "3", "9"])).toEqual({ seen: "3", looks: 3 });
});

test("one that does not come back is given up, and given as it is", async () => {
  const { seen, looks } = await look({ ...number, endless: false }, ["4", "5"]);
  expect(seen).toBe("5");
  expect(looks).toBeLessThan(10);
});

test("one look is enough where no refused call gives back what it lifted: without expiry, or in a set", async () => {
  expect(await look({ ...number, endless: true }, ["4", "3"])).toEqual({ seen: "4", looks: 1 });
  expect(await look(set, ["4", "3"])).toEqual({ seen: "4", looks: 1 });
});

test("nobody looks again, and acts by it, once there is a reason to stop", async () => {
  expect(await look({ ...number, endless: false }, ["4", "3"], () => false)).toEqual({ seen: "4", looks: 1 });
});
