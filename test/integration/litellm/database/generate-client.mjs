// generate-client.mjs SCHEMA OUTPUT_DIR: prints the one JSON-RPC request which the `prisma` command line tool sends to a generator,
// so that prisma-client-py can write its client without that tool. The DMMF comes from Prisma's own schema parser (WASM).
import { readFileSync } from "node:fs";
import { installed } from "./wasm.mjs";

const prisma = installed("@prisma/prisma-schema-wasm");

const [schemaPath, output] = process.argv.slice(2);
const datamodel = readFileSync(schemaPath, "utf8");
const ask = (call, extra) => JSON.parse(call(JSON.stringify({ prismaSchema: datamodel, ...extra })));
const { config } = ask(prisma.get_config, { datasourceOverrides: {}, ignoreEnvVarErrors: true, env: {} });
console.log(
  JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "generate",
    params: {
      // Recursive types, as newer LiteLLM schemas ask for: without them there are 24 MB of type definitions to import.
      generator: {
        ...config.generators[0],
        output: { value: output, fromEnvVar: null },
        config: { recursive_type_depth: "-1" },
      },
      otherGenerators: [],
      schemaPath,
      datamodel,
      dmmf: ask(prisma.get_dmmf, { noColor: true }),
      datasources: config.datasources,
      version: process.env.PRISMA_EXPECTED_ENGINE_VERSION,
      binaryPaths: {},
    },
  }),
);
