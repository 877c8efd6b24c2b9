import { differential, windowDifferential } from "../../lab/differential.js";

for (const version of ["1.79.1", "1.95.0", "1.109.1"] as const) differential(version);
windowDifferential("1.79.1");
