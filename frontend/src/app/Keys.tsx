import { lazy, Suspense, useState } from "react";
import { useNavigate } from "react-router";

import { type NavigationPage, PAGES } from "@/app/navigation";
import { useShortcut } from "@/lib/shortcuts";

const Palette = lazy(() => import("@/app/palette/Palette"));
const ShortcutSheet = lazy(() => import("@/app/ShortcutSheet"));

/** The keys that work on every page, and what they open. */
export function Keys() {
  const [open, setOpen] = useState<"palette" | "sheet" | null>(null);
  const close = () => setOpen(null);
  useShortcut("mod+k", "Go anywhere, do anything", () => setOpen((now) => (now === "palette" ? null : "palette")));
  useShortcut("?", "Show the keys that do something", () => setOpen("sheet"));
  return (
    <>
      {PAGES.map((page) => (
        <PageKey key={page.to} page={page} />
      ))}
      <Suspense>
        {open === "palette" && <Palette onClose={close} onShowKeys={() => setOpen("sheet")} />}
        {open === "sheet" && <ShortcutSheet onClose={close} />}
      </Suspense>
    </>
  );
}

function PageKey({ page: { to, label, letter } }: { page: NavigationPage }) {
  const navigate = useNavigate();
  useShortcut(`g ${letter}`, `Go to ${label}`, () => void navigate(to));
  return null;
}
