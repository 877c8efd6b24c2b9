import type { LitellmConfig, Setting } from "../../litellm/config-yaml/index.js";
import { plural } from "../../terminal/plural.js";
import { atLine, type Check, judged, type Remark, skipped } from "./check.js";

/**
 * What llmctl reads of the configuration; references in other settings, such as models' keys, are none of its business.
 */
const READ: readonly (readonly string[])[] = [
  ["general_settings"],
  ["general_settings", "coordination_redis"],
  ["litellm_settings"],
  ["litellm_settings", "cache_params"],
  ["router_settings"],
  ["environment_variables"],
];
const OURS =
  /^(master_key|coordination_redis|cache|cache_params|redis_\w+|REDIS_\w+|fail_closed_rate_limit_enforcement)$/;

export const configFiles: Check = {
  title: "config.yaml is whole",
  group: "config",
  needs: ["config.yaml"],
  run({ config }) {
    if (!config.known) return skipped(config);
    const remarks = [
      ...config.value.problems.map(({ place, text, ...more }) => atLine(place, text, more)),
      ...repeated(config.value),
      ...unresolved(config.value),
    ];
    const { files } = config.value;
    const fine = `${plural(files.length, "file")} read: ${files.join(", ")}`;
    return judged(remarks, fine, () => `${plural(remarks.length, "thing")} in it LiteLLM does not take as written`);
  },
};

/** A name that comes twice: LiteLLM's parser says nothing and takes the last. */
function repeated({ root, settings }: LitellmConfig): Remark[] {
  const sections = READ.flatMap((path) => [...settings.entries(...path)]);
  return [...root, ...sections].flatMap(([name, { place, before }]) =>
    before.map((earlier) =>
      atLine(earlier, `${name} comes again in line ${place.line}: what stands here counts for nothing`, {
        advice: "keep one of the two",
      }),
    ),
  );
}

function unresolved({ settings }: LitellmConfig): Remark[] {
  const remarks: Remark[] = [];
  for (const path of READ) {
    for (const [name, setting] of settings.under(...path)) {
      if (path.length === 1 && !OURS.test(name)) continue;
      if (leadsNowhere(setting)) {
        remarks.push(
          atLine(setting.place, `${name} is os.environ/${setting.reference}, which is not set here`, {
            advice: `set ${setting.reference}, or name a file with the proxy's environment: --env-file proxy.env`,
          }),
        );
      }
    }
  }
  return remarks;
}

const leadsNowhere = ({ reference, value }: Setting): boolean => reference !== null && value === undefined;
