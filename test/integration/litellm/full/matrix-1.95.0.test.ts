import { fullMatrix } from "../matrix/full.js";

fullMatrix("1.95.0");
