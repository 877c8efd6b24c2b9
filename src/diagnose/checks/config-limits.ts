import { atLine, type Check, passed, skipped, warned } from "./check.js";

const NAME = "global_max_parallel_requests";

export const configLimits: Check = {
  title: "every limit has an effect",
  group: "config",
  needs: ["config.yaml"],
  run({ config, release }) {
    if (!config.known) return skipped(config);
    const { settings } = config.value;
    const found = ["general_settings", "litellm_settings"].map((section) => settings.at(section, NAME)).find(Boolean);
    if (!found) return passed(`no ${NAME}`);
    if (release.known && release.value.shape === "minute") {
      return passed(`${NAME} counts with the limiter of one minute`);
    }
    const which = release.known ? `LiteLLM ${release.value.version}` : "LiteLLM since 1.77.2";
    return warned(`${NAME} has no effect on ${which}`, "give each key its own: llmctl keys update <key> --mpr 5", [
      atLine(found.place, `the limiter v3 does not look at ${NAME}`, {
        evidence: ["with 1, four calls at once were let in on 1.79.1, 1.95.0 and 1.109.1"],
      }),
    ]);
  },
};
