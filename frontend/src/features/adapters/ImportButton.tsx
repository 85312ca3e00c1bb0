import { Button } from "@chakra-ui/react";
import { PackageOpen } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { useContact } from "@/api/contact";

const ImportDialog = lazy(() => import("@/features/adapters/ImportDialog"));

/** Takes in an adapter that another trainer has made. */
export function ImportButton() {
  const [open, setOpen] = useState(false);
  const { lost } = useContact();
  return (
    <>
      <Button size="sm" variant="outline" disabled={lost} onClick={() => setOpen(true)}>
        <PackageOpen aria-hidden /> Import
      </Button>
      {open && (
        <Suspense>
          <ImportDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
