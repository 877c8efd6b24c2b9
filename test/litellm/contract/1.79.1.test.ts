import { contractOf } from "./suite.js";

contractOf("1.79.1");
