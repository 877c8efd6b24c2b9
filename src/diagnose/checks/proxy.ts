import { EXIT } from "../../errors.js";
import { plural } from "../../terminal/plural.js";
import { type Check, failed, passed, skipped, warned } from "./check.js";

export const proxy: Check = {
  title: "proxy reachable",
  group: "litellm",
  needs: ["proxy"],
  run({ proxy, keyDirectory }) {
    if (!proxy.known) return proxy.failed ? failed(proxy.why, proxy.advice) : skipped(proxy);
    const { baseUrl, version, database } = proxy.value;
    const who = `LiteLLM ${version ?? "of unknown release"} at ${baseUrl}${database ? `, database: ${database}` : ""}`;
    if (keyDirectory.known) return passed(`${who}, it tells the limits of ${plural(keyDirectory.value.size, "key")}`);
    const refused = !keyDirectory.known && keyDirectory.error?.exit === EXIT.denied;
    return (refused ? failed : warned)(
      `${who}; limits and aliases are not known: ${keyDirectory.why}`,
      keyDirectory.advice,
    );
  },
};
