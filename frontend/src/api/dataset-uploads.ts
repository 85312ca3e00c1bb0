/** Files on their way to the data folder: they go on while other pages are looked at, one after the other. */

import { client } from "@/api/client";
import { toProblem } from "@/api/problem";
import type { UploadedDataset } from "@/api/types";
import { newKey } from "@/lib/new-key";
import { Store } from "@/lib/store";

export interface Upload {
  key: string;
  name: string;
  size: number;
  sent: number;
  state: "waiting" | "sending" | "reading" | "done" | "failed";
  /** What was recognised, or why it was refused. */
  words: string;
  isUnrecognised: boolean;
}

class Uploads extends Store<readonly Upload[]> {
  private readonly files = new Map<string, File>();
  private readonly controllers = new Map<string, AbortController>();
  /** Called when the folder holds another file. */
  onTaken: () => void = () => {};
  private busy = false;

  constructor() {
    super([]);
  }

  readonly add = (files: Iterable<File>): void => {
    for (const file of files) {
      const key = newKey();
      this.files.set(key, file);
      const upload: Upload = { key, name: nameOf(file), size: file.size, sent: 0, state: "waiting", words: "", isUnrecognised: false };
      this.set([...this.get(), upload]);
    }
    void this.work();
  };

  /** Gives one up, or takes a finished one out of the list. */
  readonly remove = (key: string): void => {
    this.controllers.get(key)?.abort();
    this.files.delete(key);
    this.set(this.get().filter((upload) => upload.key !== key));
  };

  private change(key: string, change: Partial<Upload>): void {
    this.set(this.get().map((upload) => (upload.key === key ? { ...upload, ...change } : upload)));
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (let next = this.next(); next; next = this.next()) await this.send(next);
    this.busy = false;
  }

  private next(): Upload | undefined {
    return this.get().find(({ state }) => state === "waiting");
  }

  private async send({ key, name, size }: Upload): Promise<void> {
    const controller = new AbortController();
    this.controllers.set(key, controller);
    this.change(key, { state: "sending" });
    const told = ({ loaded }: { loaded: number }) => {
      this.change(key, { sent: Math.min(loaded, size), state: loaded >= size ? "reading" : "sending" });
    };
    const headers = { "content-type": "application/octet-stream" };
    const options = { params: { name }, headers, timeout: 0, signal: controller.signal, onUploadProgress: told };
    try {
      const { data } = await client.post<UploadedDataset>("/datasets", this.files.get(key), options);
      this.change(key, { state: "done", sent: size, words: data.recognised, isUnrecognised: data.is_unrecognised });
      this.onTaken();
    } catch (error) {
      this.change(key, { state: "failed", words: toProblem(error).message });
    } finally {
      this.controllers.delete(key);
      this.files.delete(key);
    }
  }
}

export const uploads = new Uploads();

/** The file's name as the data folder takes it: blanks and the like become a dash. */
export function nameOf({ name }: Pick<File, "name">): string {
  return name.normalize("NFKD").replace(/[^\w.-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(-128) || "dataset";
}
