/** Notifications of the system: asked for with a click, each shown once though several tabs know of it. */

import { endNotices } from "@/lib/preferences";
import { readStored, writeStored } from "@/lib/stored";

const KEY = "noticed";
/** Enough to know what another tab has just shown. */
const REMEMBERED = 20;
/** A tab that is not looked at asks every 20 seconds what goes on. */
const ALL_HAVE_HEARD_MS = 60_000;

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

/** Shows it, if that is wanted and no other tab does. */
export function notify(notice: Notice): void {
  if (mayNotify()) onceInAllTabs(notice.key, () => show(notice));
}

function show({ key, title, body, onOpen }: Notice): void {
  const notification = new Notification(title, { body, tag: key, icon: `${import.meta.env.BASE_URL}favicon.svg` });
  notification.onclick = () => {
    window.focus();
    notification.close();
    onOpen();
  };
}

/**
 * The tab that gets the lock does it and keeps the lock until every tab has heard: what is stored is seen by other tabs
 * some milliseconds later only. Over plain HTTP from another machine browsers have no locks, and what is stored decides.
 */
function onceInAllTabs(key: string, act: () => void): void {
  const claimed = () => {
    if (claim(key)) act();
  };
  if (!("locks" in navigator)) return claimed();
  void navigator.locks.request(`${KEY} ${key}`, { ifAvailable: true }, async (lock) => {
    if (lock === null) return;
    claimed();
    await new Promise((heard) => setTimeout(heard, ALL_HAVE_HEARD_MS));
  });
}

function claim(key: string): boolean {
  const stored = readStored(KEY);
  const shown = Array.isArray(stored) ? stored : [];
  if (shown.includes(key)) return false;
  writeStored(KEY, [...shown, key].slice(-REMEMBERED));
  return true;
}
