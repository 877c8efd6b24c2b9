import type { IncomingMessage, ServerResponse } from "node:http";
import { type AdminCall, invalid } from "./admin/call.js";
import { adminRoute } from "./admin/index.js";
import { refusals } from "./admin/refusals.js";
import { badJson, openaiError } from "./answers/errors.js";
import { serverHeaders } from "./answers/headers.js";
import { ok, type Reply, send } from "./answers/reply.js";
import { Call } from "./call.js";
import { type Caller, identifyCaller } from "./caller.js";
import { handleCall } from "./handle-call.js";
import { infoRoute } from "./info-routes/index.js";
import type { Lab } from "./lab.js";
import { type Asked, readRequest } from "./request.js";
import { routeOf } from "./routes/index.js";
import type { Worker } from "./worker.js";

const NOT_FOUND: Reply = { status: 404, body: { detail: "Not Found" } };

/** Answers one request as the release would, and `/lab/*`, which no release has. */
export async function answer(lab: Lab, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const worker = lab.workers.of(req.socket);
  const { life } = worker;
  worker.inFlight++;
  res.on("close", () => {
    if (worker.life === life) worker.inFlight--;
  });
  try {
    const reply = await replyTo(lab, worker, req, res);
    if (reply) send(res, { ...reply, headers: { ...serverHeaders(lab.release), ...reply.headers } });
  } catch (error) {
    const message = `lab: ${error instanceof Error ? error.message : String(error)}`;
    send(res, openaiError(500, message, "internal_server_error", null));
  }
}

/** Undefined when a call was served, which has sent its own answer. */
async function replyTo(
  lab: Lab,
  worker: Worker,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Reply | undefined> {
  const asked = await readRequest(req);
  const { method, path, body } = asked;
  if (path.startsWith("/lab/")) return labRoute(lab, worker, asked);
  const route = method === "POST" ? routeOf(path) : undefined;
  const about = infoRoute(lab.release, method, path);
  const admin = adminRoute(method, path);
  if (!route && !admin && !about) return NOT_FOUND;
  if (about?.who === "anybody") return about.answer(lab, worker, {});
  const caller = identifyCaller(lab, worker, req);
  if (caller.kind === "rejected") return caller.reply;
  if (about) {
    if (about.who === "admin" && caller.kind !== "admin") return refusals.notAdmin(lab.release, path);
    return about.answer(lab, worker, body ?? {});
  }
  if (body === undefined) return route ? badJson : invalidJson(lab);
  if (!route) return administer(lab, worker, caller, asked);
  const key = caller.kind === "key" ? caller.row : lab.masterRow;
  await handleCall(new Call({ lab, worker, route, key, body }, res));
  return undefined;
}

/** The key API. A plain key may read keys; its own if it names none. */
function administer(lab: Lab, worker: Worker, caller: Caller, { method, path, query, body = {} }: Asked): Reply {
  const { release, keys, now } = lab;
  const call: AdminCall = {
    release,
    keys,
    now: now(),
    query,
    body,
    changing(row) {
      worker.rows.forget(row.token);
      if (release.since(109)) return;
      for (const other of lab.workers.all) if (other !== worker) other.rows.miss(row, now());
    },
  };
  const run = adminRoute(method, path);
  if (!run) return NOT_FOUND;
  if (caller.kind !== "key") return run(call);
  if (path === "/key/list") return refusals.listNotAllowed();
  if (path !== "/key/info") return refusals.notAdmin(release, path);
  return run({ ...call, query: new URLSearchParams({ key: query.get("key") ?? caller.row.token }) });
}

/**
 * `GET /lab/stats`, `DELETE /lab/stats`, and `POST /lab/crash`: the worker that answers crashes with its calls and
 * restarts.
 */
function labRoute(lab: Lab, worker: Worker, { method, path }: Asked): Reply {
  if (path === "/lab/stats" && method === "DELETE") lab.model.reset();
  if (path === "/lab/stats" && (method === "GET" || method === "DELETE")) return ok(lab.model.stats());
  if (path !== "/lab/crash" || method !== "POST") return NOT_FOUND;
  worker.crash();
  return ok({ worker: worker.id });
}

const invalidJson = (lab: Lab): Reply => invalid(lab.release, "json_invalid", ["body", 1], "JSON decode error", {});
