import { type ReactNode, useDeferredValue } from "react";

interface InPiecesProps {
  /** What stands there until all of it is drawn. */
  fallback: ReactNode;
  children: ReactNode;
}

/**
 * What takes long to draw, drawn a few milliseconds at a time: the page scrolls and answers meanwhile. In one piece a
 * form of sixty fields held everything up for 400 ms.
 */
export function InPieces({ fallback, children }: InPiecesProps) {
  const isDrawn = useDeferredValue(true, false);
  return isDrawn ? children : fallback;
}
