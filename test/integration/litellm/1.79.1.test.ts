import { describe } from "vitest";
import { cellsStory } from "./stories/cells.js";
import { keysStory } from "./stories/keys.js";
import { lockedStory } from "./stories/locked.js";
import { undoStory } from "./stories/undo.js";
import { whichRedisStory } from "./stories/which-redis.js";
import { sceneOf } from "./support/scene.js";

describe("LiteLLM 1.79.1", () => {
  const scene = sceneOf("1.79.1");
  keysStory(scene);
  cellsStory(scene, [
    "chat/plain/completed",
    "messages/plain/completed",
    "responses/plain/completed",
    "completions/stream/provider-500",
  ]);
  whichRedisStory(scene);
  lockedStory(scene);
  undoStory(scene);
});
