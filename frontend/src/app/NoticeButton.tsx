import { Bell, BellRing } from "lucide-react";

import { IconAction } from "@/components/IconAction";
import { toast } from "@/components/toasts";
import { askForNotices } from "@/lib/notices";
import { endNotices, usePreference } from "@/lib/preferences";

const REFUSED = "The browser does not allow it: its settings for this address say so, and can be changed there.";

/** Whether the system notifies of the end of a run; the browser is asked with the click that wants it. */
export function NoticeButton() {
  const wanted = usePreference(endNotices);
  const toggle = async () => {
    if (wanted) return endNotices.choose(false);
    const answer = await askForNotices();
    if (answer === "granted") toast({ title: "You will be notified when a run ends.", tone: "info", key: "notices" });
    else toast({ title: "No notifications", description: REFUSED, tone: "warning", key: "notices" });
  };
  return <IconAction label={wanted ? "Do not notify me when a run ends" : "Notify me when a run ends"} icon={wanted ? BellRing : Bell} onClick={() => void toggle()} />;
}
