import { describe } from "vitest";
import { cellsStory } from "./stories/cells.js";
import { healthyStory } from "./stories/healthy.js";
import { keysStory } from "./stories/keys.js";
import { whichRedisStory } from "./stories/which-redis.js";
import { sceneOf } from "./support/scene.js";

describe("LiteLLM 1.109.1", () => {
  const scene = sceneOf("1.109.1");
  keysStory(scene);
  cellsStory(scene, ["chat/plain/completed", "messages/plain/completed", "responses/plain/completed"]);
  whichRedisStory(scene);
  healthyStory(scene);
});
