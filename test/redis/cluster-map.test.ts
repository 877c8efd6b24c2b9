import { expect, test } from "vitest";
import { type ClusterMap, nodesToScanAgain, parseClusterNodes } from "../../src/redis/cluster-map.js";

/** A map from lines of CLUSTER NODES without addresses: `a 1 0-99 [5->-b]`. */
const map = (...lines: string[]): ClusterMap =>
  new Map(
    lines.map((line) => {
      const [id, epoch, ...slots] = line.split(" ");
      const reply = `${id} 127.0.0.1:1@2 myself,master - 0 0 ${epoch} connected ${slots.join(" ")}`;
      const [node] = parseClusterNodes(reply).primaries;
      if (!node) throw new Error(line);
      return [node.id, node];
    }),
  );
const again = (before: ClusterMap, after: ClusterMap, ...scanned: string[]) => [
  ...nodesToScanAgain(before, after, new Set(scanned)),
];

test("reads addresses, slots and slots on the move; leaves replicas out", () => {
  const { myself, primaries } = parseClusterNodes(
    `aa 10.0.0.1:6379@16379,one.example myself,master - 0 0 7 connected 0-2 9 [3->-bb] [4-<-bb]
bb fd00::1:6380@16380 master,fail - 0 0 3 disconnected 10-11
cc 10.0.0.3:6379@16379 slave aa 0 0 7 connected
dd :0@0 master,noaddr - 0 0 2 disconnected
`,
  );
  expect(myself).toBe("aa");
  expect(primaries).toMatchObject([
    { id: "aa", host: "10.0.0.1", hostname: "one.example", port: 6379, epoch: 7, down: false },
    { id: "bb", host: "fd00::1", port: 6380, down: true },
  ]);
  expect([...(primaries[0]?.slots ?? [])]).toEqual([0, 1, 2, 9]);
  expect(primaries[0]?.migrating.get(3)).toBe("bb");
  expect(primaries[0]?.importing.get(4)).toBe("bb");
});

test("nothing to do while nothing moves", () => {
  expect(again(map("a 1 0-9", "b 2 10-19"), map("a 1 0-9", "b 2 10-19"), "a", "b")).toEqual([]);
});

test("a node that receives keys is scanned again, also when it is new", () => {
  const before = map("a 1 0-9", "b 2 10-19");
  expect(again(before, map("a 1 0-9 [5->-b]", "b 2 10-19 [5-<-a]"), "a", "b")).toEqual(["b"]);
  expect(again(before, map("a 1 0-8", "b 3 9-19"), "a", "b")).toEqual(["b"]);
  expect(again(before, map("a 1 0-8", "b 2 10-19", "c 3 9"), "a", "b")).toEqual(["c"]);
});

test("a pass over the receiver alone is the last, for the sender was read before", () => {
  const moving = map("a 1 0-9 [5->-b]", "b 2 10-19 [5-<-a]");
  expect(again(moving, moving, "b")).toEqual([]);
});

test("keys that go on from the receiver are followed", () => {
  expect(again(map("a 1 0-9", "b 3 10-19", "c 2"), map("a 1 0-9", "b 3 10-18", "c 4 19"), "b")).toEqual(["c"]);
});

test("a slot that went away and came back is noticed by its node's epoch", () => {
  expect(again(map("a 1 0-9", "b 2 10-19"), map("a 4 0-9", "b 3 10-19"), "a", "b").sort()).toEqual(["a", "b"]);
});
