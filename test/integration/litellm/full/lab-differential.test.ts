import { differential, namespaceDifferential, windowDifferential } from "../../../lab/differential.js";

differential("1.91.5");
for (const version of ["1.91.5", "1.95.0", "1.109.1"] as const) windowDifferential(version);
for (const version of ["1.79.1", "1.91.5", "1.109.1"] as const) namespaceDifferential(version);
