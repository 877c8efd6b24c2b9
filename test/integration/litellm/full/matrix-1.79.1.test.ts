import { fullMatrix } from "../matrix/full.js";

fullMatrix("1.79.1");
