import { refusals } from "./admin/refusals.js";
import type { Admitted, Attempt } from "./admission/index.js";
import { deploymentFull, noMaxTokens, unknownModel } from "./answers/errors.js";
import { refusal } from "./answers/refusal.js";
import type { Reply } from "./answers/reply.js";
import { type Settle, streamAnswer } from "./answers/stream-answer.js";
import { estimate, REPORTED } from "./answers/usage.js";
import type { Call } from "./call.js";
import type { Provider } from "./release.js";
import { ROUTES } from "./routes/index.js";
import { MODELS } from "./upstream/deployment-limit.js";
import { parseScriptedAnswer } from "./upstream/scripted-answer.js";

/**
 * Handles a call from its admission to its last write. The limiter comes before the lookup of the model, as in LiteLLM.
 */
export async function handleCall(call: Call): Promise<void> {
  const { lab, key, model, worker } = call;
  if (key.models.length > 0 && !key.models.includes(model)) {
    return call.answer(refusals.notThisModel(lab.release, key.models, model));
  }
  const attempt = attemptOf(call);
  await lab.crashes?.before(attempt);
  const { life } = worker;
  const verdict = await lab.admission.admit(attempt);
  if (!verdict.admitted) {
    return call.fail(refusal(lab.release, call.route, key.token, verdict.by, lab.now(), lab.windowS));
  }
  const provider = MODELS.get(model)?.provider;
  const settle = settler(call, verdict, provider ?? "openai", life);
  const impossible = cannotBeMade(call, provider);
  if (impossible || provider === undefined) {
    await settle("unknown-model", REPORTED);
    return call.fail(impossible ?? unknownModel(lab.release, call.route, model));
  }
  if (lab.deployments.full(model) && lab.release.since(103)) {
    await settle("failed", REPORTED);
    return call.fail(deploymentFull(lab.release, call.route, model));
  }
  await lab.deployments.enter(model);
  const run = lab.model.start(parseScriptedAnswer(call.prompt, lab.answerMs));
  try {
    await streamAnswer(call, run, provider, verdict.statuses, settle);
  } finally {
    run.close();
    lab.deployments.leave(model);
  }
}

function cannotBeMade({ lab, route, body }: Call, provider: Provider | undefined): Reply | undefined {
  const endless = provider === "anthropic" && route === "messages" && ROUTES.messages.maxTokens(body) === undefined;
  return endless ? noMaxTokens(lab.release) : undefined;
}

function attemptOf({ lab, worker, route, key, body, model }: Call): Attempt {
  const { tpm_limit, max_parallel_requests, rpm_limit } = key;
  const { characters, maxTokens } = ROUTES[route];
  // Up to 1.102 a responses call is treated as an embedding, which has no answer to count.
  const answerCounts = route !== "responses" || lab.release.since(103);
  return {
    worker,
    owner: key.token,
    limits: { max_parallel_requests, rpm_limit, tpm_limit },
    route,
    model,
    estimate: estimate(characters(body), maxTokens(body), tpm_limit ?? 0, answerCounts),
  };
}

/** A worker that has crashed since releases nothing. */
function settler({ lab, worker, route, stream }: Call, admitted: Admitted, provider: Provider, life: number): Settle {
  return async (ending, usage) => {
    const acts = lab.ends({ route, provider, stream, ending });
    const finish = async () => {
      if (worker.life === life) await admitted.finish(acts, usage);
    };
    if (lab.lagMs === 0) await finish();
    else lab.later(finish);
  };
}
