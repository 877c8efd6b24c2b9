import { fullMatrix } from "../matrix/full.js";

fullMatrix("1.109.1");
