#!/usr/bin/env node
// A stand-in for Prisma's `query-engine` program, for a machine that cannot download it. It takes the same command line and speaks
// the same HTTP on loopback (GraphQL documents from prisma-client-py), and lets the same engine do the work, compiled to WASM.
// That build knows only Prisma's JSON protocol, so all this file does is translate: documents in, tagged values out.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { installed, loadEngine, postgres } from "./wasm.mjs";

const { bindAdapter } = installed("@prisma/driver-adapter-utils");
const { parse } = installed("graphql");

const { values: options } = parseArgs({
  options: { version: { type: "boolean" }, port: { type: "string", short: "p" } },
  strict: false,
});
const { QueryEngine, getBuildTimeInfo } = await loadEngine("@prisma/query-engine-wasm/postgresql", "query_engine");
if (options.version) {
  console.log(`query-engine ${getBuildTimeInfo().commit}`);
  process.exit();
}

const [override] = JSON.parse(process.env.OVERWRITE_DATASOURCES ?? "[]");
const adapter = bindAdapter(await postgres(override?.url ?? process.env.DATABASE_URL).connect());
const datamodel = readFileSync(process.env.PRISMA_DML_PATH, "utf8");
const engine = new QueryEngine(
  { datamodel, logLevel: "error", logQueries: false, enableTracing: false },
  (line) => console.error(line),
  adapter,
);
const untraced = ["{}", "1"]; // the trace and request number which every call ends with, of no use here
await engine.connect(...untraced);

// GraphQL document -> JSON protocol

/** Model -> field -> type. Needed because JSON travels as text in GraphQL, while the JSON protocol takes bare text for a JSON string. */
const models = Object.fromEntries(
  [...datamodel.matchAll(/^model (\w+) \{([\s\S]*?)^\}/gm)].map(([, model, body]) => [
    model,
    Object.fromEntries([...body.matchAll(/^\s+(\w+)\s+(\w+)/gm)].map(([, field, type]) => [field, type])),
  ]),
);

/** `query { result: findManyUser(take: 1) { id posts { id } } }` -> `{ modelName: "User", action: "findMany", query: … }` */
function translate(document) {
  const [field] = parse(document, { noLocation: true }).definitions[0].selectionSet.selections;
  const [, verb, modelName, orThrow = ""] =
    /^(queryRaw|executeRaw|aggregate|groupBy|findMany|findFirst|findUnique|(?:create|update|delete)(?:One|Many)|upsertOne)(.*?)(OrThrow)?$/.exec(
      field.name.value,
    );
  return { ...(modelName && { modelName }), action: verb + orThrow, query: selected(field, modelName) };
}

function selected({ arguments: args, selectionSet }, model) {
  const selection = {};
  for (const field of selectionSet?.selections ?? []) {
    const name = field.name.value;
    selection[name] =
      field.selectionSet || field.arguments.length ? selected(field, relation(model, name) ?? model) : true;
  }
  return { arguments: objectOf(args, model), selection };
}

/** `scope`: the model whose fields the names are, or "Json" inside a filter on a JSON field. */
const objectOf = (pairs, scope) =>
  Object.fromEntries(
    pairs.map(({ name, value }) => [name.value, literal(value, scopeOf(scope, name.value), name.value)]),
  );

const relation = (model, field) => (models[model]?.[field] in models ? models[model][field] : undefined);

const scopeOf = (scope, name) =>
  scope === "Json" || models[scope]?.[name] === "Json" ? "Json" : (relation(scope, name) ?? scope);

function literal(node, scope, name) {
  switch (node.kind) {
    case "ObjectValue":
      return objectOf(node.fields, scope);
    case "ListValue":
      return node.values.map((value) => literal(value, scope, name));
    case "NullValue":
      return null;
    case "IntValue":
      return Number.isSafeInteger(+node.value) ? +node.value : { $type: "BigInt", value: node.value };
    case "FloatValue":
      return +node.value;
    case "StringValue":
      return scope === "Json" && !/^(path|mode|string_.*)$/.test(name)
        ? { $type: "Json", value: node.value }
        : node.value;
    default: // Boolean and Enum
      return node.value;
  }
}

// JSON protocol -> GraphQL answer

/** `{ $type: "DateTime", value: "2024-…" }` -> `"2024-…"`: dates, JSON, big integers, decimals and bytes all travel as text. */
function untag(value) {
  if (Array.isArray(value)) return value.map(untag);
  if (value === null || typeof value !== "object") return value;
  if ("$type" in value) return value.value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, untag(inner)]));
}

/** A value in a row of raw SQL: newer engines send the types once for all rows, prisma-client-py 0.11 wants one with each value. */
function typed(type, value) {
  if (value === null) return { prisma__type: "null", prisma__value: null };
  const [item, array] = type.split("-");
  return array
    ? { prisma__type: array, prisma__value: value.map((one) => typed(item, one)) }
    : { prisma__type: type, prisma__value: value };
}

const rawRows = ({ columns, types, rows }) =>
  rows.map((row) => Object.fromEntries(row.map((value, i) => [columns[i], typed(types[i], value)])));

function answer({ data, errors }) {
  if (errors) return { errors: errors.map(likeNative) };
  const [[name, result]] = Object.entries(data);
  return { data: { result: name === "queryRaw" ? rawRows(result) : untag(result) } };
}

/** Two errors which come out of the Postgres driver, as the native engine would put them. */
function likeNative(error) {
  const { error_code: code, meta } = error.user_facing_error ?? {};
  const say = (message, known) => ({ error: message, user_facing_error: { is_panic: false, message, ...known } });
  const place = code === "P2010" && /^Database not reachable: (.*)/.exec(meta.message)?.[1];
  if (place)
    return say(`Can't reach database server at \`${place}\``, {
      error_code: "P1001",
      meta: { database_location: place },
    });
  // What else the driver threw reached the engine as a number only.
  if (code === "P2036") return say(String(adapter.errorRegistry.consumeError(meta.id)?.error), { error_code: code });
  return error;
}

// The HTTP side

async function query({ query, batch, transaction }, transactionId) {
  const body = batch
    ? { batch: batch.map((one) => translate(one.query)), transaction: transaction ? {} : undefined }
    : translate(query);
  const reply = JSON.parse(await engine.query(JSON.stringify(body), untraced[0], transactionId, untraced[1]));
  return reply.batchResult ? { batchResult: reply.batchResult.map(answer) } : answer(reply);
}

async function handle(method, url, body, transactionId) {
  const [, id, step] = /^\/transaction\/([^/]+)(?:\/(commit|rollback))?$/.exec(url) ?? [];
  if (url === "/status") return { status: "ok" };
  if (method === "POST" && url === "/") return query(JSON.parse(body), transactionId);
  if (id === "start") return JSON.parse(await engine.startTransaction(body, ...untraced));
  if (step) return JSON.parse(await engine[`${step}Transaction`](id, ...untraced));
  return undefined;
}

const server = createServer(async (request, response) => {
  let status = 200;
  let reply;
  try {
    const chunks = await request.toArray();
    reply = await handle(
      request.method,
      request.url,
      Buffer.concat(chunks).toString(),
      request.headers["x-transaction-id"],
    );
    if (!reply) status = 404;
    else if (reply.error_code) reply = { errors: [{ error: reply.message, user_facing_error: reply }] }; // of a transaction
  } catch (error) {
    status = 500;
    reply = { errors: [{ error: String(error), user_facing_error: { is_panic: false, message: String(error) } }] };
  }
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(reply ?? {}));
});
server.listen(Number(options.port), "127.0.0.1");

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit());
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(), 1000).unref(); // a killed proxy leaves no engine behind
