import { limiterRedis } from "../../litellm/config-yaml/index.js";
import { compareVersions, FAIL_CLOSED_SINCE } from "../../litellm/releases.js";
import { atLine, type Check, passed, skipped, warned } from "./check.js";

const NAME = "fail_closed_rate_limit_enforcement";

export const configFailOpen: Check = {
  title: "limits hold when Redis is away",
  group: "config",
  needs: ["config.yaml"],
  run({ config, release }) {
    if (!config.known) return skipped(config);
    const { settings, file } = config.value;
    const setting = settings.at("general_settings", NAME);
    const on = /^(true|yes|on|1|t|y)$/i.test(String(setting?.value));
    const redis = limiterRedis(settings, file);
    if (redis.source === null) {
      if (!setting || !on) return passed("the limiter has no Redis that could be away");
      return warned(`${NAME} refuses nothing without Redis`, "see config-redis", [
        atLine(setting.place, "without Redis each process counts alone, and this setting does nothing"),
      ]);
    }
    if (release.known && compareVersions(release.value.version, FAIL_CLOSED_SINCE) < 0) {
      return passed(
        `LiteLLM ${release.value.version} always counts for each process alone while Redis is away; ${FAIL_CLOSED_SINCE} can refuse instead`,
      );
    }
    if (on) return passed(`${NAME}: while Redis is away calls are refused with 503`);
    const place = setting?.place ?? settings.at("general_settings")?.place ?? { file, line: 1 };
    const text = setting ? `${NAME} is off` : `general_settings has no ${NAME}: true`;
    const since = release.known ? "" : `, known to LiteLLM since ${FAIL_CLOSED_SINCE}`;
    return warned(
      "while Redis is away each process counts alone: up to the limit for every worker",
      `if calls should rather be refused (503): general_settings: {${NAME}: true}`,
      [atLine(place, `${text}${since}`)],
    );
  },
};
