import { contractOf } from "../contract/suite.js";

contractOf("1.91.5", { away: false });
