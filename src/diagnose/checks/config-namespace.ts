import { limiterRedis } from "../../litellm/config-yaml/index.js";
import { NAMESPACED_SINCE } from "../../litellm/namespace-rules.js";
import { compareVersions } from "../../litellm/releases.js";
import { atLine, type Check, passed, skipped, warned } from "./check.js";

export const configNamespace: Check = {
  title: "namespace and release agree",
  group: "config",
  needs: ["config.yaml"],
  run({ config, release }) {
    if (!config.known) return skipped(config);
    const { settings, file } = config.value;
    const redis = limiterRedis(settings, file);
    if (redis.source !== "cache_params" || redis.namespace === null) return passed("no namespace in cache_params");
    if (release.known && compareVersions(release.value.version, NAMESPACED_SINCE) >= 0) {
      return passed(`LiteLLM ${release.value.version} counts every call within namespace ${redis.namespace}`);
    }
    if (release.known && release.value.shape === "minute") {
      return passed(`the limiter of one minute keeps namespace ${redis.namespace} throughout`);
    }
    const place = settings.at("litellm_settings", "cache_params", "namespace")?.place ?? redis.place;
    const advice = `upgrade to ${NAMESPACED_SINCE} or later, or take the namespace out`;
    const text = `before ${NAMESPACED_SINCE} calls are admitted by the plain name, and failures are taken off ${redis.namespace}:…, so failures lock the key`;
    const which = release.known
      ? `LiteLLM ${release.value.version}`
      : `a release before ${NAMESPACED_SINCE}, if it is one,`;
    return warned(`with a namespace ${which} spells each counter in two ways`, advice, [
      atLine(place, text, release.known ? {} : { evidence: ["the release is not known: --litellm-version tells it"] }),
    ]);
  },
};
