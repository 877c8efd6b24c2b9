import { expect, test } from "vitest";
import * as keys from "../../src/keys/command.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { startWeb } from "../support/http-stub.js";
import { errorOf } from "../support/keys-session.js";
import { openTerminal } from "../support/pty.js";

const SECRET = "sk-a-secret-of-a-test-0001";
const token = ownerOfSecret(SECRET);

const maker = () =>
  startWeb(({ path, body }) => {
    const row = { token, models: [], metadata: {}, ...body };
    return path === "/key/generate" ? { body: { ...row, key: SECRET } } : { body: { key: token, info: row } };
  });

test("asks for a key's limits when nothing was said, and says the command that would have said it", async () => {
  await using web = await maker();
  const { context, screen } = openTerminal({ baseUrl: web.url }, [
    ["A name for the key", "ci\r"],
    ["How many calls", "7\r"],
    ["Requests a minute", "\r"],
    ["Tokens a minute", "1000\r"],
    ["Models", "\r"],
    ["How long it lives", "\r"],
  ]);
  const outcome = await keys.create(context, {});
  expect(web.asked[0]?.body).toEqual({ key_alias: "ci", max_parallel_requests: 7, tpm_limit: 1000 });
  expect(outcome.brief).toBe(SECRET);
  expect(screen()).toContain("llmctl keys create --alias ci --mpr 7 --tpm 1000");
  expect(screen()).not.toContain(SECRET);
});

test("does not take an answer that the flag would refuse", async () => {
  await using web = await maker();
  const backspace = "\u007f";
  const { context, screen } = openTerminal({ baseUrl: web.url }, [
    ["A name for the key", "\r"],
    ["How many calls", "0\r"],
    ["--mpr 0 is not a whole number of 1 or more", `${backspace}2\r`],
    ["Requests a minute", "\r"],
    ["Tokens a minute", "\r"],
    ["Models", "\r"],
    ["How long it lives", "12 parsecs\r"],
    ["--duration 12 parsecs is not a time", `${backspace.repeat(10)}12h\r`],
  ]);
  await keys.create(context, {});
  expect(web.asked[0]?.body).toEqual({ max_parallel_requests: 2, duration: "12h" });
  expect(screen()).toContain("llmctl keys create --mpr 2 --duration 12h");
});

test("proposes a limit, and makes a key without one for who says none", async () => {
  await using web = await maker();
  const empty = (mpr: string) =>
    [
      ["A name", "\r"],
      ["How many", mpr],
      ["Requests", "\r"],
      ["Tokens", "\r"],
      ["Models", "\r"],
      ["How long", "\r"],
    ] as const;
  await keys.create(openTerminal({ baseUrl: web.url }, empty("\r")).context, {});
  await keys.create(openTerminal({ baseUrl: web.url }, empty("none\r")).context, {});
  const sent = web.asked.filter(({ path }) => path === "/key/generate").map(({ body }) => body);
  expect(sent).toEqual([{ max_parallel_requests: 5 }, {}]);
});

test("sends nothing when a question is answered with Ctrl-C", async () => {
  await using web = await maker();
  const { context } = openTerminal({ baseUrl: web.url }, [
    ["A name for the key", "ci\r"],
    ["How many calls", "\u0003"],
  ]);
  expect(await errorOf(keys.create(context, {}))).toMatchObject({ exit: 130 });
  expect(web.asked).toEqual([]);
});

test("takes its question back when the program is ended", async () => {
  await using web = await maker();
  const typed = openTerminal({ baseUrl: web.url }, [
    ["A name for the key", "ci\r"],
    ["How many calls", () => typed.interrupt()],
  ]);
  expect(await errorOf(keys.create(typed.context, {}))).toMatchObject({ exit: 130 });
  expect(web.asked).toEqual([]);
});

test("lets no name from elsewhere paint over the question", async () => {
  await using web = await startWeb(() => ({ body: { keys: [{ token, key_alias: "\u001b[2Jci" }], total_pages: 1 } }));
  const { context, screen } = openTerminal({ baseUrl: web.url }, [["Delete the key", "n\r"]]);
  await errorOf(keys.delete(context, "\u001b[2Jci", {}));
  expect(screen()).toContain('Delete the key "\\u001b[2Jci"');
});

test("asks nothing when something was said, or with --yes", async () => {
  await using web = await maker();
  const said = openTerminal({ baseUrl: web.url }, []);
  await keys.create(said.context, { alias: "ci" });
  const yes = openTerminal({ baseUrl: web.url, yes: true }, []);
  await keys.create(yes.context, {});
  expect(said.screen() + yes.screen()).not.toContain("?");
});

test("deletes a key after a yes, and leaves it after a no", async () => {
  await using web = await startWeb(({ path }) =>
    path === "/key/list"
      ? { body: { keys: [{ token, key_alias: "ci" }], total_pages: 1 } }
      : { body: { deleted_keys: [token] } },
  );
  const no = openTerminal({ baseUrl: web.url }, [["Delete the key", "n\r"]]);
  expect(await errorOf(keys.delete(no.context, "ci", {}))).toMatchObject({ exit: 130 });
  expect(web.asked.map(({ path }) => path)).toEqual(["/key/list"]);
  const yes = openTerminal({ baseUrl: web.url }, [["Delete the key", "y\r"]]);
  expect(await keys.delete(yes.context, "ci", {})).toMatchObject({ exit: 0 });
  expect(web.asked.at(-1)).toMatchObject({ path: "/key/delete", body: { keys: [token] } });
});
