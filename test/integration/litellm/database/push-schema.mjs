// push-schema.mjs SCHEMA: what `prisma db push` does. Gives the database at DATABASE_URL the tables that SCHEMA describes.
import { readFileSync } from "node:fs";
import { installed, loadEngine, postgres } from "./wasm.mjs";

const { bindMigrationAwareSqlAdapterFactory } = installed("@prisma/driver-adapter-utils");
const { SchemaEngine } = await loadEngine("@prisma/schema-engine-wasm", "schema_engine");
const files = [{ path: "schema.prisma", content: readFileSync(process.argv[2], "utf8") }];
const adapter = bindMigrationAwareSqlAdapterFactory(postgres(process.env.DATABASE_URL));
const engine = await SchemaEngine.new(
  { datamodels: files.map((file) => [file.path, file.content]) },
  () => {},
  adapter,
);
const { unexecutable } = await engine.schemaPush({
  schema: { files },
  force: true,
  filters: { externalTables: [], externalEnums: [] },
});
if (unexecutable.length) throw new Error(unexecutable.join("\n"));
process.exit();
