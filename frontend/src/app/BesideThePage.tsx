import { Keys } from "@/app/Keys";
import { RunNews } from "@/app/RunNews";
import { ToastStack } from "@/components/ToastStack";

/** What no page waits for: messages, news of the runs, keys. */
export default function BesideThePage() {
  return (
    <>
      <ToastStack />
      <RunNews />
      <Keys />
    </>
  );
}
