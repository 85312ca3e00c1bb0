import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
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

/** A service of its own, on folders that hold what a test puts there. */
export class OwnService {
  private child: ChildProcess | null = null;

  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly token: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts one; `fill` is a module that is given the folder. Without a token this machine may do everything. */
  static async start({ token = "", fill = "tests.security.hostile_state" } = {}): Promise<OwnService> {
    const folder = join(mkdtempSync(join(tmpdir(), "service-")), "all");
    printedBy(fill, folder);
    const service = new OwnService(folder, await freePort(), token);
    await service.run();
    return service;
  }

  private async run(): Promise<void> {
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
      HF_HUB_OFFLINE: "1",
    };
    this.child = spawn(PYTHON, ["-m", "backend.main"], { cwd: ROOT, env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    this.child.stderr?.on("data", (piece: Buffer) => (said += piece.toString()));
    const asking = await request.newContext();
    await expect(async () => {
      expect(this.child?.exitCode, said).toBeNull();
      expect((await asking.get(`${this.url}/health`)).status()).toBe(200);
    }).toPass({ timeout: 30_000, intervals: [100] });
    await asking.dispose();
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child && child.exitCode === null) {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await ended;
    }
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
