import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { parseRedisUrl } from "../../../../src/config/redis-url.js";
import type { Settings } from "../../../../src/config/settings.js";
import { doctor, undo } from "../../../../src/doctor/command.js";
import type { TypedFlags } from "../../../../src/doctor/suggestions.js";
import type { LabOptions } from "../../../../src/lab/proxy.js";
import { ownerOfSecret } from "../../../../src/litellm/owner.js";
import { type DoctorDocument, doctorDocument } from "../../../../src/output/documents/doctor.js";
import { documentResult } from "../../../support/document-result.js";
import { type Session, session } from "../../../support/keys-session.js";
import type { Connection } from "../../../support/lab-connection.js";
import { type Scene, scene } from "../../../support/lab-harness.js";

interface DoctorResult {
  readonly document: DoctorDocument;
  readonly exit: number;
  readonly stderr: string;
}

/** A lab whose workers can be made to remember what Redis has forgotten, and a doctor for it. */
export interface RefreshFixture extends Scene {
  readonly hash: string;
  readonly keyFile: string;
  readonly stateDir: string;
  /** max_parallel_requests of the key now. */
  limit(): number | null | undefined;
  session(settings?: Partial<Settings>): Session;
  doctor(flags?: TypedFlags, settings?: Partial<Settings>, on?: Session): Promise<DoctorResult>;
  undo(settings?: Partial<Settings>): Promise<DoctorResult>;
  /** Makes the worker of a connection refuse from memory: it leaks until it is full, and Redis is emptied. */
  spoil(worker: Connection): Promise<void>;
}

export async function fixture(options: LabOptions): Promise<RefreshFixture> {
  const here = await scene({ limit: 3, ...options });
  const { lab, redis, name } = here;
  const stateDir = await mkdtemp(join(tmpdir(), "llmctl-refresh-"));
  onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
  const keyFile = join(stateDir, "key.txt");
  await writeFile(keyFile, lab.key);
  const open = (settings: Partial<Settings> = {}) =>
    session({
      baseUrl: lab.baseUrl,
      apiKey: lab.masterKey,
      redis: parseRedisUrl(lab.redisUrl, "redisUrl"),
      output: "json",
      stateDir,
      ...settings,
    });
  const visit = async (on: Session, work: ReturnType<typeof doctor>): Promise<DoctorResult> => {
    const { document, exit } = await documentResult(work);
    return { document: doctorDocument.parse(document), exit, stderr: on.stderr() };
  };
  return {
    ...here,
    hash: ownerOfSecret(lab.key),
    keyFile,
    stateDir,
    limit: () => lab.keys.find(lab.key)?.max_parallel_requests,
    session: open,
    doctor: (flags = {}, settings = {}, on = open(settings)) => visit(on, doctor(on.context, flags)),
    undo(settings = {}) {
      const on = open({ yes: true, ...settings });
      return visit(on, undo(on.context, undefined));
    },
    async spoil(worker) {
      for (let calls = 0; calls < 3; calls++) await worker.call("responses", { model: "claude-lab" });
      await redis.del(name);
      if ((await worker.call("chat")) !== 429) throw new Error("it does not refuse");
    },
  };
}

/** A fixture with a refresh that a kill -9 has left in the middle: the limit is raised, and the line that says what came next is torn. */
export async function killed(options: LabOptions): Promise<RefreshFixture> {
  const here = await fixture(options);
  await here.spoil(here.connect());
  Object.assign(here.lab.keys.find(here.lab.key) ?? {}, { max_parallel_requests: 4 });
  const folder = join(here.stateDir, "refreshes");
  await mkdir(folder);
  const raise = { step: "raise", at: "2026-01-01T00:00:00.000Z", baseUrl: here.lab.baseUrl };
  const line = JSON.stringify({ ...raise, key: here.hash, alias: "lab", from: 3, to: 4 });
  await appendFile(join(folder, "20260101-000000000-abcdef.ndjson"), `${line}\n{"step":"resto`);
  return here;
}
