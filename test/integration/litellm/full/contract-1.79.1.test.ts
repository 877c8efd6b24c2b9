import { contractOf } from "../contract/suite.js";

contractOf("1.79.1");
