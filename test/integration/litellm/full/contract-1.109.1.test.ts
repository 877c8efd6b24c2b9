import { contractOf } from "../contract/suite.js";

contractOf("1.109.1");
