import type { IncomingMessage, ServerResponse } from "node:http";
import { aboutRoute } from "./about.js";
import { invalid } from "./admin/call.js";
import { adminRoute } from "./admin/index.js";
import { refusals } from "./admin/refusals.js";
import { Call } from "./call.js";
import { type Caller, callerOf } from "./caller.js";
import { badJson, openaiError } from "./failure.js";
import { serverHeaders } from "./headers.js";
import type { Lab } from "./lab.js";
import { ok, type Reply, send } from "./reply.js";
import { routeOf } from "./routes/index.js";
import { isRecord } from "./routes/shape.js";
import { serve } from "./serve.js";
import type { Worker } from "./worker.js";

const NOT_FOUND: Reply = { status: 404, body: { detail: "Not Found" } };
const LARGEST_BODY = 10_000_000;

/** Answers one request as the release would, and `/lab/*`, which no release has. */
export async function answer(lab: Lab, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const worker = lab.workers.of(req.socket);
  const life = worker.life;
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

async function replyTo(
  lab: Lab,
  worker: Worker,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Reply | undefined> {
  const method = req.method ?? "GET";
  const url = new URL(req.url ?? "/", "http://lab");
  const path = url.pathname;
  const text = await bodyOf(req);
  if (path.startsWith("/lab/")) return labRoute(lab, worker, method, path);
  const route = method === "POST" ? routeOf(path) : undefined;
  const admin = adminRoute(method, path);
  const about = aboutRoute(lab.release, method, path);
  if (!route && !admin && !about) return NOT_FOUND;
  const caller = callerOf(lab, req);
  const body = parse(text);
  if (about) return about.who === "anybody" ? about.answer(lab, worker, {}) : asked(about, caller, path);
  if (caller.kind === "rejected") return caller.reply;
  if (body === undefined) return route ? badJson : invalidJson(lab);
  if (route) {
    const row = caller.kind === "key" ? caller.row : lab.masterRow;
    await serve(new Call({ lab, worker, route, key: row, body }, res));
    return undefined;
  }
  if (caller.kind !== "admin") return readsOwn(lab, caller, method, url, path);
  return admin?.({ release: lab.release, keys: lab.keys, now: lab.now(), query: url.searchParams, body });

  function asked({ who, answer: say }: NonNullable<typeof about>, from: Caller, where: string) {
    if (from.kind === "rejected") return from.reply;
    if (who === "admin" && from.kind !== "admin") return refusals.notAdmin(lab.release, where);
    return say(lab, worker, body ?? {});
  }
}

/** What a plain key may do of the key API: look at keys, its own if it names none. */
function readsOwn(lab: Lab, caller: Caller, method: string, url: URL, path: string): Reply | undefined {
  if (path === "/key/list") return refusals.listNotAllowed();
  if (path !== "/key/info" || caller.kind !== "key") return refusals.notAdmin(lab.release, path);
  const query = new URLSearchParams({ key: url.searchParams.get("key") ?? caller.row.token });
  return adminRoute(method, path)?.({ release: lab.release, keys: lab.keys, now: lab.now(), query, body: {} });
}

/** `GET /lab/stats`, `DELETE /lab/stats`, and `POST /lab/crash`: the worker that answers dies with its calls and is started again. */
function labRoute(lab: Lab, worker: Worker, method: string, path: string): Reply {
  if (path === "/lab/stats" && method === "DELETE") lab.model.reset();
  if (path === "/lab/stats" && (method === "GET" || method === "DELETE")) return ok(lab.model.stats());
  if (path !== "/lab/crash" || method !== "POST") return NOT_FOUND;
  worker.crash();
  return ok({ worker: worker.id });
}

const invalidJson = (lab: Lab): Reply => invalid(lab.release, "json_invalid", ["body", 1], "JSON decode error", {});

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req) {
    size += (part as Buffer).length;
    if (size > LARGEST_BODY) throw new Error("the body is too large");
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString("utf8");
}
