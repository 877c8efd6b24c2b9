import { modelId } from "../answers/errors.js";
import { ok } from "../answers/reply.js";
import { MODELS } from "../upstream/deployment-limit.js";
import type { InfoRoute } from "./info-route.js";

/** GET /v1/models. */
export const models: InfoRoute = () =>
  ok({
    data: [...MODELS.keys()].map((id) => ({ id, object: "model", created: 1677610602, owned_by: "openai" })),
    object: "list",
  });

/** GET /model/info. */
export const modelInfo: InfoRoute = () =>
  ok({
    data: [...MODELS].map(([model_name, { provider, model }]) => ({
      model_name,
      litellm_params: { model: `${provider}/${model}` },
      model_info: {
        id: modelId(model_name),
        db_model: false,
        key: `${provider}/${model}`,
        litellm_provider: provider,
      },
    })),
  });
