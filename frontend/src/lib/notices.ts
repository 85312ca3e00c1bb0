/** Notifications of the system: asked for with a click, each shown once though several tabs know of it. */

import { endNotices } from "@/lib/preferences";
import { readStored, writeStored } from "@/lib/stored";

const KEY = "noticed";
/** Enough to know what another tab has just shown. */
const REMEMBERED = 20;

export type Permission = "granted" | "denied" | "unsupported";

/** Asks the browser, which asks its user; only with a click, or it refuses. */
export async function askForNotices(): Promise<Permission> {
  if (!("Notification" in window)) return "unsupported";
  const answer = await Notification.requestPermission();
  if (answer === "granted") endNotices.choose(true);
  return answer === "granted" ? "granted" : "denied";
}

/** Whether a notification would be shown. */
export function mayNotify(): boolean {
  return endNotices.get() && "Notification" in window && Notification.permission === "granted";
}

export interface Notice {
  /** The same in every tab for the same thing. */
  key: string;
  title: string;
  body: string;
  onOpen: () => void;
}

/** Shows it, if that is wanted and no other tab has; of two that ask at once the browser keeps one by its tag. */
export function notify({ key, title, body, onOpen }: Notice): void {
  if (!mayNotify() || !claim(key)) return;
  const notification = new Notification(title, { body, tag: key, icon: `${import.meta.env.BASE_URL}favicon.svg` });
  notification.onclick = () => {
    window.focus();
    notification.close();
    onOpen();
  };
}

function claim(key: string): boolean {
  const stored = readStored(KEY);
  const shown = Array.isArray(stored) ? stored : [];
  if (shown.includes(key)) return false;
  writeStored(KEY, [...shown, key].slice(-REMEMBERED));
  return true;
}
