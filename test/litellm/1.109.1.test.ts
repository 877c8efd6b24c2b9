import { describe } from "vitest";
import { sceneOf } from "./scene.js";
import { healthyStory } from "./stories/healthy.js";
import { keysStory } from "./stories/keys.js";
import { whichRedisStory } from "./stories/which-redis.js";

describe("LiteLLM 1.109.1", () => {
  const scene = sceneOf("1.109.1");
  keysStory(scene);
  whichRedisStory(scene);
  healthyStory(scene);
});
