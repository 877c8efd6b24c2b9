import { checksDocument } from "./checks.js";
import { comparisonDocument } from "./comparison.js";
import { doctorDocument } from "./doctor.js";
import { doctorTick } from "./doctor-tick.js";
import { dumpChange, dumpDocument } from "./dump.js";
import { errorDocument } from "./error.js";
import { keyDocument, keysDocument } from "./keys.js";
import { labDocument } from "./lab.js";
import { matrixDocument } from "./matrix.js";
import { probeDocument } from "./probe.js";

/**
 * Every document that stdout can carry, by name. The build writes their JSON Schemas from here, and the tests validate
 * against them.
 */
export const documents = {
  probe: probeDocument,
  matrix: matrixDocument,
  comparison: comparisonDocument,
  dump: dumpDocument,
  "dump-change": dumpChange,
  doctor: doctorDocument,
  "doctor-tick": doctorTick,
  checks: checksDocument,
  key: keyDocument,
  keys: keysDocument,
  lab: labDocument,
  error: errorDocument,
};
