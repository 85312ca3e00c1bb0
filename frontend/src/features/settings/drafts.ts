/** What was changed and not saved yet. It lives in this tab's memory alone, never in its storage: there are keys in it. */

import { useEffect, useEffectEvent, useMemo } from "react";

import type { JsonValue } from "@/api/types";
import { shown } from "@/components/schema-form/values";
import { toast } from "@/components/toasts";
import { type Draft, outcomeOf, savedContent, secretOf, type SettingField } from "@/features/settings/fields";
import { Store, useStore } from "@/lib/store";

interface Edited {
  drafts: Readonly<Record<string, Draft>>;
  /** What the service found wrong, by name, until the field is edited. */
  faults: Readonly<Record<string, string>>;
  /** How often drafts were saved or dropped: what was open for them closes with it. */
  round: number;
}

function without<T>(record: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}

class DraftStore extends Store<Edited> {
  constructor() {
    super({ drafts: {}, faults: {}, round: 0 });
  }

  readonly edit = (field: SettingField, draft: Draft): void => {
    const { name } = field.setting;
    const { drafts, faults, round } = this.get();
    const isAsSaved = draft === savedContent(field) || (draft === null && outcomeOf(field, null) === "same");
    const others = without(drafts, [name]);
    this.set({ drafts: isAsSaved ? others : { ...others, [name]: draft }, faults: without(faults, [name]), round });
  };

  readonly forget = (names: readonly string[]): void => {
    const { drafts, faults, round } = this.get();
    this.set({ drafts: without(drafts, names), faults: without(faults, names), round: round + 1 });
  };

  readonly find = (faults: Record<string, string>): void => this.set({ ...this.get(), faults });
}

export const draftStore = new DraftStore();

export function useDrafts(): Edited {
  return useStore(draftStore);
}

export interface Change {
  field: SettingField;
  /** What is sent; undefined when what was typed cannot be. */
  value: JsonValue | undefined;
  error: string | undefined;
  before: string;
  after: string;
}

/** The changes that saving would make, in the order of the settings. */
export function useChanges(fields: SettingField[]): Change[] {
  const { drafts } = useDrafts();
  return useMemo(() => fields.flatMap((field) => changeOf(field, drafts[field.setting.name]) ?? []), [fields, drafts]);
}

export function changeOf(field: SettingField, draft: Draft | undefined): Change | null {
  if (draft === undefined) return null;
  const outcome = outcomeOf(field, draft);
  if (outcome === "same") return null;
  const error = "error" in outcome ? outcome.error : undefined;
  const value = "error" in outcome ? undefined : outcome.value;
  return { field, value, error, ...words(field, draft) };
}

function words(field: SettingField, draft: Draft): Pick<Change, "before" | "after"> {
  const secret = secretOf(field);
  if (secret) return { before: secret.set ? "set" : "not set", after: draft === null ? "removed" : secret.set ? "replaced" : "set" };
  const text = (content: unknown) => (typeof content === "boolean" ? (content ? "on" : "off") : String(content) || "none");
  const after = draft ?? shown(field.spec, field.setting.default);
  return { before: text(savedContent(field)), after: draft === null ? `${text(after)} (default)` : text(after) };
}

/** Has the browser ask before the tab is closed over what is not saved; on another page of ours it only waits. */
export function useLeaveWarning(isUnsaved: boolean): void {
  const tellOfWaiting = useEffectEvent(() => {
    if (isUnsaved && !/\/settings(\/|$)/.test(window.location.pathname)) toast({ key: "settings", tone: "warning", title: "Some settings are not saved", description: "They wait until this tab is closed.", action: { label: "Go back", to: "/settings" } });
  });
  useEffect(() => () => tellOfWaiting(), []);
  useEffect(() => {
    if (!isUnsaved) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isUnsaved]);
}
