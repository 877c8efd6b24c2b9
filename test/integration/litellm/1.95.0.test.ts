import { describe } from "vitest";
import { cellsStory } from "./stories/cells.js";
import { keysStory } from "./stories/keys.js";
import { leakedSlotsStory } from "./stories/leaked-slots.js";
import { whichRedisStory } from "./stories/which-redis.js";
import { sceneOf } from "./support/scene.js";

describe("LiteLLM 1.95.0", () => {
  const scene = sceneOf("1.95.0");
  keysStory(scene);
  cellsStory(scene, ["chat/plain/completed", "messages/plain/completed", "responses/plain/completed"]);
  whichRedisStory(scene);
  leakedSlotsStory(scene);
});
