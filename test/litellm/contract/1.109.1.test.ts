import { contractOf } from "./suite.js";

contractOf("1.109.1");
