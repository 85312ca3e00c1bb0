import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";

import { expect, request } from "@playwright/test";

const ROOT = resolve(import.meta.dirname, "../..");
const PYTHON = process.env.PYTHON ?? "python";

/** Few cases in each run of the tests, all with CAMPAIGN=1. */
export const IS_CAMPAIGN = process.env.CAMPAIGN === "1";

/** Shows a figure of a target, as docs/reliability.md lists them. */
export function tell(target: string, figures: object): void {
  console.log(target, JSON.stringify(figures));
}

/** What a module of the tests prints. */
export function printedBy(module: string, ...args: string[]): string {
  return execFileSync(PYTHON, ["-m", module, ...args], { cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 26 });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address ? address.port : 0;
}

/** What a service with fakes begins with: nothing, some weeks of work, or that under so many further jobs. */
export type Holds = "empty" | "project" | number;

/** Quick ones that write real files, or those that users have. */
export type Recipes = "fake" | "real";

interface Beginning {
  token?: string;
  fill?: string[];
  program?: string;
  env?: Record<string, string>;
}

/** A service of its own, on folders that hold what a test puts there. */
export class OwnService {
  private child: ChildProcess | null = null;

  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly token: string,
    private readonly program: string,
    private readonly more: Record<string, string>,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts one; `fill` is a module with arguments behind the folder. Without a token this machine may do everything. */
  static async start({ token = "", fill = ["tests.security.hostile_state"], program = "backend.main", env = {} }: Beginning = {}): Promise<OwnService> {
    const folder = join(mkdtempSync(join(tmpdir(), "service-")), "all");
    const [module = "", ...args] = fill;
    printedBy(module, folder, ...args);
    const service = new OwnService(folder, await freePort(), token, program, env);
    await service.run();
    return service;
  }

  /** Starts one whose runs are the quick fakes of `tests/browser`. */
  static withFakes(holds: Holds = "empty", given: Omit<Beginning, "fill" | "program"> = {}): Promise<OwnService> {
    return OwnService.start({ ...given, fill: ["tests.browser.project", String(holds)], program: "tests.browser.service" });
  }

  /** Starts one as users have it, with the built-in model. */
  static real(holds: Holds = "empty"): Promise<OwnService> {
    return OwnService.start({ fill: ["tests.browser.project", String(holds)] });
  }

  /** Starts it, or starts it again on the same port. */
  async run(): Promise<void> {
    const at = (name: string) => join(this.folder, name);
    const env = {
      ...process.env,
      PORT: String(this.port),
      API_TOKEN: this.token,
      DATA_DIR: at("data"),
      MODEL_OUTPUT_DIR: at("models"),
      STATE_DIR: at("state"),
      EVALUATION_DIR: at("evaluation"),
      PREDICTIONS_DIR: at("predictions"),
      ADAPTER_CONFIG_PATH: at("config/adapters.json"),
      PIPELINE_ENV_FILE: at(".env"), // a user's own must stay as it is
      BASE_MODEL_NAME: "tiny",
      AUTO_RESUME: "false", // nothing changes by itself
      RUN_NICENESS: "0", // here it is the runs that are waited for, beside other tests
      HF_HUB_OFFLINE: "1",
      ...this.more,
    };
    this.child = spawn(PYTHON, ["-m", this.program], { cwd: ROOT, env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    this.child.stderr?.on("data", (piece: Buffer) => (said += piece.toString()));
    const asking = await request.newContext();
    await expect(async () => {
      expect(this.child?.exitCode, said).toBeNull();
      expect((await asking.get(`${this.url}/health`)).status()).toBe(200);
    }).toPass({ timeout: 30_000, intervals: [100] });
    await asking.dispose();
  }

  /** Lets go on what waits for the cue of this name: an adapter's, mostly. */
  cue(name: string): void {
    writeFileSync(join(this.folder, "cues", name), "");
  }

  /** Ends the process, in order or without a word; its folders stay. */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const { child } = this;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill(signal);
      await ended;
    }
  }

  /** Ends it and removes its folders. */
  async stop(): Promise<void> {
    await this.end();
    rmSync(resolve(this.folder, ".."), { recursive: true, force: true });
  }

  /** A hash of every file in its folders; locks and SQLite's scratch file for readers tell of no change. */
  fingerprint(): Record<string, string> {
    const files = readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/-shm$|\.lock$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    const hashOf = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
    return Object.fromEntries(files.sort().map((file) => [relative(this.folder, file), hashOf(file)]));
  }
}
