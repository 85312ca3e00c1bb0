import { fieldErrors, toProblem } from "@/api/problem";
import { type SettingChanges, useSaveSettings } from "@/api/settings";
import { toast } from "@/components/toasts";
import { type Change, draftStore } from "@/features/settings/drafts";
import { formatCounted } from "@/lib/format";

/** Saves changes, all of them or none, and offers to take that back; what is wrong goes to its field. */
export function useSave(onFault: (name: string) => void) {
  const { mutateAsync, isPending, error, reset } = useSaveSettings();
  const general = error && Object.keys(draftStore.get().faults).length === 0 ? error : null;

  const find = (faults: Record<string, string>) => {
    draftStore.find(faults);
    const [first] = Object.keys(faults);
    if (first) onFault(first);
  };

  const takeBack = async (changes: Change[]) => {
    try {
      await mutateAsync(earlier(changes));
      toast({ title: "Taken back", key: "settings" });
    } catch (failure) {
      toast({ title: "It could not be taken back", description: toProblem(failure).message, tone: "error", key: "settings" });
    }
  };

  const save = async (changes: Change[]) => {
    reset();
    const wrong = changes.filter(({ error: complaint }) => complaint !== undefined);
    if (wrong.length > 0) return find(Object.fromEntries(wrong.map(({ field, error: complaint }) => [field.setting.name, complaint ?? ""])));
    const names = changes.map(({ field }) => field.setting.name);
    try {
      await mutateAsync(Object.fromEntries(changes.map(({ field, value }) => [field.setting.name, value ?? null])));
      draftStore.forget(names);
      tell(changes, () => void takeBack(changes));
    } catch (failure) {
      find(fieldErrors(toProblem(failure), names).fields);
    }
  };
  return { save, isPending, error: general };
}

/** What was in the file before. A key cannot be put back: nobody here knows it. */
function earlier(changes: Change[]): SettingChanges {
  const known = changes.filter(({ field }) => !field.setting.secret);
  return Object.fromEntries(known.map(({ field: { setting } }) => [setting.name, setting.source === ".env" ? (setting.value as SettingChanges[string]) : null]));
}

function tell(changes: Change[], undo: () => void): void {
  const restarts = changes.some(({ field }) => field.setting.needs_restart);
  const canUndo = changes.some(({ field }) => !field.setting.secret);
  toast({
    key: "settings",
    title: `${formatCounted(changes.length, "setting")} saved`,
    description: restarts ? "Some of it counts when the service is started anew." : "It counts from the next run on.",
    ...(canUndo && { action: { label: "Undo", onSelect: undo } }),
  });
}
