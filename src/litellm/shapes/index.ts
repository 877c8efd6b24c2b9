import type { Reading } from "../counters/read.js";
import type { KeyName } from "../key-name.js";
import { minute } from "./minute.js";
import type { Shape, ShapeKind } from "./shape.js";
import { slots } from "./slots.js";
import { windowed } from "./windowed.js";

/** Every shape by its name. */
export const shapes = { slots, windowed, minute } satisfies Record<ShapeKind, Shape>;

/** The shape of a key by its name and TYPE; undefined for none of them. */
export const shapeOf = (name: KeyName, reading: Reading): Shape | undefined =>
  Object.values(shapes).find((shape) => shape.recognise(name, reading));
