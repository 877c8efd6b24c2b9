import type { Route } from "../release.js";
import { chat } from "./chat.js";
import { completions } from "./completions.js";
import { messages } from "./messages.js";
import { responses } from "./responses.js";
import type { RouteShape } from "./shape.js";

/** Every guarded route by its name. */
export const ROUTES = { chat, messages, responses, completions } satisfies Record<Route, RouteShape>;

/** The route of a path; undefined for other paths. */
export function routeOf(path: string): Route | undefined {
  for (const route of Object.keys(ROUTES) as Route[]) if (ROUTES[route].paths.includes(path)) return route;
  return undefined;
}
