import { describe, expect, it } from "vitest";
import { type Cell, cellOptions, createCells, needsScript } from "../../../src/probe/matrix/cells.js";
import { parseProbeOptions } from "../../../src/probe/options.js";
import { FLAGS } from "../flags.js";

const names = (cells: readonly Cell[]) =>
  cells.map(({ name, stream, ending }) => `${name}/${stream ? "stream" : "plain"}/${ending}`);

describe("the cells of a matrix", () => {
  it("are every endpoint, plain and streamed, with every ending that can be", () => {
    const all = names(createCells({}));
    expect(all).toHaveLength(4 * (5 + 7));
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain("messages/stream/cut");
    expect(all).not.toContain("messages/plain/cut");
    expect(all).not.toContain("chat/plain/aborted-stream");
  });

  it.each([
    [{ only: "chat/plain/completed" }, ["chat/plain/completed"]],
    [
      { only: "messages/completed,responses/stream/cut" },
      ["messages/plain/completed", "messages/stream/completed", "responses/stream/cut"],
    ],
    [
      { only: "completions", skip: "stream,timeout,provider-500,provider-429" },
      ["completions/plain/completed", "completions/plain/aborted-early"],
    ],
  ])("are picked by %j", (choice, cells) => {
    expect(names(createCells(choice))).toEqual(cells);
  });

  it.each([{ only: "chatt" }, { skip: "chat/plain/complete" }, { only: "chat", skip: "chat" }])(
    "cannot be %j",
    (choice) => {
      expect(() => createCells(choice)).toThrow();
    },
  );

  it("need a scripted provider where it is the provider that ends the call", () => {
    const scripted = new Set(
      createCells({})
        .filter(needsScript)
        .map(({ ending }) => ending),
    );
    expect([...scripted].sort()).toEqual(["cut", "provider-429", "provider-500", "timeout"]);
  });

  it("change the options to what they are about", () => {
    const options = parseProbeOptions(FLAGS);
    const of = (ending: Cell["ending"], scripted = true) =>
      cellOptions({ name: "chat", stream: true, ending }, options, scripted);
    expect(of("completed")).toMatchObject({ stream: true, leave: null, ending: "completed" });
    expect(of("completed", false).prompt).toBe(options.prompt);
    expect(of("aborted-stream")).toMatchObject({ leave: { events: 8 }, ending: "aborted after 8 content events" });
    expect(of("aborted-stream", false)).toMatchObject({ leave: { events: 3 }, maxTokens: 200 });
    expect(of("aborted-early")).toMatchObject({ leave: { ms: 2000 } });
    expect(of("provider-500")).toMatchObject({ leave: null, ending: "failed by the provider" });
    expect(of("provider-500").prompt).toContain("status=500");
    expect(of("cut").ending).toBe("cut by the provider");
  });
});
