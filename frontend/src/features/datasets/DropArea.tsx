import { Upload } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";

import { uploads } from "@/api/dataset-uploads";
import styles from "@/features/datasets/DropArea.module.css";

/** Takes files that are dropped anywhere in the window, and says so while they hover. */
export function DropArea({ children }: { children: ReactNode }) {
  const hovering = useDrop();
  return (
    <>
      {children}
      {hovering && (
        <div className={styles.veil} role="status">
          <Upload aria-hidden /> Drop to upload
        </div>
      )}
    </>
  );
}

function useDrop(): boolean {
  const [hovering, setHovering] = useState(false);
  useEffect(() => {
    let depth = 0; // every element that is entered or left tells of it
    const onEnter = (event: DragEvent) => {
      if (holdsFiles(event)) setHovering(++depth > 0);
    };
    const onLeave = (event: DragEvent) => {
      if (holdsFiles(event)) setHovering(--depth > 0);
    };
    const onOver = (event: DragEvent) => holdsFiles(event) && event.preventDefault();
    const onDrop = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setHovering(false);
      uploads.add(event.dataTransfer?.files ?? []);
    };
    window.addEventListener("dragenter", onEnter);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("dragover", onOver);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragenter", onEnter);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("drop", onDrop);
    };
  }, []);
  return hovering;
}

function holdsFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes("Files") ?? false;
}
