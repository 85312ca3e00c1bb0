import { useUndo } from "@/api/dataset-changes";
import { toProblem } from "@/api/problem";
import { toast } from "@/components/toasts";

/** Says that something was changed, with a way back. */
export function useChangeToast() {
  const undoing = useUndo();
  return (title: string, undo: string, onUndone?: () => void) => {
    const takeBack = () =>
      undoing.mutate(undo, {
        onSuccess: ({ name }) => {
          toast({ title: `${name} is as it was`, tone: "info" });
          onUndone?.();
        },
        onError: (error) => toast({ title: "It could not be taken back", description: toProblem(error).message, tone: "error" }),
      });
    toast({ title, action: { label: "Undo", onSelect: takeBack } });
  };
}
