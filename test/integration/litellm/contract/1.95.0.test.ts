import { contractOf } from "./suite.js";

contractOf("1.95.0");
