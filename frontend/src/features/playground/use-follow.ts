import { type RefObject, useEffect } from "react";

const NEAR = 80;

/** Keeps the end of a growing page in sight, for as long as the reader stays there. */
export function useFollow(content: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = content.current;
    if (!element) return;
    let atEnd = true;
    const end = () => document.documentElement.scrollHeight - window.innerHeight;
    const onScroll = () => {
      atEnd = end() - window.scrollY < NEAR;
    };
    const observer = new ResizeObserver(() => {
      if (atEnd) window.scrollTo(0, end());
    });
    observer.observe(element);
    window.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      window.removeEventListener("scroll", onScroll);
    };
  }, [content]);
}
