import { useState } from "react";

import { readStored, writeStored } from "@/lib/stored";

const KEY = "playground-formatted";

/** Whether answers are shown as Markdown; remembered per browser. */
export function useFormatted(): [boolean, (formatted: boolean) => void] {
  const [formatted, setFormatted] = useState(() => readStored(KEY) !== false);
  const choose = (choice: boolean) => {
    writeStored(KEY, choice);
    setFormatted(choice);
  };
  return [formatted, choose];
}
