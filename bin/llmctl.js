#!/usr/bin/env -S node --
// `--`: Node 20 takes --env-file for its own, wherever it stands behind the script.
import { main } from "../dist/main.js";

process.exitCode = await main();
