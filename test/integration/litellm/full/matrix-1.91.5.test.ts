import { fullMatrix } from "../matrix/full.js";

fullMatrix("1.91.5");
